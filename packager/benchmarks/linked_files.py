"""Pictures as columns: how long a build takes beside ``imagefolder`` of ``datasets``, and how much memory.

``python -m benchmarks.linked_files [COUNT] [BYTES]`` makes pictures of about so many bytes (by default 20,000 of
100,000), and a project of them by ``new``; it prints seconds of processors and of the clock, and the peak of the memory
of all processes. Both need the extra ``images``; ``datasets`` decodes nothing when it writes Parquet.
"""

from __future__ import annotations

import json
import math
import random
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from benchmarks.measure import ran_well

COUNT, BYTES = 20_000, 100_000
WITH_DATASETS = """
import os, sys
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
from datasets import load_dataset
rows = load_dataset("imagefolder", data_dir=sys.argv[1], split="train", cache_dir=sys.argv[2], num_proc=2)
rows.to_parquet(sys.argv[2] + "/out.parquet")
"""


def picture(size: int, seed: int) -> bytes:
    """Return a PNG of grey noise that has about ``size`` bytes, the same each time."""
    side = math.isqrt(size)
    noise = random.Random(seed)  # noqa: S311 - the same each time
    lines = b"".join(b"\0" + noise.randbytes(side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def write(folder: Path, count: int, size: int) -> None:
    """Write pictures, and the records that name them."""
    folder.mkdir()
    with (folder / "metadata.jsonl").open("w") as records:
        for number in range(count):
            name = f"{number:06}.png"
            (folder / name).write_bytes(picture(size, number))
            records.write(json.dumps({"file_name": name, "number": number}) + "\n")


def main(count: int, size: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder / "pictures", count, size)
        project, cache = folder / "project", folder / "cache"
        build: list[str | Path] = ["--project", project, "--out", folder / "out", "--workers", "2"]
        commands: dict[str, list[str | Path]] = {
            "new": ["-m", "dataset_packager", "new", project, "--from", folder / "pictures"],
            "build": ["-m", "dataset_packager", *build],
            "build, nothing changed": ["-m", "dataset_packager", *build],
            "datasets": ["-c", WITH_DATASETS, folder / "pictures", cache],
        }
        for name, words in commands.items():
            took = ran_well([sys.executable, *words])
            print(  # noqa: T201 - its result
                f"{count:,} x {size:,} bytes  {name:22} {took.cpu:6.1f} s of processors, {took.wall:6.1f} s, "
                f"{took.memory / 1e6:6.0f} MB of memory",
                flush=True,
            )


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    main(*words, *(COUNT, BYTES)[len(words) :])
