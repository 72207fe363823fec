"""``explain-schema --speed`` says which rules are held against whole columns, and what keeps others from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

ALL = "lines are read into columns, and all rules are held against whole columns"
RECORDS = "lines are read into columns, and each record is judged by itself"
DEPENDS = "what $dynamicRef means depends on the way that leads to it"
TEXTS = {"type": "array", "items": {"type": "string"}}
PAIRS = {"type": "array", "items": {"type": "number"}, "enum": [[index, 0.5] for index in range(51)]}
MANY = "an enum of more than 50 objects or arrays"


def table(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


SCHEMAS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "tied rules": (
        {
            **table(a={**TEXTS, "uniqueItems": True, "contains": {"const": "x"}}, b={"type": "integer"}),
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            "if": {"required": ["b"]}, "then": {"minProperties": 1}, "unevaluatedProperties": False,
        },
        [ALL],
    ),
    "unevaluatedItems": (
        table(a={**TEXTS, "items": True, "prefixItems": [{"type": "string"}]})
        | {"$defs": {"x": {}}, "properties": {"a": {"type": "array", "prefixItems": [{"type": "string"}],
        "unevaluatedItems": {"type": "string"}}}},
        ["schema/a.json#/properties/a is judged value by value: unevaluatedItems",
         ALL.replace("all rules", "all other rules")],
    ),
    "an enum of many arrays of numbers": (
        table(a=PAIRS),
        [f"schema/a.json#/properties/a is judged value by value: {MANY}", ALL.replace("all rules", "all other rules")],
    ),
    "the same in draft 4, where 1.0 is no integer": (
        {"$schema": "http://json-schema.org/draft-04/schema#", **table(a=PAIRS)},
        [f"{RECORDS}: schema/a.json#/properties/a: {MANY}, about values with numbers that may be written in two ways"],
    ),
    "a dynamic reference": (
        {**table(a={"$dynamicRef": "#n"}), "$dynamicAnchor": "n"},
        [f"{RECORDS}: schema/a.json#/properties/a/$dynamicRef: {DEPENDS}"],
    ),
    "a column of nulls": (
        table(s=table(n={"type": "null"})),
        [ALL],
    ),
    "integers of many digits": (
        table(s=table(n={"type": "integer", "minimum": 0, "maximum": 2**64}) | {"minProperties": 1}),
        ["lines with members of $.s that the schema doesn't name are judged one by one: a rule asks which there are",
         ALL],
    ),
    "a name to be escaped": (
        table(s=table(**{'"': {"type": "string"}})),
        ['each record is read and judged by itself: $.s["\\""]: its name is written in more ways than one'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_keeps_records_from_the_quick_way_is_told(name: str, tmp_path: Path, cli: CommandLine) -> None:
    schema, expected = SCHEMAS[name]
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema/a.json").write_text(json.dumps(schema), "utf-8")
    ran = cli("explain-schema", "--speed", "schema/a.json", "--project", tmp_path)
    assert ran.code == 0
    assert [line.removeprefix("speed: ") for line in ran.out.splitlines() if line.startswith("speed: ")] == expected


def test_without_the_option_nothing_is_said_of_speed(tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema/a.json").write_text('{"type": "object", "properties": {"a": {}}}', "utf-8")
    assert "speed" not in cli("explain-schema", "schema/a.json", "--project", tmp_path).out
