"""Verdicts on whole columns are those of the gate on each record, in tables of few rows and of many."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from columns.fast.two_ways import job_of
from dataset_packager.columns.fast.table_rules import table_rules
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path


SIZES = [
    "",
    "a",
    "é",
    "€",
    "😀",
    "aa",
    "é€",
    "😀a",
    "aaa",
    "😀😀😀",
    "aaaa",
    "ééééé",
    "a" * 5,
    "a" * 6,
    "€" * 6,
    "a" * 20,
]
RULES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "least": ({"minLength": 2}, SIZES),
    "most": ({"maxLength": 5}, SIZES),
    "both": ({"minLength": 3, "maxLength": 6}, SIZES),
    "none": ({"minLength": 4, "maxLength": 3}, SIZES),
    "integer": ({"type": "integer", "minimum": -2, "exclusiveMaximum": 3}, list(range(-4, 5))),
    "number": ({"type": "number", "exclusiveMinimum": -0.5, "maximum": 2}, [-1.5, -0.5, -0.0, 0.0, 0.25, 2.0, 2.5]),
    "price": (
        {"type": "number", "minimum": -1, "maximum": 10**16, "multipleOf": 0.05},
        [0.0, -0.0, 0.3, 0.1 + 0.2, 4.35, -1.0, -1.05, 0.01, 2.5, 7.0, 1e15, 1e15 + 0.5, 1e16, 2e16, 123456789.15],
    ),
    "tens": ({"type": "integer", "minimum": -20, "multipleOf": 10}, [-40, -20, -10, -5, 0, 5, 10, 2**53 + 2, 10**17]),
    "listed multiple": ({"enum": [1, 2, 3, 4.5], "type": "number", "multipleOf": 1.5}, [1.0, 2.0, 3.0, 4.5, 6.0]),
    "two kinds of numbers": (
        {"type": "number", "oneOf": [{"maximum": 0.5}, {"minimum": 0.3, "multipleOf": 0.1}]},
        [-1.0, 0.1, 0.3, 0.1 + 0.2, 0.4, 0.5, 0.6, 0.65, 1e300],
    ),
    "integers among doubles": (
        {"type": "number", "anyOf": [{"type": "integer", "minimum": 2}, {"const": 0.5}], "maximum": 1e16},
        [-0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 1e15, 1e16, 2e16],
    ),
    "listed numbers": (
        {"type": "number", "enum": [0.5, 0, 2**53 - 1, "a"]},
        [0.5, 0.0, -0.0, 1.0, 2.0**53 - 1, 2.0**53],
    ),
    "an integer of its own": (
        {"type": "integer", "oneOf": [{"minimum": 0, "maximum": 100}, {"const": -1}, {"enum": [10**17, 1e17 + 16, 7]}]},
        [-2, -1, 0, 7, 100, 101, 10**17, 10**17 + 1, 10**17 + 16],
    ),
    "a reference and more": (
        {"$ref": "#/$defs/half", "type": "number", "not": {"enum": [1, 2.5]}, "maximum": 3},
        [0.0, 0.25, 0.5, 1.0, 2.5, 3.0, 3.5],
    ),
    "very small steps": ({"type": "number", "multipleOf": 1e-30}, [0.0, 1e-30, 2.5e-30, 1e-20, 1.0]),
    "word": (
        {"enum": ["yes", "no", "", "ключи", "a" * 16, 7, None]},
        ["yes", "no", "", "ключи", "ключ", "a" * 16, "a" * 17],
    ),
    "const": ({"const": "yes"}, ["yes", "no", "yes\x00", ""]),
    "longer": ({"enum": ["a" * 17, "b"]}, ["a" * 17, "a" * 16, "b"]),
    "limited": ({"enum": ["yes", "no"], "minLength": 3}, ["yes", "no"]),
    "code": ({"pattern": "^(?:[A-Z]{2}-)?[0-9]{3}$"}, ["AB-123", "123", "AB-12a", "12", "AB-123\n", "é23", "٣٣٣"]),
    "beginning": (
        {"not": {"pattern": "^[a-z]{2}:"}},
        ["ab:", "ab:c", "ab:é\n", "abc:", "", "ab", "é:", "AB:", "ab\x00:", "x" * 99],
    ),
    "other code": (
        {"not": {"pattern": "^[a-z]+$"}},
        ["a", "abc", "a1", "", "é", "a\n", "a" * 32, "a" * 33, "A" * 32, "a" * 32 + "1"],
    ),
    "short": (
        {"pattern": "^[a-z]{1,10}$", "maxLength": 9},
        ["a", "ab", "abcdefghi", "abcdefghij", "abcdefghijk", "A", ""],
    ),
    "day": ({"format": "date"}, ["2024-02-29", "2023-02-29", "2024-12-31", "2024-13-01", "0999-01-01", "2024-1-1"]),
    "time": (
        {"format": "date-time"},
        ["2024-02-28T23:59:60Z", "2024-02-28T24:00:00Z", "2024-02-28T10:00:00+09:00", "T"],
    ),
    "id": (
        {"format": "uuid"},
        ["0" * 8 + "-0000-0000-0000-" + "f" * 12, "0" * 36, "0" * 8 + "-0000-0000-0000-" + "g" * 12],
    ),
}


def drawn_rows(random: Random, values: list[Any]) -> list[dict[str, Any]]:
    """Return rows of a few of the values, at times far more of one than of all others."""
    some = random.sample(values, random.randint(1, min(3, len(values))))
    many = random.choices(some, k=random.choice([1, 2, 5, 100]))
    return [{} if random.random() < 0.2 else {"x": value} for value in [*many, random.choice(values)]]


@pytest.mark.parametrize("name", RULES)
def test_columns_are_judged_as_the_gate_judges_records(name: str, tmp_path: Path) -> None:
    rule, values = RULES[name]
    kind = {} if "type" in rule else {"type": ["string", "null"]}
    document = {"type": "object", "properties": {"x": kind | rule}, "additionalProperties": False}
    document["$defs"] = {"half": {"multipleOf": 0.5}}
    job_of(tmp_path, document)
    loaded = load_schema(tmp_path, "schema/main.json")
    gate, plan = Gate(loaded, assert_formats=True), table_plan(loaded, provenance=False)
    rules = table_rules(loaded, plan, assert_formats=True)
    assert rules is not None
    random, seen = Random(name), Counter[bool]()  # noqa: S311 - no secret
    for _ in range(60):
        rows = drawn_rows(random, values)
        accepted = [gate.accepts(row) for row in rows]
        table, misfits = plan.encode(rows, None)
        assert not misfits
        assert rules.valid(table).tolist() == accepted, rows
        seen.update(accepted)
    assert min(seen[True], seen[False]) > 20
