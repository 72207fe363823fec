"""Chunks that are done are taken over where nothing that they follow from has changed, and made anew where it has."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_packager.base.files import file_sha256
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.release.folder_digest import release_files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

CONFIGURATION = """
[project]
name = "kept"
version = "1.0.0"
description = "Numbered records in four files"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 4000

[tool.dataset-packager.tables.t]
schema = "schema/main.json"
records = ["data/*.jsonl"]
key = ["id"]
"""
SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}, "required": ["id"]}


@dataclass
class Kept:
    """A project of four files, one chunk each, and where its releases go."""

    project: Path
    out: Path
    cli: CommandLine

    def build(self, out: str = "out", code: int = 0) -> int:
        """Build, and return how many chunks were taken over."""
        ran = self.cli("--project", self.project, "--out", self.out / out, "--workers", "1", "--quarantine")
        assert ran.code == code, ran.out + ran.err
        told = re.search(r"(\d+) of 4 chunks are as a former build made them", ran.err)
        return int(told[1]) if told else 0

    def hashes(self, out: str = "out") -> dict[str, str]:
        release = self.out / out / "kept"
        rejected = {"rejected": file_sha256(self.out / out / "kept.rejected.jsonl")}
        return rejected | {name: file_sha256(release / name) for name in release_files(release)}

    def same_as_from_nothing(self) -> bool:
        """Say whether the release is what a build into an empty folder makes."""
        assert self.build("another") == 0
        return self.hashes() == self.hashes("another")

    def bend(self, name: str, old: str, new: str) -> None:
        path = self.project / name
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")

    def chunks(self, pattern: str) -> list[Path]:
        return sorted((self.out / "out/.releases/kept/.chunks").glob(pattern))


@pytest.fixture
def kept(tmp_path: Path, cli: CommandLine) -> Kept:
    project = tmp_path / "project"
    (project / "schema").mkdir(parents=True)
    (project / "data").mkdir()
    (project / "schema/main.json").write_text(json.dumps(SCHEMA), "utf-8")
    (project / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    for file in range(4):
        lines = [json.dumps({"id": 1000 * file + n, "text": f"record {n:03}"}) for n in range(100)]
        lines[50] = '{"id": "no number", "text": "refused"}'
        (project / f"data/{file}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    made = Kept(project, tmp_path, cli)
    assert made.build() == 0
    return made


def test_where_nothing_changed_all_chunks_are_taken_over_and_the_bytes_are_the_same(kept: Kept) -> None:
    before = kept.hashes()
    assert kept.build() == 4
    assert kept.hashes() == before
    assert kept.same_as_from_nothing()


def test_chunks_of_every_format_are_taken_over_too(kept: Kept) -> None:
    for path in (kept.project / "data").iterdir():
        path.unlink()
    rows = [{"id": n, "text": f"record {n}, é"} for n in range(50)]
    data = kept.project / "data"
    (data / "0.csv").write_text("id,text\n" + "".join(f'{row["id"]},"{row["text"]}"\n' for row in rows), "utf-8")
    pq.write_table(pa.Table.from_pylist([row | {"id": 100 + row["id"]} for row in rows]), data / "1.parquet")
    with pa.OSFile(str(data / "2.arrow"), "wb") as sink:
        table = pa.Table.from_pylist([row | {"id": 200 + row["id"]} for row in rows])
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    (data / "3.json").write_text(json.dumps({"data": {"items": [{"id": 300}, {"id": 301}]}}), "utf-8")
    kept.bend("pyproject.toml", 'records = ["data/*.jsonl"]', 'records = ["data/*"]\nrecords_at = "data.items"')
    kept.bend("pyproject.toml", "shard_input_bytes = 4000", "shard_input_bytes = 800")
    assert kept.build() == 0
    shards = sorted((kept.out / "out/kept/data/t").iterdir())
    before = [file_sha256(path) for path in shards]
    kept.bend("pyproject.toml", '"Numbered records in four files"', '"Records in four formats"')
    ran = kept.cli("--project", kept.project, "--out", kept.out / "out", "--workers", "1")
    assert ran.code == 0, ran.err
    taken, all_chunks = re.findall(r"(\d+) of (\d+) chunks are as a former build made them", ran.err)[0]
    assert taken == all_chunks
    assert int(taken) >= 4
    assert [file_sha256(path) for path in shards] == before


def test_one_changed_record_makes_one_chunk_anew(kept: Kept) -> None:
    before = kept.hashes()
    kept.bend("data/2.jsonl", "record 007", "record 700")
    others = {path: file_sha256(path) for path in kept.chunks("*/*.parquet")}
    assert kept.build() == 3
    assert kept.hashes() != before
    assert sum(path.exists() and file_sha256(path) == sha256 for path, sha256 in others.items()) == len(others) * 3 / 4
    assert kept.same_as_from_nothing()


def test_a_record_that_is_put_in_first_moves_lines_and_makes_its_chunk_anew(kept: Kept) -> None:
    kept.bend("data/0.jsonl", '{"id": 0,', '{"id": 9999}\n{"id": 0,')
    assert kept.build() == 3
    assert kept.same_as_from_nothing()


@pytest.mark.parametrize(
    "pattern", ["*/00000-train.parquet", "*/*.key0.parquet", "*/rejected.jsonl", "*/findings.jsonl"]
)
def test_a_damaged_file_of_a_chunk_is_made_anew(kept: Kept, pattern: str) -> None:
    before = kept.hashes()
    path = kept.chunks(pattern)[1]
    content = path.read_bytes()
    path.unlink()  # the release has the file by another name
    path.write_bytes(content[:-5] + b"?" + content[-4:])
    assert kept.build() == 3
    assert kept.hashes() == before


@pytest.mark.parametrize("bent", [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"shards": [{}]}', "half", "gone"])
def test_a_result_that_is_not_whole_is_made_anew(kept: Kept, bent: bytes | str) -> None:
    before = kept.hashes()
    path = kept.chunks("*/result.json")[0]
    content = path.read_bytes()
    path.unlink()
    if bent != "gone":
        path.write_bytes(bent if isinstance(bent, bytes) else content[: len(content) // 2])
    assert kept.build() == 3
    assert kept.hashes() == before


SETTINGS = {
    "the schema": ("schema/main.json", '"required"', '"description": "Numbered", "required"'),
    "a bound in the schema": ("schema/main.json", '"type": "string"', '"type": "string", "maxLength": 10'),
    "the length of lines": ("pyproject.toml", "released", "max_line_bytes = 37\nreleased"),
    "row provenance": ("pyproject.toml", "released", "row_provenance = false\nreleased"),
    "the formats": ("pyproject.toml", 'key = ["id"]', 'key = ["id"]\nassert_formats = false'),
    "the key": ("pyproject.toml", 'key = ["id"]', ""),
    "the splits": (
        "pyproject.toml",
        'key = ["id"]',
        'key = ["id"]\nsplits = { train = 0.5, test = 0.5, group_by = ["id"] }',
    ),
}


@pytest.mark.parametrize("what", SETTINGS)
def test_where_what_chunks_follow_from_changed_they_are_made_anew(kept: Kept, what: str) -> None:
    kept.bend(*SETTINGS[what])
    assert kept.build() == 0
    assert kept.same_as_from_nothing()


def test_what_is_only_told_in_the_card_makes_no_chunk_anew(kept: Kept) -> None:
    kept.bend("pyproject.toml", 'name = "kept"', 'name = "kept"\nkeywords = ["numbers"]')
    assert kept.build() == 4
    assert kept.same_as_from_nothing()


def test_the_chunks_of_a_build_that_failed_later_are_taken_over(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.bend("data/1.jsonl", "record 001", "record 100")
    with monkeypatch.context() as broken:
        broken.setattr(import_module("dataset_packager.steps.ending"), "describe_release", fail)
        assert kept.build(code=3) == 3
    assert kept.build() == 4
    assert kept.same_as_from_nothing()


def fail(*_: object, **__: object) -> None:
    raise EnvironmentFailure("the disk is gone")
