"""A release has the same bytes, whichever way its lines are judged, however many workers, whatever blocks are read."""

from __future__ import annotations

import gzip
import json
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from dataset_packager.base.files import file_sha256
from dataset_packager.columns.fast import filling as fill
from dataset_packager.columns.fast import kernel_loader as compiled
from dataset_packager.records import reader as read
from dataset_packager.release.folder_digest import release_files

from .drawn import lines

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

CONFIGURATION = """
[project]
name = "blocks"
version = "1.0.0"
description = "Records in files of all kinds"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 20000
max_line_bytes = 2000
row_provenance = {provenance}

[tool.dataset-packager.tables.t]
schema = "schema/main.json"
records = ["data/*"]
key = ["id"]
splits = {{ train = 0.6, test = 0.4, group_by = ["name"] }}
"""
MEMBERS = {
    "name": {"type": ["string", "null"], "maxLength": 10},
    "size": {"type": "number", "minimum": -100},
    "marks": {"type": "array", "maxItems": 12, "items": {"type": "integer"}},
    "parts": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}}},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    "more": {},
}
DRAWN = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": MEMBERS}
SCHEMA = {**DRAWN, "properties": {"id": {"type": "integer"}, **MEMBERS}, "required": ["id"]}


def records(random: Random, first: int, many: int) -> bytes:
    """Return lines, most of them valid, a few too long, each with an id of its own; the last one has no line end."""
    drawn = [line for line in lines(random, DRAWN, many, bent=0.004) if line[:1] == b"{"]
    numbered = [b'{"id":%d%s%s' % (first + n, b"," if len(line) > 2 else b"", line[1:]) for n, line in enumerate(drawn)]
    long = b'{"id":%d,"more":"%s"}' % (first + many, b"x" * 2500)
    return b"\n".join([*numbered[:5], b"", long, b" " * 2500, *numbered[5:]])


@pytest.fixture(params=["true", "false"], ids=["with row provenance", "without row provenance"])
def drawn_project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    random, project = Random(5), tmp_path / "project"  # noqa: S311 - no secret
    (project / "schema").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "schema/main.json").write_text(json.dumps(SCHEMA), "utf-8")
    (project / "pyproject.toml").write_text(CONFIGURATION.format(provenance=request.param), "utf-8")
    (project / "data/a.jsonl").write_bytes(records(random, 0, 400))
    (project / "data/b.jsonl").write_bytes(records(random, 1000, 30).replace(b"\n", b"\r\n"))
    (project / "data/c.jsonl.gz").write_bytes(gzip.compress(records(random, 2000, 300)))
    (project / "data/d.jsonl.zst").write_bytes(pa.compress(records(random, 3000, 300), "zstd", asbytes=True))
    return project


WAYS = {
    "exactly, in small blocks": (False, 1999, "1"),
    "quickly, in small blocks": (True, 1999, "1"),
    "quickly, by two workers": (True, read.BLOCK, "2"),
    "as quickly as a machine can for which there is no compiled reader": (True, 1999, "1"),
}


def test_a_release_has_the_same_bytes_however_its_lines_were_judged(
    drawn_project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(name: str, *, quick: bool, block: int, workers: str) -> dict[str, str]:
        monkeypatch.setattr(import_module("dataset_packager.build"), "WORTH_COLUMNS", 0 if quick else 2**60)
        monkeypatch.setattr(read, "BLOCK", block)
        monkeypatch.setattr(fill, "_FIRST_CELLS", 4)  # what a block needs must grow while it is read
        monkeypatch.setattr(fill, "_FIRST_TEXT", 16)
        out = tmp_path / name
        ran = cli("--project", drawn_project, "--out", out, "--quarantine", "--workers", workers)
        assert ran.code == 0, ran.out + ran.err
        assert ("lines are read the exact way" in ran.err) == (quick and compiled.function("read_lines") is None)
        release = out / "blocks"
        told = {file: file_sha256(release / file) for file in release_files(release)}
        return {**told, "findings": ran.out, "rejected": (out / "blocks.rejected.jsonl").read_text("utf-8")}

    expected = built("exact", quick=False, block=read.BLOCK, workers="1")
    assert sum(name.startswith("data/t/") for name in expected) > 10
    assert expected["rejected"].count("too-large") >= 8
    assert expected["rejected"].count("\n") > 20
    for name, (quick, block, workers) in WAYS.items():
        with monkeypatch.context() as pretended:
            if "no compiled reader" in name:
                pretended.setattr(compiled, "found", lambda: ({}, "pretended"))
            assert built(name, quick=quick, block=block, workers=workers) == expected, name
