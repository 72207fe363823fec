"""A delta has every row that differs, and gives the newer release from the older one, to the byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from conftest import keeps_contract

from dataset_packager.diff import buckets
from dataset_packager.release.release_files import Release

if TYPE_CHECKING:
    from conftest import CommandLine

HEAD = """[project]
name = "notes"
version = "VERSION"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 3000
PROVENANCE
[tool.dataset-packager.tables.notes]
schema = "notes.schema.json"
records = ["notes*.jsonl"]
key = ["id"]
splits = { train = 0.7, test = 0.3, group_by = ["id"] }

[tool.dataset-packager.tables.loose]
schema = "loose.schema.json"
records = ["loose.jsonl"]
"""
TAGS = {"type": "array", "items": {"type": "object", "properties": {"t": {"type": "string"}}}}
NONE = {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "null"}}}}
NOTES = {"properties": {"id": {"type": "integer"}, "text": {"type": "string"}, "tags": TAGS, "none": NONE}}
LOOSE = {"properties": {"word": {"type": "string"}}}


def build(
    folder: Path, cli: CommandLine, version: str, notes: list[dict[str, Any]], loose: list[str], more: str
) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(HEAD.replace("VERSION", version).replace("PROVENANCE", more), "utf-8")
    (folder / "notes.schema.json").write_text(json.dumps(NOTES), "utf-8")
    (folder / "loose.schema.json").write_text(json.dumps(LOOSE), "utf-8")
    (folder / "notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes), "utf-8")
    (folder / "loose.jsonl").write_text("".join(json.dumps({"word": word}) + "\n" for word in loose), "utf-8")
    ran = cli("--project", folder, "--out", folder / "dist")
    assert ran.code == 0, ran.err
    return (folder / "dist/notes").resolve()


def note(number: int, text: str = "a note") -> dict[str, Any]:
    return {"id": number, "text": text, "tags": [{"t": str(number)}], "none": {"x": [None] * (number % 3)}}


FEW = [note(number) for number in range(20)]


def hashes(folder: Path) -> dict[str, str]:
    release = Release(folder, folder)
    return {name: release.sha256(name) for name in release.files}


def values(path: Path, column: str) -> list[Any]:
    found: list[Any] = pq.read_table(path.absolute()).column(column).to_pylist() if path.exists() else []
    return found


@pytest.mark.parametrize("more", ["", "row_provenance = false"])
def test_apply_gives_the_newer_release_to_the_byte(
    tmp_path: Path, cli: CommandLine, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 70)
    before = [note(number) for number in range(300)]
    after = [note(1000), *(note(n, "another" if n in (7, 200) else "a note") for n in range(300) if n not in (5, 250))]
    after.insert(60, note(1001))
    old = build(tmp_path / "old", cli, "1.0.0", before, ["a", "b", "a", "c"], more)
    new = build(tmp_path / "new", cli, "2.0.0", after[::-1] if more else after, ["a", "c", "c", "d"], more)
    delta = Path("a::b" if more else "~")  # to others a URL, and somebody's home
    assert cli("diff", old, new, "--delta", delta).code == 1
    keeps_contract("delta", json.loads((delta.absolute() / "delta.json").read_text("utf-8")))
    rows = delta / "rows/notes"
    assert sorted(values(rows / "added.parquet", "id")) == [1000, 1001]
    assert sorted(values(rows / "changed.parquet", "id")) == [7, 200]
    assert set(values(rows / "changed.parquet", "text")) == {"another"}
    assert sorted(values(rows / "removed.parquet", "id")) == [5, 250]
    assert sorted(values(delta / "rows/loose/added.parquet", "word")) == ["c", "d"]
    assert sorted(values(delta / "rows/loose/removed.parquet", "word")) == ["a", "b"]
    ran = cli("apply", old, delta, "--out", tmp_path / "made")
    assert ran.code == 0, ran.err
    assert hashes(tmp_path / "made") == hashes(new)
    assert cli("diff", tmp_path / "made", new).code == 0
    assert cli("apply", new, delta, "--out", tmp_path / "other").code == 2
    assert not (tmp_path / "other").exists()


def test_a_table_that_is_new_or_has_other_columns_is_whole_in_the_delta(tmp_path: Path, cli: CommandLine) -> None:
    old = build(tmp_path / "old", cli, "1.0.0", FEW, ["a"], "")
    new = build(tmp_path / "new", cli, "2.0.0", FEW, ["a"], "")
    project = tmp_path / "new"
    head = (
        (project / "pyproject.toml").read_text("utf-8").replace("1.0.0", "2.0.0").replace("tables.loose", "tables.free")
    )
    (project / "pyproject.toml").write_text(head, "utf-8")
    wider = {"properties": {**NOTES["properties"], "more": {"type": "integer"}}}
    (project / "notes.schema.json").write_text(json.dumps(wider), "utf-8")
    assert cli("--project", project, "--out", project / "dist").code == 0
    new = project / "dist/notes"
    assert cli("diff", old, new, "--delta", tmp_path / "delta").code == 1
    assert values(tmp_path / "delta/rows/free/added.parquet", "word") == ["a"]
    assert cli("apply", old, tmp_path / "delta", "--out", tmp_path / "made").code == 0
    assert hashes(tmp_path / "made") == hashes(new.resolve())


def test_a_delta_that_was_changed_or_is_none_is_refused(tmp_path: Path, cli: CommandLine) -> None:
    old = build(tmp_path / "old", cli, "1.0.0", FEW, ["a"], "")
    new = build(tmp_path / "new", cli, "1.1.0", [*FEW, note(30)], ["a"], "")
    delta = tmp_path / "delta"
    assert cli("diff", old, new, "--delta", delta).code == 1
    assert "stands there already" in cli("diff", old, new, "--delta", delta).err
    assert "no delta" in cli("apply", old, old, "--out", tmp_path / "made").err
    (delta / "documents/DATASHEET.md").write_text("other", "utf-8")
    ran = cli("apply", old, delta, "--out", tmp_path / "made")
    assert ran.code == 1
    assert "DATASHEET.md: isn't what the delta says" in ran.err
    assert not (tmp_path / "made").exists()
