"""What must not grow with the input, or not faster than it: memory, time, key checks, rebuilds, one long record."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import Say, as_run, build_command, last_told, program, release
from benchmarks.inputs import Input, as_json, project
from benchmarks.measure import CORES, RunFailed, ran_well, run
from benchmarks.relations import DUPLICATES, ORPHANS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = 16
LONG = 50_000_000  # bytes of the longest record


def memory(folder: Path, seed: int, sizes: list[str], rounds: int, say: Say) -> dict[str, Any]:
    """Build inputs of growing size with two workers, and return their runs by size."""
    results = []
    for size in sizes:
        source = project(folder / "inputs", "nested", size, seed)
        runs = [_built(source, folder / "out/growing") for _ in range(rounds)]
        say(f"memory: {size}: {runs[0]['wall']:.1f} s, {runs[0]['memory'] / 1e6:.0f} MB")
        results.append(as_json(source) | {"runs": runs})
    return {"sizes": results}


def peaks(folder: Path, seed: int, shapes: list[str], size: str, say: Say) -> dict[str, Any]:
    """Build each shape once with one worker and once with two, and return the runs, of which the memory counts."""
    builds = []
    for shape in shapes:
        source = project(folder / "inputs", shape, size, seed)
        runs = {str(number): [_built(source, folder / "out/peaks", workers=number)] for number in (1, 2)}
        say(f"peaks: {shape}: " + ", ".join(f"{each[0]['memory'] / 1e6:.0f} MB" for each in runs.values()))
        builds.append(as_json(source) | {"runs": runs})
    return {"builds": builds}


def _built(source: Input, out: Path, *, keep: bool = False, workers: int = CORES, **environment: str) -> dict[str, Any]:
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
    result = as_run(ran_well(build_command(source.project, out, workers), environment))
    if not keep:
        shutil.rmtree(out)
    return result


def keys(folder: Path, number: int, say: Say) -> dict[str, Any]:
    """Check so many keys and as many references, a few of them wrong, and return the run.

    Raises:
        RunFailed: not exactly the wrong ones were found.
    """
    files = folder / f"keys-{number}"
    if not (files / "complete").exists():
        ran_well(program("lay-down-keys", files, str(number)))
    measured = ran_well(program("compare-keys", files, str(CORES)))
    found = last_told(measured.out)["findings"]
    if found != {"key": DUPLICATES, "reference": ORPHANS}:
        raise RunFailed(f"keys: {found} were found, not {DUPLICATES} duplicates and {ORPHANS} orphans")
    say(f"keys: {number:,}: {measured.wall:.1f} s, {measured.memory / 1e6:.0f} MB")
    return {"number": number, "duplicates": DUPLICATES, "orphans": ORPHANS, "run": as_run(measured)}


def rebuilds(folder: Path, seed: int, size: str, rounds: int, say: Say) -> dict[str, Any]:
    """Build many files, build them again unchanged and with one record changed, and hash them alone.

    Raises:
        RunFailed: a rebuild gave other bytes than a build from nothing.
    """
    source = project(folder / "inputs", "nested", size, seed, FILES)
    out, fresh = folder / "out/again", folder / "out/fresh"
    for path in (out, fresh):
        shutil.rmtree(path, ignore_errors=True)
    first = _built(source, out, keep=True)
    before = _manifest(source, out)
    hashing = [as_run(ran_well(program("hash", source.project / "data", str(CORES)))) for _ in range(rounds)]
    unchanged = [_built(source, out, keep=True) for _ in range(rounds)]
    again = _manifest(source, out)
    with _one_record_changed(source):
        changed = _built(source, out, keep=True)
        from_nothing = _built(source, fresh, keep=True)
        after, expected = _manifest(source, out), _manifest(source, fresh)
    if unlike := _unlike(before, again) or _unlike(after, expected):
        raise RunFailed(f"rebuilds: a rebuild gave other bytes than a build from nothing: {', '.join(unlike[:5])}")
    shards = {path for path in before if path.startswith("data/")}
    say(f"rebuilds: {first['wall']:.1f} s, unchanged {unchanged[0]['wall']:.1f} s, one record {changed['wall']:.1f} s")
    for path in (out, fresh):
        shutil.rmtree(path)
    return as_json(source) | {
        "files": FILES,
        "shards": len(shards),
        "other_shards": sum(after.get(path) != before[path] for path in shards),
        "runs": {
            "from nothing": [first, from_nothing],
            "hashing alone": hashing,
            "unchanged": unchanged,
            "one record changed": [changed],
        },
    }


def _manifest(source: Input, out: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a release that its bag's manifests name, by path."""
    lines = [
        line
        for path in release(source, out).glob("*manifest-sha256.txt")
        for line in path.read_text("utf-8").splitlines()
    ]
    return {path: sha256 for sha256, path in (line.split(maxsplit=1) for line in lines)}


def _unlike(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


@contextmanager
def _one_record_changed(source: Input) -> Iterator[None]:
    """Change a value in one file for as long as it takes; an input that stays changed is made anew the next time."""
    path, mark = source.files[len(source.files) // 2], source.project / "made.json"
    text = path.read_bytes()
    at = text.index(b'"sha":"') + len(b'"sha":"')
    known = mark.read_bytes()
    mark.unlink()
    _put(path, at, b"0" * 16)
    try:
        yield
    finally:
        _put(path, at, text[at : at + 16])
        mark.write_bytes(known)


def _put(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def first_build(folder: Path, seed: int, size: str, rounds: int, say: Say) -> dict[str, Any]:
    """Build with an empty cache folder of the user, as on a machine that has never built before, and then again."""
    source, cache = project(folder / "inputs", "nested", size, seed), folder / "out/cache"
    runs: dict[str, list[dict[str, Any]]] = {"first build on a machine": [], "later build": []}
    for _ in range(rounds):
        shutil.rmtree(cache, ignore_errors=True)
        for each in runs.values():
            each.append(_built(source, folder / "out/first", XDG_CACHE_HOME=str(cache)))
    cold, warm = (each[0]["wall"] for each in runs.values())
    say(f"first build on a machine: {cold:.1f} s, later {warm:.1f} s")
    return as_json(source) | {"runs": runs}


_LONG_PROJECT = """\
[project]
name = "long-records"
version = "1.0.0"
description = "A record that is far longer than others"

[tool.dataset-packager]
released = "2026-01-31"

[tool.dataset-packager.tables.records]
schema = "schema/records.schema.json"
records = ["data/*.jsonl"]
key = ["id"]
"""


def long_record(folder: Path, say: Say) -> dict[str, Any]:
    """Build three records of which one is very long; a build may refuse it with a finding, but must not die of it.

    Raises:
        RunFailed: it died.
    """
    target = folder / "inputs/long"
    shutil.rmtree(target, ignore_errors=True)
    for part in ("schema", "data"):
        (target / part).mkdir(parents=True)
    members = {"id": {"type": "integer"}, "text": {"type": "string"}}
    schema = {"type": "object", "required": ["id", "text"], "additionalProperties": False, "properties": members}
    (target / "schema/records.schema.json").write_text(json.dumps(schema), "utf-8")
    (target / "pyproject.toml").write_text(_LONG_PROJECT, "utf-8")
    lines = [json.dumps({"id": number, "text": "long " * (LONG // 5 * (number == 2))}) for number in (1, 2, 3)]
    (target / "data/long.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    measured = run(build_command(target, folder / "out/long", CORES))
    if measured.code not in (0, 1) or "summary" not in last_told(measured.out):
        raise RunFailed(f"a long record: exit code {measured.code}: {measured.err}")
    shutil.rmtree(folder / "out/long", ignore_errors=True)
    say(f"a record of {LONG / 1e6:.0f} MB: exit code {measured.code}, {measured.memory / 1e6:.0f} MB")
    return {"bytes": LONG, "code": measured.code, "run": as_run(measured)}
