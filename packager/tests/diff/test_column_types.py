"""What diff says of columns whose type changed: which is major, and which only adds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import packaged

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

PROJECT = """
[project]
name = "types"
version = "{version}"
description = "Columns of types"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.t]
schema = "schema/t.json"
records = ["data/*.jsonl"]
key = ["id"]
"""
BEFORE: dict[str, Any] = {
    "label": {"type": "string", "enum": ["a", "b"], "x-column": "class-label"},
    "at": {"type": "string", "x-column": {"type": "timestamp", "unit": "us", "digits": 3}},
    "price": {"type": "string", "x-column": {"type": "decimal", "precision": 9, "scale": 2}},
    "plain": {"type": "string"},
}


def classes(*names: str) -> dict[str, Any]:
    return {"label": {**BEFORE["label"], "enum": list(names)}}


CHANGES: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "a class appended": (classes("a", "b", "c"), "minor", "extended", "label"),
    "a class put in between": (classes("a", "c", "b"), "major", "changed", "label"),
    "classes in another order": (classes("b", "a"), "major", "changed", "label"),
    "a class renamed": (classes("a", "c"), "major", "changed", "label"),
    "a class removed": (classes("a"), "major", "changed", "label"),
    "another unit": ({"at": {"type": "string", "x-column": "timestamp"}}, "major", "changed", "at"),
    "another precision": (
        {"price": {"type": "string", "x-column": {"type": "decimal", "precision": 12, "scale": 2}}},
        "major", "changed", "price",
    ),
    "a type where there was none": ({"plain": {"type": "string", "x-column": "date"}}, "major", "changed", "plain"),
    "no type where there was one": ({"price": {"type": "string"}}, "major", "changed", "price"),
}  # fmt: skip


def release(folder: Path, members: dict[str, Any], version: str) -> Path:
    """Build the same record under a schema of these members."""
    for name in ("schema", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version), "utf-8")
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, **members}, "required": ["id"]}
    (folder / "schema/t.json").write_text(json.dumps(schema), "utf-8")
    record = {"id": 1, "label": "a", "at": "2026-01-02T03:04:05.678Z", "price": "1.50", "plain": "2026-01-02"}
    (folder / "data/t.jsonl").write_text(json.dumps(record), "utf-8")
    packaged(folder, folder / "out")
    return folder / "out/types"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("before"), BEFORE, "1.0.0")


@pytest.mark.parametrize("case", CHANGES)
def test_a_column_of_another_type_is_told_with_the_version_that_follows(
    case: str, before: Path, tmp_path: Path, cli: CommandLine
) -> None:
    members, bump, way, column = CHANGES[case]
    after = release(tmp_path / "after", {**BEFORE, **members}, "1.0.1")
    ran = cli("diff", before, after, "--format", "json")
    assert ran.code == 1, ran.err
    found = json.loads(ran.out)
    assert found["bump"] == bump
    (config,) = found["configs"]
    assert [each["column"] for each in config["columns"][way]] == [column]
    others = {"added", "removed", "changed", "extended"} - {way}
    assert [config["columns"][other] for other in others] == [[], [], []]
    assert set(config["rows"].values()) == {0}
    assert f"`{column}`" in cli("diff", before, after).out
