"""Whole dataset projects as input, made once from a seed and kept: what stands there complete isn't made again."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
import shutil
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.forms import FORMS
from benchmarks.shapes import SHAPES, block

if TYPE_CHECKING:
    from collections.abc import Generator

HERE = Path(__file__).parent
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
PROJECT = """\
[project]
name = "{shape}-records"
version = "1.0.0"
description = "Records made for a benchmark: {about}"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = {shard_bytes}

[tool.dataset-packager.tables.records]
schema = "schema/records.schema.json"
records = ["data/*.{ending}"]
key = ["{key}"]
"""
COLUMNS = """
[tool.dataset-packager.tables.records.columns]
{columns}
"""


@dataclass(frozen=True, slots=True)
class Input:
    """A project and its size: bytes and records over all its files."""

    project: Path
    shape: str
    size: str
    bytes: int
    records: int

    @property
    def files(self) -> list[Path]:
        """The files of records, in order."""
        return sorted((self.project / "data").glob(f"*.{self.ending}"))

    @property
    def ending(self) -> str:
        """How the names of the files of records end."""
        return FORMS[SHAPES[self.shape].form][0]


def bytes_of(size: str) -> int:
    """Return the bytes that a size such as ``100MB`` stands for; units are powers of ten.

    Raises:
        ValueError: it is no such size.
    """
    found = re.fullmatch(r"([0-9]+)(KB|MB|GB)", size)
    if not found:
        raise ValueError(f"{size!r} is no size: write it like 100MB or 1GB")
    return int(found[1]) * UNITS[found[2]]


def project(folder: Path, shape: str, size: str, seed: int, files: int = 1) -> Input:
    """Return the project of this shape, size and seed in ``folder``; it is made unless it stands there complete.

    The records are dealt to ``files`` files of the same size, and each of several files is a chunk of the build.
    """
    target = folder / f"{shape}-{size}-{seed}" if files == 1 else folder / f"{shape}-{size}-{seed}-in-{files}"
    recipe = {"seed": seed, "files": files, "made_by": _maker()}
    made = target / "made.json"  # the last thing that is written
    if made.is_file() and (known := json.loads(made.read_bytes()))["recipe"] == recipe:
        return Input(target, shape, size, known["bytes"], known["records"])
    shutil.rmtree(target, ignore_errors=True)
    (target / "schema").mkdir(parents=True)
    (target / "data").mkdir()
    kind, each, schema = SHAPES[shape], bytes_of(size) // files, target / "schema/records.schema.json"
    shutil.copyfile(HERE / f"schemas/{kind.schema or shape}.schema.json", schema)
    ending, write = FORMS[kind.form]
    shard_bytes = 64 * 2**20 if files == 1 else each
    configuration = PROJECT.format(
        shape=shape, about=kind.about, key=kind.key, shard_bytes=shard_bytes, ending=ending
    ) + (COLUMNS.format(columns=kind.columns) if kind.columns else "")
    (target / "pyproject.toml").write_text(configuration, "utf-8")
    with closing(_blocks(shape, seed, small=each * files < UNITS["MB"])) as blocks:
        written, records = write(target / "data", schema, blocks, each, files)
    result = Input(target, shape, size, written, records)
    made.write_text(json.dumps({"recipe": recipe, "bytes": written, "records": records}), "utf-8")
    return result


def _maker() -> str:
    """Return a hash over what the input is made by, so that what another version left is made anew."""
    parts = sorted([*HERE.glob("schemas/*.json"), *(HERE / f"{name}.py" for name in ("shapes", "inputs", "forms"))])
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def _blocks(shape: str, seed: int, *, small: bool) -> Generator[bytes, None, None]:
    jobs = ((shape, seed, number) for number in count())
    if small:
        yield from map(_block, jobs)
        return
    workers = min(os.cpu_count() or 1, 4)
    with get_context("spawn").Pool(workers, initializer=gc.disable) as pool:
        while True:  # a few at a time: a pool would run ahead without end
            yield from pool.map(_block, [next(jobs) for _ in range(8 * workers)], chunksize=2)


def _block(job: tuple[str, int, int]) -> bytes:
    shape, seed, number = job
    return block(SHAPES[shape], seed, number)


def as_json(source: Input) -> dict[str, object]:
    """Return what the results say of an input."""
    known = asdict(source)
    return {name: known[name] for name in ("shape", "size", "bytes", "records")}
