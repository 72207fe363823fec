"""`new` proposes types that every value fits, says what they give, and takes them where that is wished."""

from __future__ import annotations

import json
import tomllib
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from conftest import ran_well

from dataset_packager.base.paths import format_path
from dataset_packager.scaffold.schema_inference import TableSchema
from dataset_packager.scaffold.type_proposals import proposed_types

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Bergen"}}}


def proposed(records: list[dict[str, Any]]) -> dict[str, Any]:
    table = TableSchema()
    for record in records:
        table.add(record)
    return {format_path(each.path): each.choice for each in proposed_types(table)}


PROPOSED: dict[str, tuple[list[Any], Any]] = {
    "words": (["neg", "pos", None] * 8, "class-label"),
    "one word": (["only"] * 40, None),
    "few words, each hardly ever": (["a", "b", "c"], None),
    "days": (["2026-01-05", "1999-12-31", None], "date"),
    "days and none": (["2026-01-05", "2026-02-30"], None),
    "days in two forms": (["2026-01-05", "5.1.2026"], None),
    "a year 0": (["0000-01-05", "2026-01-05"], None),
    "days in batches": ([f"2026-01-{n % 28 + 1:02}" for n in range(600)] + ["soon"], None),
    "instants": (["2026-01-05T10:00:00.000Z", "2026-01-05T10:00:00.500Z"], "timestamp"),
    "seconds": (["2026-01-05T10:00:00Z"], {"type": "timestamp", "digits": 0}),
    "microseconds": (["2026-01-05T10:00:00.000001Z"], {"type": "timestamp", "unit": "us"}),
    "instants with offsets": (["2026-01-05T10:00:00+01:00"], None),
    "instants of two forms": (["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.5Z"], None),
    "a leap second": (["2016-12-31T23:59:60Z"], None),
    "UUIDs": ([str(uuid.UUID(int=number)) for number in range(3)], "uuid"),
    "UUIDs in capitals": ([str(uuid.UUID(int=2**128 - 1)).upper()], None),
    "bytes": (["AAE=", "AAEC", "//79"], "base64"),
    "bytes with bits to spare": (["AAE=", "AB=="], None),
    "words of four letters": (["text", "code", "data"], None),
    "digests": (["0123456789abcdef" * 4, "fedcba9876543210" * 4], None),
    "prices": (["1.50", "-0.25", "12345.00"], {"type": "decimal", "precision": 9, "scale": 2}),
    "prices of two scales": (["1.50", "1.5"], None),
    "singles": ([0.1, 2, 3.25, None], "float32"),
    "doubles": ([0.1, 0.30000000000000004], None),
    "a large integer among fractions": ([0.5, 2**24 + 1], None),
    "integers": ([1, 2], None),
    "vectors": ([[0.1, 0.2, 3]] * 2, {"type": "vector", "length": 3}),
    "vectors of doubles": ([[0.1, 1 / 3]] * 2, {"type": "vector", "length": 2, "item": "float64"}),
    "vectors of bytes": ([list(range(16)), list(range(240, 256))], {"type": "vector", "length": 16, "item": "uint8"}),
    "points": ([[1, 2], [3, 4]], {"type": "vector", "length": 2, "item": "int32"}),
    "lists of several lengths": ([[1, 2], [1]], None),
    "a list with null in it": ([[1.5, None]] * 2, None),
    "one list": ([[1, 2]], None),
    "values of several types": ([1, "x", {"a": [0.5]}, None], "json"),
    "numbers that a reader of JSON changes": (["x", 0.12345678901234568], None),
    "integers that it refuses": (["x", 2**64], None),
}


@pytest.mark.parametrize("case", PROPOSED)
def test_a_type_is_proposed_where_it_holds_every_value(case: str) -> None:
    values, choice = PROPOSED[case]
    assert proposed([{"m": value} for value in values]).get("m") == choice


def test_types_are_proposed_at_any_depth() -> None:
    records = [
        {"a": [{"b.c": {"on": "2026-01-05"}}] * 2, "n": {f"w{at}-{n}": 0.5 for n in range(3)}} for at in range(30)
    ]
    assert proposed(records) == {'a[]."b.c".on': "date", "n[].value": "float32"}


def test_what_a_chat_template_has_to_see_as_it_was_written_is_proposed_as_json() -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Rain?"}]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": [{"type": "image"}]},
    ]
    found = proposed([{"messages": messages, "tools": [CALL], "content": [{"a": 1}, {"b": 1}]}] * 8)
    assert found == {"messages[].content": "json", "messages[].tool_calls": "json", "tools": "json"}


def test_new_proposes_types_in_comments_and_takes_them_on_demand(tmp_path: Path, cli: CommandLine) -> None:
    records = [
        {"id": str(uuid.UUID(int=n)), "label": ["x", "y", None][n % 3], "day": f"2026-01-{n + 1:02}",
         "data": ["AA==", "AAA="][n % 2], "f": n / 8, "v": [n, 0.5], "x": [1, "x", {"y": 1}][n % 3],
         "part": "ab"[n % 2], "tags": [{"k": "cd"[n % 2]}], "of": str(uuid.UUID(int=0))}
        for n in range(24)
    ]  # fmt: skip
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    (tmp_path / "q.jsonl").write_text(f'{{"id": "{uuid.UUID(int=0)}"}}\n{{"id": "{uuid.UUID(int=1)}"}}\n')
    inputs = (tmp_path / "q.jsonl", tmp_path / "r.jsonl")
    ran_well(cli("new", tmp_path / "plain", "--from", *inputs))
    ran_well(cli("new", tmp_path / "typed", "--typed", "--from", *inputs))
    plain, typed = ((tmp_path / name / "pyproject.toml").read_text() for name in ("plain", "typed"))
    tables = tomllib.loads(typed)["tool"]["dataset-packager"]["tables"]
    assert tables["r"]["columns"]["label"] == "class-label"
    assert {"id", "day", "data", "f", "v", "x", "tags[].k", "of"} <= set(tables["r"]["columns"])
    assert tomllib.loads(plain)["tool"]["dataset-packager"]["tables"]["r"]["columns"] == {}
    taken = "\n".join(
        line.removeprefix("# ") if "    # " in line and " = " in line and "key" not in line else line
        for line in plain.splitlines()
    )
    assert tomllib.loads(taken)["tool"]["dataset-packager"]["tables"]["r"]["columns"] == tables["r"]["columns"]

    ran_well(cli("--project", tmp_path / "typed", "--out", tmp_path / "out", "--verify", "full"))
    back = [json.loads(line) for line in cli("export", tmp_path / "out/typed", "r").out.splitlines()]
    assert back == records
    stored = pq.read_schema(next((tmp_path / "out/typed/data/r").glob("*.parquet")))
    assert [str(stored.field(name).type) for name in ("label", "day", "f")] == ["int64", "date32[day]", "float"]


BROUGHT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["n"],
    "$defs": {"Color": {"enum": ["red", "green", "blue"], "type": "string"}},
    "properties": {
        "n": {"type": "integer", "format": "int32"},
        "beyond": {"type": "integer", "format": "int8"},
        "f": {"type": "number", "format": "float"},
        "third": {"type": "number", "format": "float"},
        "at": {"type": "string", "format": "date-time"},
        "local": {"type": "string", "format": "date-time"},
        "data": {"type": "string", "contentEncoding": "base64"},
        "price": {"type": "string", "format": "decimal"},
        "color": {"$ref": "#/$defs/Color"},
        "day": {"type": "string", "format": "date", "x-column": "date"},
        "list": {
            "type": "array",
            "items": {"type": "object", "properties": {"k": {"type": "integer", "format": "uint8"}}},
        },
        "never": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
    },
}


def test_a_schema_that_is_there_already_is_taken_and_its_formats_count_where_all_values_fit(
    tmp_path: Path, cli: CommandLine
) -> None:
    records = [
        {"n": n, "beyond": n * 100, "f": n / 4, "third": n / 3, "at": "2026-01-01T00:00:00Z",
         "data": ["AA==", "AAA="][n % 2], "local": "2026-01-01T00:00:00+01:00", "price": f"{n}.50", "color": "red",
         "day": "2026-01-01", "list": [{"k": n}]}
        for n in range(4)
    ]  # fmt: skip
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought/r.json").write_text(json.dumps(BROUGHT))
    words = ("--typed", "--schema", tmp_path / "brought/r.json", "--from", tmp_path / "r.jsonl")
    ran_well(cli("new", tmp_path / "made", *words))
    assert json.loads((tmp_path / "made/schema/r.schema.json").read_text()) == BROUGHT
    tables = tomllib.loads((tmp_path / "made/pyproject.toml").read_text())["tool"]["dataset-packager"]["tables"]
    assert tables["r"]["columns"] == {
        "n": "int32", "f": "float32", "at": {"type": "timestamp", "digits": 0}, "data": "base64",
        "price": {"type": "decimal", "precision": 9, "scale": 2}, "list[].k": "uint8", "color": "class-label",
    }  # fmt: skip
    (tmp_path / "brought/r.json").write_text(json.dumps(BROUGHT | {"required": ["other"]}))
    refused = cli("new", tmp_path / "other", *words)
    assert (refused.code, "[required]" in refused.out, (tmp_path / "other").exists()) == (1, True, False)
    (tmp_path / "brought/r.json").write_text('{"$ref": "q.json"}')
    (tmp_path / "brought/q.json").write_text("{}")
    refused = cli("new", tmp_path / "other", *words)
    assert (refused.code, "refers to q.json" in refused.err) == (2, True), refused.err
