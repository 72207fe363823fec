"""A dataset whose every name and text tries to be markup, built once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import built_once, packaged

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "| x `y` <script>alert(1)</script> [z](http://e) *b* _i_ $m$ <!-- /slot --> &amp; \\ # --- ``` end"
PRETTY = "yes: # [no] {'a'} \"b\" --- | <b> & `c` ~"
NAMES = ("a b", "dot.ted", "it's", "where", "é", "pi|pe", "tick`tick", "<i>", "back\\slash", 'quo"te', "*star*")
ROWS = 60


def schema() -> dict[str, Any]:
    """Columns under hostile names, and every kind of nesting that Croissant can and can't tell."""
    point = {"type": "object", "properties": {"x": {"type": "integer"}, "it's": {"type": "string"}}}
    closed = point | {"additionalProperties": False}
    box = {"type": "object", "properties": {"in.ner": closed}, "additionalProperties": False}
    points = {"type": "array", "items": closed}
    deep = {"type": "object", "properties": {"ps": points, "n": {"type": "integer"}}, "additionalProperties": False}
    members: dict[str, Any] = {name: {"type": "string", "description": f"{name} {EVIL}"} for name in NAMES}
    members |= {
        "id": {"type": "integer"},
        "maybe": {"type": ["integer", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "word": {"type": "string", "enum": ["up | down", "`left`", "<!-- /slot -->"]},
        "share": {"type": "number"},
        "box": box,
        "points": points,
        "grid": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
        "deep": {"type": "array", "items": deep},
        "only_deep": {"type": "array", "items": points},
        "any": True,
        "open": {"type": "object", "properties": {"x": {"type": "integer"}}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": EVIL,
        "type": "object",
        "properties": members,
        "required": ["id", "maybe", *NAMES],
        "additionalProperties": False,
    }


def record(number: int) -> dict[str, Any]:
    """A record; every third lacks what it may lack."""
    row: dict[str, Any] = {"id": number, "maybe": None if number % 2 else number, **dict.fromkeys(NAMES, EVIL)}
    if number % 3:
        row |= {
            "flag": None if number % 5 else True,
            "word": "up | down",
            "share": number / 7,
            "box": {"in.ner": {"x": number, "it's": "so"}} if number % 4 else {},
            "points": [{"x": 1}, {"it's": "two"}][: number % 3],
            "grid": [[1, 2], []],
            "deep": [{"ps": [{"x": 1}], "n": 1}],
            "only_deep": [[{"x": 1}]],
            "any": [1, "a"],
            "open": {"x": 1, "y": 2},
        }
    return row


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project."""
    project = tmp_path_factory.mktemp("hostile")
    (project / "schema").mkdir()
    (project / "data").mkdir()
    (project / "schema/odd.schema.json").write_text(json.dumps(schema()), "utf-8")
    lines = [json.dumps(record(number)) + "\n" for number in range(ROWS)]
    (project / "data/odd.jsonl").write_text("".join(lines), "utf-8")
    told = {"name": "odd-names", "version": "1.2.3", "description": EVIL, "license": "LicenseRef-Odd"}
    head = "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())
    (project / "pyproject.toml").write_text(
        f"""[project]
{head}authors = [{{ name = {json.dumps("O'Neil & {Sons}_%")} }}]
[tool.dataset-packager]
released = "2026-02-03"
pretty_name = {json.dumps(PRETTY)}
languages = ["en-GB", "no"]
shard_input_bytes = 16384
[tool.dataset-packager.tables.odd]
schema = "schema/odd.schema.json"
records = ["data/*.jsonl"]
key = ["id"]
splits = {{ train = 0.7, test = 0.3, group_by = ["id"] }}
[tool.dataset-packager.tables.plain]
schema = "schema/odd.schema.json"
records = ["data/*.jsonl"]
key = ["id"]
references = [{{ columns = ["maybe"], table = "plain", key = ["id"] }}]
""",
        "utf-8",
    )
    return project


@pytest.fixture(scope="session")
def hostile_release(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its release."""
    return built_once(tmp_path_factory, "odd", lambda out: packaged(hostile, out)) / "odd-names"
