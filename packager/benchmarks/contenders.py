"""Who runs in turn on one input, and what came of it: seconds, bytes of memory and of output, rows."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from benchmarks.forms import FORMS
from benchmarks.inputs import Input, as_json
from benchmarks.measure import Measured, RunFailed, ran_well

if TYPE_CHECKING:
    from pathlib import Path

BUILD = ("-m", "dataset_packager")
Run = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Contender:
    """One way from JSON Lines to Parquet, or a part of it."""

    name: str
    title: str
    about: str
    command: Callable[[Input, Path], list[str | Path]]
    forms: Container[str] = frozenset(FORMS)  # of files that it takes


def build_command(project: Path, out: Path, workers: int) -> list[str | Path]:
    """Return the command of a whole build."""
    options = ["--workers", str(workers), "--format", "json"]
    return [sys.executable, *BUILD, "--project", project, "--out", out, *options]


def program(name: str, *words: str | Path) -> list[str | Path]:
    """Return the command of one of the ``programs``."""
    return [sys.executable, "-m", "benchmarks.programs", name, *words]


def _ours(workers: int) -> Callable[[Input, Path], list[str | Path]]:
    return lambda source, out: build_command(source.project, out, workers)


def _other(name: str) -> Callable[[Input, Path], list[str | Path]]:
    return lambda source, out: program(name, source.files[0], out)


def _gate(processes: int) -> Callable[[Input, Path], list[str | Path]]:
    return lambda source, _: program("gate", source.files[0], str(processes))


_WHOLE = (
    "reads, validates and types every record, checks keys, writes with row provenance and content digest, "
    "describes, verifies (quick), and lets the release appear with fsync"
)
CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ours-1", "this build, 1 worker", _WHOLE, _ours(1)),
        Contender("ours-2", "this build, 2 workers", "the same, in two processes", _ours(2)),
        Contender(
            "duckdb",
            "DuckDB COPY",
            "guesses types from a sample of the records, validates nothing; zstd, 2 threads",
            _other("duckdb"),
            ("jsonl", "csv", "parquet"),
        ),
        Contender(
            "polars",
            "Polars scan, sink_parquet()",
            "guesses types from the first 100 records and leaves out members that none of them has, validates "
            "nothing; zstd, 2 threads",
            _other("polars"),
            ("jsonl", "csv", "parquet"),
        ),
        Contender(
            "pyarrow",
            "pyarrow read, write_table()",
            "reads CSV or Parquet whole into memory, validates nothing; zstd, 2 threads",
            _other("pyarrow"),
            ("csv", "parquet"),
        ),
        Contender(
            "datasets",
            "datasets load_dataset, to_parquet",
            "guesses types, validates nothing, lays everything down twice: as Arrow in a cache, empty at first, and "
            "as Parquet with its default compression; objects whose names differ become JSON text, slowly, which only "
            "the shape `hard` asks for",
            _other("datasets"),
        ),
        Contender(
            "script",
            "script by hand",
            "json.loads and jsonschema line by line (a validator made once, formats not asserted), "
            "Table.from_pylist, write_table; no checks of keys, no provenance, all rows in memory; on the first "
            "4 MB, scaled to the whole",
            _other("script"),
            ("jsonl",),
        ),
        Contender(
            "gate-1",
            "the gate alone, 1 process",
            "this build's reader and validator on every record, one by one, and nothing else; no output",
            _gate(1),
            ("jsonl",),
        ),
        Contender(
            "gate-2", "the gate alone, 2 processes", "the same, each process on half of the input", _gate(2), ("jsonl",)
        ),
    )
}


def _verify(source: Input, out: Path) -> list[str | Path]:
    return [sys.executable, *BUILD, "verify", release(source, out), "--workers", "2", "--format", "json"]


def release(source: Input, out: Path) -> Path:
    """Return where the release of an input stands among the output."""
    return out / f"{source.shape}-records"


VERIFY = Contender(
    "verify",
    "verify, 2 workers",
    "all that can be proven of the release of the build before it, from its folder alone",
    _verify,
)


def compare(source: Input, names: Sequence[str], rounds: int, folder: Path, say: Say) -> dict[str, Any]:
    """Let the named contenders run in turn, each round in another order, and return all runs by contender.

    The release of the build with two workers is verified, too.

    Raises:
        RunFailed: one of them ended badly, or has lost rows.
    """
    _warm(source)
    runs: dict[str, list[Run]] = {}
    for number in range(rounds):
        shift = number % len(names)
        for name in (*names[shift:], *names[:shift]):
            out = folder / name
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            for contender in (CONTENDERS[name], VERIFY) if name == "ours-2" else (CONTENDERS[name],):
                result = _run(contender, source, out)
                runs.setdefault(contender.name, []).append(result)
                scaled = " (scaled)" if result.get("scaled") else ""
                say(
                    f"{source.shape} {source.size}, round {number + 1}: {contender.name} {result['wall']:.2f} s{scaled}"
                )
            shutil.rmtree(out)
    return as_json(source) | {"runs": runs}


def rehearse(source: Input, names: Sequence[str], folder: Path) -> None:
    """Let each contender run once, uncounted, so that what it compiles or keeps for ever after is there.

    Raises:
        RunFailed: one of them ended badly, or has lost rows.
    """
    for name in names:
        out = folder / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        _run(CONTENDERS[name], source, out)
        shutil.rmtree(out)


def _warm(source: Input) -> None:
    """Read the input once, so that nobody is the first to read it from the disk."""
    for path in source.files:
        with path.open("rb") as file:
            while file.read(2**23):
                pass


def _run(contender: Contender, source: Input, out: Path) -> Run:
    measured = ran_well(contender.command(source, out))
    result = as_run(measured)
    told = last_told(measured.out)
    if contender.name == "script":
        _scale(result, told["sampled"], source.bytes)
    expected = told["sampled"]["records"] if "sampled" in told else source.records
    if contender is not VERIFY:
        paths = list(out.glob("**/data/records/*.parquet")) or list(out.glob("*.parquet"))
        rows = told["rows"] if "rows" in told else sum(pq.read_metadata(path).num_rows for path in paths)
        if rows != expected:
            raise RunFailed(f"{contender.name}: {rows} rows of {expected} records")
        if paths and "scaled" not in result:
            result["output"] = sum(path.stat().st_size for path in paths)
    return result


def as_run(measured: Measured) -> Run:
    """Return what is kept of a measured run; the seconds of each stage and check where the program tells them."""
    result: Run = {"wall": measured.wall, "cpu": measured.cpu, "memory": measured.memory, "looking": measured.looking}
    summary = last_told(measured.out).get("summary", {})
    if summary.get("stages"):
        result["stages"] = summary["stages"]
    checks = [json.loads(line) for line in measured.out.splitlines() if line.startswith('{"check"')]
    if any("seconds" in check for check in checks):
        result["stages"] = {check["check"]: check["seconds"] for check in checks if "seconds" in check}
    return result


def last_told(out: str) -> dict[str, Any]:
    """Return the JSON object in the last line of what a program printed, or an empty one."""
    lines = out.strip().splitlines()
    value = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return value if isinstance(value, dict) else {}


def _scale(result: Run, sampled: dict[str, float], size: int) -> None:
    """Turn the seconds for a sample into those for the whole; what the interpreter takes to start isn't scaled."""
    more = sampled["seconds"] * (size / sampled["bytes"] - 1)
    result["wall"] += more
    result["cpu"] += more
    result["memory"] = None
    result["scaled"] = True
