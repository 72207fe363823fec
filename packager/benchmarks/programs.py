"""What is measured beside the build, each in a process of its own: ``python -m benchmarks.programs NAME …``.

Heavy packages are imported where they are used: nobody pays for what another program needs.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import CORES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK = 8 * 2**20
SAMPLE = 4_000_000  # bytes of input that the hand-written script is given


def with_duckdb(file: Path, out: Path) -> None:
    """Copy a file of records to Parquet."""
    import duckdb

    connection = duckdb.connect(config={"threads": CORES})
    source, target = (str(path).replace("'", "''") for path in (file, out / "records.parquet"))
    read = f"read_json('{source}', format = 'newline_delimited')" if file.suffix == ".jsonl" else f"'{source}'"
    connection.execute(
        f"COPY (SELECT * FROM {read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608 - no parameters here
    )


def with_polars(file: Path, out: Path) -> None:
    """Copy a file of records to Parquet."""
    os.environ["POLARS_MAX_THREADS"] = str(CORES)
    import polars as pl

    scan = {".jsonl": pl.scan_ndjson, ".csv": pl.scan_csv, ".parquet": pl.scan_parquet}[file.suffix]
    scan(file).sink_parquet(out / "records.parquet", compression="zstd")  # type: ignore[operator] # each takes a path


def with_pyarrow(file: Path, out: Path) -> None:
    """Read a file of records into memory, and write it as Parquet."""
    import pyarrow as pa
    from pyarrow import csv
    from pyarrow import parquet as pq

    pa.set_cpu_count(CORES)
    rows = csv.read_csv(file) if file.suffix == ".csv" else pq.read_table(file)
    pq.write_table(rows, out / "records.parquet", compression="zstd")


def with_datasets(file: Path, out: Path) -> None:
    """Load a file of records, or the pictures beside it, with an empty cache, and write it as Parquet."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(out / "home"), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    from datasets import load_dataset

    if file.name.startswith("metadata."):
        from datasets.table import embed_table_storage

        rows = load_dataset("imagefolder", data_dir=str(file.parent), split="train", cache_dir=str(out / "cache"))
        rows = rows.with_format("arrow").map(embed_table_storage, batched=True, batch_size=100)  # as for the Hub
    else:
        kind = {".jsonl": "json", ".csv": "csv", ".parquet": "parquet"}[file.suffix]
        rows = load_dataset(kind, data_files=str(file), split="train", cache_dir=str(out / "cache"))
    rows.to_parquet(out / "records.parquet")


def by_hand(file: Path, out: Path) -> None:
    """Do what a short script does: read and validate line by line, then make one table and write it.

    The file's schema stands in its project. Only the first lines are taken; ``sampled`` says how many bytes and how
    many seconds they took, imports left out, so that the whole can be worked out.
    """
    import jsonschema
    import pyarrow as pa
    import pyarrow.parquet as pq

    begin, taken, rows = time.perf_counter(), 0, []
    schema = json.loads((file.parents[1] / "schema/records.schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            validator.validate(record)
            rows.append(record)
            taken += len(line.encode("utf-8"))
            if taken >= SAMPLE:
                break
    pq.write_table(pa.Table.from_pylist(rows), out / "records.parquet", compression="zstd")
    _tell({"sampled": {"bytes": taken, "records": len(rows), "seconds": time.perf_counter() - begin}})


def gate_alone(file: Path, processes: str) -> None:
    """Parse every line and let the gate judge it, as the build does where columns can't decide, and nothing else."""
    number, size = int(processes), file.stat().st_size
    parts = [(file, size * part // number, size * (part + 1) // number) for part in range(number)]
    if number == 1:
        judged = [_judge(parts[0])]
    else:
        with get_context("spawn").Pool(number) as pool:
            judged = pool.map(_judge, parts)
    _tell({"rows": sum(judged)})


def _judge(part: tuple[Path, int, int]) -> int:
    """Return how many records the gate accepts among the lines that begin in a part of a file."""
    from dataset_packager.records.strict_json import parse
    from dataset_packager.schemas import load_schema
    from dataset_packager.validation.gate import Gate

    gate = Gate(load_schema(part[0].parents[1], "schema/records.schema.json"), assert_formats=True)
    return sum(gate.accepts(parse(line)) for line in _lines(*part))


def _lines(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb", buffering=BLOCK) as file:
        if start:
            file.seek(start - 1)
            file.readline()  # it begins in the part before, which takes it
        position = file.tell()
        for line in file if position < end else ():
            yield line[:-1]
            position += len(line)
            if position >= end:
                return


def hash_files(folder: Path, threads: str) -> None:
    """Hash all files of a folder, several at a time."""
    with ThreadPoolExecutor(int(threads)) as pool:
        _tell({"files": len(list(pool.map(_sha256, sorted(folder.iterdir()))))})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lay_down_keys(folder: Path, number: str) -> None:
    """Lay down so many keys and as many references to them, in mixed order, as the build does; a few are wrong."""
    from benchmarks.relations import lay_down

    lay_down(folder, int(number))


def compare_keys(folder: Path, threads: str) -> None:
    """Check the keys and references that ``lay_down_keys`` left in a folder."""
    from benchmarks.relations import check

    _tell({"findings": check(folder, int(threads))})


def inside(folder: Path, _: str) -> None:
    """Profile one chunk of a project."""
    from benchmarks.inside import profiled

    _tell(profiled(folder))


def _tell(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


PROGRAMS: dict[str, Callable[[Path, Any], None]] = {
    "duckdb": with_duckdb,
    "polars": with_polars,
    "pyarrow": with_pyarrow,
    "datasets": with_datasets,
    "script": by_hand,
    "gate": gate_alone,
    "hash": hash_files,
    "lay-down-keys": lay_down_keys,
    "compare-keys": compare_keys,
    "inside": inside,
}


def main(words: Iterable[str]) -> None:
    """Run the program that the first word names on the path that the second one names."""
    name, path, last = islice(words, 3)
    copies = ("duckdb", "polars", "pyarrow", "datasets", "script")
    PROGRAMS[name](Path(path), Path(last) if name in copies else last)


if __name__ == "__main__":
    main(sys.argv[1:])
