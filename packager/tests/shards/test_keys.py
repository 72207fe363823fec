"""Keys are unique and never null, references lead somewhere, through lists and structs, over all shards."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path, parse_path
from dataset_packager.shards.key_columns import are_distinct, key_schema, key_values, span_of

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

PROJECT = """
[project]
name = "chains"
version = "1.0.0"
description = "Rows that refer to steps of others"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 200

[tool.dataset-packager.tables.pages]
schema = "schema/pages.schema.json"
records = ["data/pages.jsonl"]
key = ["head.id"]

[tool.dataset-packager.tables.changes]
schema = "schema/changes.schema.json"
records = ["data/changes.jsonl"]
references = [{ columns = ["page", "step"], table = "pages", key = ["head.id", "chain[].step"] }]
"""
STEP = {"type": "object", "additionalProperties": False, "properties": {"step": {"type": "integer"}}}
PAGES = {
    "type": "object",
    "required": ["head", "chain"],
    "additionalProperties": False,
    "properties": {
        "head": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"id": {"type": ["string", "null"]}, "any": {}},
        },
        "chain": {"type": "array", "items": STEP},
    },
}
CHANGES = {
    "type": "object",
    "required": ["page", "step"],
    "additionalProperties": False,
    "properties": {"page": {"type": "string"}, "step": {"type": ["integer", "null"]}},
}


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def chains(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "schema").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    (folder / "schema/pages.schema.json").write_text(json.dumps(PAGES), "utf-8")
    (folder / "schema/changes.schema.json").write_text(json.dumps(CHANGES), "utf-8")
    pages = [{"head": {"id": f"p{n}"}, "chain": [{"step": k + 1} for k in range(n % 4)]} for n in range(40)]
    (folder / "data/pages.jsonl").write_text(lines(pages), "utf-8")
    changes = [{"page": f"p{n}", "step": n % 4 or None} for n in range(40)]
    (folder / "data/changes.jsonl").write_text(lines(changes), "utf-8")
    return folder


@pytest.fixture(params=[None, 2])
def part(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All values at once; and so few at a time that equal ones have to come into the same part."""
    if request.param:
        monkeypatch.setattr("dataset_packager.shards.keys.PART_ROWS", request.param)


def findings(cli: CommandLine, project: Path, tmp_path: Path) -> list[str]:
    ran = cli("--project", project, "--out", tmp_path / "dist", "--workers", "1", "--show", "100")
    return [line.split(": ", 1)[0] + " " + line.split(": ", 2)[2] for line in ran.out.splitlines() if line[0] != " "]


def test_references_through_structs_and_lists_hold_over_all_shards(
    chains: Path, tmp_path: Path, cli: CommandLine
) -> None:
    assert findings(cli, chains, tmp_path) == []
    assert len(list((tmp_path / "dist/chains/data/pages").iterdir())) > 3


@pytest.mark.usefixtures("part")
def test_what_breaks_a_key_or_a_reference_is_found_with_its_place(
    chains: Path, tmp_path: Path, cli: CommandLine
) -> None:
    with (chains / "data/pages.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines([{"head": {"id": "p7"}, "chain": []}, {"head": {"id": None}, "chain": []}]))
    with (chains / "data/changes.jsonl").open("a", encoding="utf-8") as file:
        file.write(lines([{"page": "p3", "step": 4}, {"page": "p3", "step": 3}, {"page": "p3", "step": None}]))
    assert findings(cli, chains, tmp_path) == [
        "data/pages.jsonl:42 [key] the key's head.id is null",
        "data/pages.jsonl:41 [key] head.id 'p7' stands already at data/pages.jsonl:8",
        "data/changes.jsonl:41 [reference] page 'p3', step 4 stands nowhere as head.id, chain[].step of pages",
    ]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("head.any.x", "leads through a column of encoded text"),
        ("chain", "no single value"),
        ("head[].id", "not a list"),
        ("nothing", "no such column"),
        ("chain[].stop", "no such column"),
    ],
)
def test_a_key_that_is_no_column_is_a_set_up_error(
    chains: Path, tmp_path: Path, cli: CommandLine, key: str, says: str
) -> None:
    configuration = chains / "pyproject.toml"
    configuration.write_text(configuration.read_text("utf-8").replace('key = ["head.id"]', f'key = ["{key}"]'), "utf-8")
    ran = cli("--project", chains, "--out", tmp_path / "dist")
    assert ran.code == 2
    assert says in ran.err


def test_names_that_differ_only_by_case_are_refused_in_a_key() -> None:
    schema = pa.schema([("Id", pa.string()), ("id", pa.string())])
    with pytest.raises(SetupError, match="differ only by case"):
        key_schema(schema, (("id",),), "t")


def test_values_in_lists_keep_the_place_of_their_row() -> None:
    table = pa.table({"a": ["x", "y", "z"], "l": [[{"k": 1}, {"k": None}], None, [{"k": 3}]]})
    values = key_values(table, (("a",), ("l", None, "k")), pa.array(["f"] * 3), pa.array([1, 2, 3]))
    assert values.to_pylist() == [
        {"k0": "x", "k1": 1, "file": "f", "line": 1},
        {"k0": "x", "k1": None, "file": "f", "line": 1},
        {"k0": "z", "k1": 3, "file": "f", "line": 3},
    ]


@pytest.mark.parametrize("text", ["a", "a.b[].c", '"a.b".c[]', "x[][]", '"with \\"quotes\\"".y'])
def test_a_path_reads_back_as_it_is_written(text: str) -> None:
    assert format_path(parse_path(text)) == text


@pytest.mark.parametrize("text", ["", ".", "a.", "a..b", "[]", "a[0]", "a[", 'a"b'])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="is no path of a column"):
        parse_path(text)


@settings(deadline=None)  # the first array may import pandas
@given(st.one_of(
    st.lists(st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=3), max_size=4),
    st.lists(st.lists(st.one_of(st.none(), st.text("aé\U0001f600\0", max_size=2)), max_size=3), max_size=4),
))  # fmt: skip
def test_values_that_are_called_distinct_are_and_those_that_ascend_are_called_so(shards: list[list[Any]]) -> None:
    kind = pa.int64() if all(type(value) is not str for shard in shards for value in shard) else pa.string()
    told = are_distinct([span_of(pa.chunked_array([pa.array(shard, kind)])) for shard in shards])
    values = [value for shard in shards for value in shard]
    plain = None not in values and all(shards)
    if told:
        assert plain
        assert len(set(values)) == len(values)
    if plain and all(one < other for one, other in pairwise(values)):
        assert told


def test_keys_that_no_order_vouches_for_are_compared() -> None:
    assert span_of(pa.chunked_array([pa.array([1.0, 2.0])])) is None
    assert span_of(pa.chunked_array([pa.array([2, 1])])) is None
    assert are_distinct([("a", "c"), ("d", "f")])
    assert not are_distinct([("a", "d"), ("d", "f")])
    assert not are_distinct([("a", "c"), None])


MIXED = """
[project]
name = "mixed"
version = "1.0.0"

[tool.dataset-packager]
released = "2026-01-31"

[tool.dataset-packager.tables.t]
schema = "schema/t.json"
records = ["data/t.jsonl"]
key = ["id"]

[tool.dataset-packager.tables.r]
schema = "schema/r.json"
records = ["data/r.jsonl"]
references = [REFERENCES]
"""
REFERRING = {
    "s": {"type": "string"},
    "i": {"type": "integer"},
    "d": {"type": "number"},
    "j": {"type": ["string", "integer"]},
    "m": {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
}


def mixed(tmp_path: Path, keys: list[Any], rows: list[Any]) -> Path:
    folder = tmp_path / "project"
    (folder / "schema").mkdir(parents=True)
    (folder / "data").mkdir()
    columns = ["s", "i", "d", "j", "m[].key", "m[].value"]
    references = ", ".join(f'{{ columns = ["{column}"], table = "t", key = ["id"] }}' for column in columns)
    (folder / "pyproject.toml").write_text(MIXED.replace("REFERENCES", references), "utf-8")
    for name, properties in (("t", {"id": {}}), ("r", REFERRING)):
        schema = {"type": "object", "additionalProperties": False, "properties": properties}
        (folder / f"schema/{name}.json").write_text(json.dumps(schema), "utf-8")
    (folder / "data/t.jsonl").write_text(lines([{"id": key} for key in keys]), "utf-8")
    (folder / "data/r.jsonl").write_text(lines(rows), "utf-8")
    return folder


@pytest.mark.usefixtures("part")
def test_keys_and_references_tell_values_of_all_types_apart(tmp_path: Path, cli: CommandLine) -> None:
    rows = [
        {"s": "1", "i": 1, "d": 1.0, "j": "1", "m": {"1": 2.5}},
        {"s": 'é"x', "i": 3, "d": 2.5, "j": 1, "m": {'é"x': 'é"x'}},
    ]
    project = mixed(tmp_path, [1, "1", 'é"x', 2.5, True, 3], rows)
    assert cli("--project", project, "--out", tmp_path / "dist", "--verify", "full").code == 0


@pytest.mark.usefixtures("part")
def test_what_is_no_single_value_or_stands_twice_among_mixed_keys_is_found(tmp_path: Path, cli: CommandLine) -> None:
    project = mixed(tmp_path, [1, "1", 1.0, [2], {"a": 1}, None, "1"], [{"s": "3", "m": {"y": 3}}])
    assert findings(cli, project, tmp_path) == [
        "data/t.jsonl:6 [key] the key's id is null",
        "data/t.jsonl:4 [key] id is a list, and a key has one value: [2]",
        'data/t.jsonl:5 [key] id is an object, and a key has one value: {"a": 1}',
        "data/t.jsonl:3 [key] id 1 stands already at data/t.jsonl:1",
        "data/t.jsonl:7 [key] id '1' stands already at data/t.jsonl:2",
        "data/r.jsonl:1 [reference] s '3' stands nowhere as id of t",
        "data/r.jsonl:1 [reference] m[].key 'y' stands nowhere as id of t",
        "data/r.jsonl:1 [reference] m[].value 3 stands nowhere as id of t",
    ]
