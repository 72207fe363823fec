"""Members that a schema doesn't name: read with the others, where no rule asks which there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dataset_packager.columns import fast as columnar
from dataset_packager.columns.encode import json_text
from dataset_packager.columns.fast.additional_members import _nulls
from dataset_packager.columns.fast.line_reader import LineReader, make_reader
from dataset_packager.columns.fast.table_rules import table_rules
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.records.strict_json import parse
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

from .two_ways import job_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.columns.table_columns import TablePlan
    from dataset_packager.schemas import Schema

pytestmark = pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
OPEN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": ["integer", "null"]},
        "in": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": ["string", "null"]}}}},
    },
}
TAKEN = [
    b'{"a":1,"z":[1.0,{"y":null}],"\xc3\xa9":"\\u00e9"}',
    b'{ "z" : 12345678901234567890 , "a" : 2 }',
    b'{"a":null,"n":null,"in":[{"b":"x","c":{}},{},{"c":false,"b":null}]}',
    b'{"in":[{"d":"}\\\\","e":","}],"a":3}',
]
LEFT = [
    b'{"a":1,"z":1,"z":2}', b'{"a":1,"\\u0061":2}', b'{"a":1,"z":NaN}', b'{"a":1,"z":"\\ud800"}', b'{"a":1,"z":[}',
    b'{"a":1,"z":"\xff"}', b'{"a":1,"z":1e999}', b'{"a":1,"z":}', b'{"a":1,"z"}', b'{"a":1,"z":tru}',
    b'{"a":1,"z":' + b"[" * 200 + b"]" * 200 + b"}", b'{"a":1,"z\t":1}',
]  # fmt: skip


def reading(folder: Path, document: dict[str, Any]) -> tuple[Schema, TablePlan, LineReader]:
    job_of(folder, {"$schema": "https://json-schema.org/draft/2020-12/schema", **document})
    schema = load_schema(folder, "schema/main.json")
    plan = table_plan(schema, provenance=False)
    reader = make_reader(schema, plan, Gate(schema, assert_formats=True), 100, assert_formats=True)
    assert reader
    return schema, plan, reader


def test_they_stand_among_the_additional_members_as_the_exact_way_has_them(tmp_path: Path) -> None:
    schema, plan, reader = reading(tmp_path, OPEN)
    lines = [line for pair in zip(TAKEN * 3, LEFT, strict=True) for line in pair]
    _, arrays, taken = reader.read(b"\n".join(lines) + b"\n", 1, 10**6)
    assert taken.tolist() == [True, False] * len(LEFT)
    expected, _ = plan.encode([parse(line) for line in TAKEN * 3], None)
    assert [array.to_pylist() for array in arrays] == [column.to_pylist() for column in expected.columns]
    rules = table_rules(schema, plan, assert_formats=True)
    assert rules
    assert rules.valid(expected).all()


ASKING: dict[str, dict[str, Any]] = {
    "minProperties": {"minProperties": 1},
    "additionalProperties": {"additionalProperties": {"type": "integer"}},
    "patternProperties": {"patternProperties": {"^z": {"type": "integer"}}},
    "propertyNames": {"propertyNames": {"maxLength": 2}},
    "required": {"not": {"required": ["z"]}},
    "dependentRequired": {"dependentRequired": {"z": ["a"]}},
    "enum": {"not": {"enum": [{"a": 1}]}},
    "unevaluatedProperties": {"unevaluatedProperties": {"type": "integer"}},
}


@pytest.mark.parametrize("keyword", ASKING)
def test_where_a_rule_asks_for_them_the_gate_decides(keyword: str, tmp_path: Path) -> None:
    schema, plan, reader = reading(tmp_path, OPEN | ASKING[keyword])
    lines = [b'{"a":1}', b'{"a":2}', b'{"a":1,"z":"text"}', b'{"z":1,"zzz":2}', b'{"a":1,"z":1}']
    rows, _, taken = reader.read(b"\n".join(lines) + b"\n", 1, 10**6)
    gate = Gate(schema, assert_formats=True)
    accepted = [gate.accepts(json.loads(line)) for line in lines]
    assert rows.plain.tolist() == [True, True, False, False, False]
    assert taken.tolist() == [valid and plain for valid, plain in zip(accepted, rows.plain.tolist(), strict=True)]
    rules, (table, _) = table_rules(schema, plan, assert_formats=True), plan.encode(list(map(json.loads, lines)), None)
    assert rules
    assert rules.valid(table).tolist() == taken.tolist()


def test_integers_of_any_digits_and_nulls_are_read_with_the_others(tmp_path: Path) -> None:
    big: dict[str, Any] = {"type": ["integer", "null"], "minimum": 0, "maximum": 2**64 - 1, "multipleOf": 3}
    members = {"n": big, "m": {"type": "array", "items": {**big, "minimum": -(10**30)}, "uniqueItems": True}}
    schema, plan, reader = reading(tmp_path, {"type": "object", "properties": {**members, "z": {"type": "null"}}})
    right = [
        b'{"n":18446744073709551615,"z":null}', b'{"n":0,"m":[3,-9999999999999999999999999999,null]}', b'{"n":null}',
        b'{"m":[18446744073709551612,18446744073709551615]}',
    ]  # fmt: skip
    wrong = [
        b'{"n":18446744073709551618}', b'{"n":18446744073709551614}', b'{"n":-3}', b'{"n":3.0}', b'{"n":03}',
        b'{"z":false}', b'{"m":[18446744073709551615,18446744073709551615]}', b'{"n":3e2}',
        b'{"n":' + b"3" * 60 + b"}",
    ]  # fmt: skip
    _, arrays, taken = reader.read(b"\n".join([*right, *wrong]) + b"\n", 1, 10**6)
    assert taken.tolist() == [True] * len(right) + [False] * len(wrong)
    expected, _ = plan.encode(list(map(parse, right)), None)
    assert [array.type for array in arrays] == [column.type for column in expected.columns]
    assert [array.to_pylist() for array in arrays] == [column.to_pylist() for column in expected.columns]
    rules = table_rules(schema, plan, assert_formats=True)
    assert rules
    assert rules.valid(expected).all()


@pytest.mark.parametrize("many", [1, 2, 7, 8, 9, 17])
def test_members_that_are_null_are_named_whatever_their_number(many: int) -> None:
    drawn = np.random.default_rng(many).random((50, many)) < 0.4
    nulls = {f"m{place}": np.ascontiguousarray(drawn[:, place]) for place in range(many)}
    named = [json_text({f"m{place}": None for place in np.flatnonzero(row)}) if row.any() else None for row in drawn]
    assert _nulls(nulls, 50).to_pylist() == named
