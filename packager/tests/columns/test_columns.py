"""Which columns a schema gives, what they say of themselves, and what they refuse."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datasets import Features

from columns.round_trip import DRAFT, plan_of, schema_of, through_parquet
from dataset_packager.base.findings import SetupError
from dataset_packager.columns.arrow import as_schema
from dataset_packager.columns.decode import decode
from dataset_packager.columns.nested import StructColumn
from dataset_packager.columns.shapes.to_columns import MOST_LEAVES, MOST_NESTED_MEMBERS
from dataset_packager.columns.table_columns import table_plan

CASES = Path(__file__).parents[1] / "cases/typing"


def metadata(field: Any) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}


def leaves(kind: Any) -> int:
    return sum(leaves(kind.field(index).type) for index in range(kind.num_fields)) or 1


def nested(depth: int, inner: Any) -> Any:
    return inner if not depth else {"type": "object", "properties": {"down": nested(depth - 1, inner)}}


def every_field(kind: Any) -> list[Any]:
    fields = [kind.field(index) for index in range(kind.num_fields)]
    return fields + [below for field in fields for below in every_field(field.type)]


def test_the_documentation_of_a_member_stands_in_its_field_with_sorted_keys(tmp_path: Path) -> None:
    document = json.loads((CASES / "documentation/schema.json").read_text(encoding="utf-8"))
    schema = plan_of(tmp_path, document).arrow_schema
    level = {"title": "Level", "description": "How high", "enum": '["low","high"]', "examples": '["low"]'}
    assert metadata(schema.field("a")) == {**level, "description": "The sibling wins"}
    assert metadata(schema.field("b")) == {**level, "nullable": "true"}
    assert metadata(schema.field("c")) == {"description": "Several"}
    assert metadata(schema.field("c").type.value_field) == level
    assert metadata(schema.field("d")) == {"enum": '["x","y"]'}
    keys = [list(metadata(field)) for field in every_field(pa.struct(list(schema)))]
    assert all(each == sorted(each) for each in keys)


def test_documentation_that_would_fill_every_footer_is_cut_or_left_out(tmp_path: Path) -> None:
    member = {"type": "string", "description": "d" * 5000, "enum": [str(number) for number in range(5000)]}
    found = metadata(plan_of(tmp_path, {"type": "object", "properties": {"a": member}}).arrow_schema.field("a"))
    assert len(found["description"]) == 2000
    assert "enum" not in found


@pytest.mark.parametrize("case", ["advisories", "names", "tuples-and-lists", "cve-containers"])
def test_every_field_may_be_null_and_no_struct_is_empty(case: str, tmp_path: Path) -> None:
    document = json.loads((CASES / case / "schema.json").read_text(encoding="utf-8"))
    fields = every_field(pa.struct(list(plan_of(tmp_path, document).arrow_schema)))
    assert all(field.nullable for field in fields)
    assert all(field.type.num_fields for field in fields if pa.types.is_struct(field.type))


def test_required_members_say_so_and_optional_ones_say_whether_they_may_be_null(tmp_path: Path) -> None:
    properties = {
        "a": {"type": ["string", "null"]},
        "b": {"type": ["string", "null"]},
        "c": {"type": "string"},
        "d": {},
    }
    schema = plan_of(tmp_path, {"type": "object", "required": ["a"], "properties": properties}).arrow_schema
    assert [metadata(schema.field(name)) for name in "abcd"] == [
        {"required": "true"},
        {"nullable": "true"},
        {},
        {"encoding": "json"},
    ]


def test_a_member_called_provenance_is_refused_while_that_column_is_on(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, {"type": "object", "properties": {"provenance": {"type": "string"}}})
    with pytest.raises(SetupError, match="row_provenance = false"):
        table_plan(schema)
    assert table_plan(schema, provenance=False).arrow_schema.names[0] == "provenance"


def test_another_member_called_provenance_lives_beside_the_row_provenance(tmp_path: Path) -> None:
    plan = table_plan(schema_of(tmp_path, {"type": "object", "properties": {"a": {"type": "string"}}}))
    table, _ = plan.encode([{"a": "x", "provenance": {"file": 1}}], [("data/x.jsonl", 7)])
    assert table["provenance"].to_pylist() == [{"file": "data/x.jsonl", "line": 7}]
    assert list(decode(table)) == [{"a": "x", "provenance": {"file": 1}}]


def test_refused_records_leave_no_row_and_the_others_keep_their_places(tmp_path: Path) -> None:
    plan = table_plan(
        schema_of(tmp_path, {"type": "object", "properties": {"o": {"properties": {"i": {"type": "integer"}}}}})
    )
    records = [{"o": {"i": 1}}, {"o": 5}, {"o": {"i": 2**70}}, {"o": {"i": 2}}]
    table, refusals = plan.encode(records, [("x", line) for line in (10, 11, 12, 13)])
    assert [(each.index, each.path, each.code) for each in refusals] == [
        (1, "$.o", "unrepresentable"),
        (2, "$.o.i", "range"),
    ]
    assert table["provenance"].to_pylist() == [{"file": "x", "line": 10}, {"file": "x", "line": 13}]
    assert '"type": ["object", "string"]' in refusals[0].hint


def test_no_records_give_an_empty_table_of_the_same_columns(tmp_path: Path) -> None:
    strings = {"type": "array", "items": {"type": "string"}}
    plan = table_plan(schema_of(tmp_path, {"type": "object", "properties": {"a": strings}}))
    table, refusals = plan.encode([], [])
    assert (table.schema, table.num_rows, refusals) == (plan.rows_schema, 0, [])
    assert plan.rows_schema.names == plan.arrow_schema.names


def test_the_same_schema_gives_the_same_columns_whatever_it_is_called(tmp_path: Path) -> None:
    document = json.loads((CASES / "cve-containers/schema.json").read_text(encoding="utf-8"))
    first, second = plan_of(tmp_path / "x", document), plan_of(tmp_path / "y", document)
    assert first.arrow_schema.equals(second.arrow_schema, check_metadata=True)
    assert first.arrow_schema.serialize().to_pybytes() == second.arrow_schema.serialize().to_pybytes()


def everything_refers_to_everything(count: int) -> Any:
    refs = {f"to{number}": {"$ref": f"#/$defs/d{number}"} for number in range(count)}
    own = {f"own{number}": {"type": "string"} for number in range(6)}
    definitions = {
        f"d{number}": {"type": "object", "properties": {**refs, **own, f"only{number}": {"type": "integer"}}}
        for number in range(count)
    }
    return {"$schema": DRAFT, "$defs": definitions, "$ref": "#/$defs/d0"}


def test_a_schema_that_grows_without_end_ends_within_the_bound_and_keeps_its_members(tmp_path: Path) -> None:
    before = time.process_time()
    plan = plan_of(tmp_path, everything_refers_to_everything(40))
    assert time.process_time() - before < 20
    assert isinstance(plan.record, StructColumn)
    assert leaves(pa.struct(list(plan.arrow_schema))) <= MOST_LEAVES + len(plan.record.members) + 1
    assert plan.arrow_schema.field("own3").type == pa.string()
    assert plan.arrow_schema.field("to7").type.field("own3").type == pa.string()


def test_alternatives_of_alternatives_do_not_multiply(tmp_path: Path) -> None:
    definitions: dict[str, Any] = {"d0": {"type": "object", "properties": {"a": {"type": "string"}}}}
    for level in range(1, 14):  # many more are refused: the gate would take for ever
        definitions[f"d{level}"] = {"anyOf": [{"$ref": f"#/$defs/d{level - 1}"}] * 2 + [{"type": "null"}]}
    schema = {"type": "object", "properties": {"x": {"$ref": "#/$defs/d13"}}, "$defs": definitions}
    assert plan_of(tmp_path, schema).arrow_schema.field("x").type.field("a").type == pa.string()


def test_a_union_of_all_that_there_is_leaves_room_for_the_named_members(tmp_path: Path) -> None:
    kinds = [
        {"type": "object", "properties": {f"m{kind}_{number}": {"type": "string"} for number in range(20)}}
        for kind in range(MOST_NESTED_MEMBERS // 10)
    ]
    schema = plan_of(
        tmp_path, {"type": "object", "properties": {"contained": {"anyOf": kinds}, "one": kinds[0]}}
    ).arrow_schema
    assert metadata(schema.field("contained"))["encoding"] == "json"
    assert schema.field("one").type.num_fields == 21


def test_objects_forty_levels_deep_are_columns_all_the_way(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"type": "object", "properties": {"top": nested(40, {"type": "integer"})}})
    value: Any = 7
    for _ in range(40):
        value = {"down": value}
    table, refusals = plan.encode([{"top": value}], None)
    assert refusals == []
    kind = plan.arrow_schema.field("top").type
    for _ in range(40):
        kind = kind.field("down").type
    assert kind == pa.int64()
    assert list(decode(table)) == [{"top": value}]


def test_objects_deeper_than_that_end_as_json_text(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, nested(90, {"type": "integer"}))
    value: Any = 7
    for _ in range(90):
        value = {"down": value}
    table, refusals = plan.encode([value], None)
    assert refusals == []
    assert list(decode(table)) == [value]


def test_references_that_go_round_in_place_say_nothing(tmp_path: Path) -> None:
    definitions = {"a": {"anyOf": [{"$ref": "#/$defs/b"}, {"type": "string"}]}, "b": {"$ref": "#/$defs/a"}}
    schema = {"type": "object", "properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": definitions}
    assert metadata(plan_of(tmp_path, schema).arrow_schema.field("x"))["encoding"] == "json"


def test_a_value_of_another_branch_goes_to_the_additional_members(tmp_path: Path) -> None:
    branches = [{"properties": {"k": {"const": 1}, "x": {"type": "integer"}}}, {"properties": {"k": {"const": 2}}}]
    plan = plan_of(tmp_path, {"type": "object", "required": ["k"], "oneOf": branches})
    records = [{"k": 1, "x": 5}, {"k": 2, "x": "five"}, {"k": 2, "x": None}]
    table, refusals = plan.encode(records, None)
    assert refusals == []
    assert table["x"].to_pylist() == [5, None, None]
    assert table["additional_properties"].to_pylist() == [None, '{"x":"five"}', '{"x":null}']
    assert list(decode(table)) == records


def test_a_null_within_json_text_is_told_from_an_absent_member(tmp_path: Path) -> None:
    schema = schema_of(tmp_path, {"type": "object", "properties": {"any": {}}})
    records: list[Any] = [{"any": None}, {}, {"any": "null"}]
    table, _ = table_plan(schema, provenance=False).encode(records, None)
    assert table["any"].to_pylist() == ["null", None, '"null"']
    assert list(decode(table)) == records


def test_nulls_come_back_where_a_record_is_only_valid_with_them(tmp_path: Path) -> None:
    nullable = {"type": ["string", "null"]}
    branches = [
        {"required": ["k", "x"], "properties": {"k": {"const": 1}, "x": nullable}, "additionalProperties": False},
        {"required": ["k", "y"], "properties": {"k": {"const": 2}, "y": nullable}, "additionalProperties": False},
    ]
    items = {"type": "object", "oneOf": branches}
    schema = schema_of(tmp_path, {"type": "object", "properties": {"list": {"type": "array", "items": items}}})
    records = [{"list": [{"k": 1, "x": None}, {"k": 2, "y": None}, {"k": 1, "x": "here"}]}]
    table, _ = table_plan(schema, provenance=False).encode(records, None)
    assert list(decode(table)) == records


def test_a_null_that_would_read_as_absent_stands_among_the_additional_members(tmp_path: Path) -> None:
    nullable = {"type": ["string", "null"]}
    schema = {"required": ["a"], "properties": {"a": nullable, "b": nullable}, "additionalProperties": False}
    records: list[Any] = [{"a": None, "b": None}, {"a": None}, {"a": "x", "b": "y"}]
    table, _ = plan_of(tmp_path, {"type": "object", **schema}).encode(records, None)
    assert table["additional_properties"].to_pylist() == ['{"b":null}', None, None]
    assert list(decode(table)) == records


def test_no_column_is_added_where_the_schema_leaves_no_doubt(tmp_path: Path) -> None:
    properties = {"a": {"type": ["string", "null"]}, "b": {"type": "string"}, "c": {"type": ["integer", "string"]}}
    schema = {"type": "object", "required": ["a"], "properties": properties, "additionalProperties": False}
    assert plan_of(tmp_path, schema).arrow_schema.names == ["a", "b", "c"]


def test_a_column_of_nulls_in_a_list_keeps_its_length(tmp_path: Path) -> None:
    turn = {"type": "object", "required": ["tool"], "properties": {"tool": {"type": "null"}}}
    lists = {"type": "array", "items": {**turn, "additionalProperties": False}}
    plan = plan_of(tmp_path, {"type": "object", "properties": {"turns": lists}})
    records: list[Any] = [{"turns": [{"tool": None}, {"tool": None}]}, {"turns": []}, {}]
    table = as_schema(through_parquet(plan.encode(records, None)[0]), plan.arrow_schema)
    table.validate(full=True)
    assert table.schema.equals(plan.arrow_schema, check_metadata=True)
    assert list(decode(table.slice(0, 2))) + list(decode(table.slice(2))) == records


def test_the_names_that_datasets_cannot_take_are_no_columns(tmp_path: Path) -> None:
    names = ["_type", "nul\0", "next\x85line", "type", "dtype", "list", "struct", "a.b", "", "~", "1.5"]
    properties: dict[str, Any] = {name: {"type": "string"} for name in names}
    properties["inner"] = {"type": "object", "properties": dict(properties)}
    plan = plan_of(tmp_path, {"type": "object", "additionalProperties": False, "properties": properties})
    features = Features.from_arrow_schema(plan.arrow_schema)
    assert Features._from_yaml_list(features._to_yaml_list()) == features
    assert not {"_type", "nul\0", "next\x85line"} & {
        field.name for field in every_field(pa.struct(list(plan.arrow_schema)))
    }
    record = {name: name for name in names} | {"inner": {name: name for name in names}}
    table, refusals = plan.encode([record], None)
    assert refusals == []
    assert list(decode(table)) == [record]


def test_a_chain_of_references_that_never_ends_in_columns_is_a_set_up_error(tmp_path: Path) -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    definitions |= {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level - 1}"}]} for level in range(1, 900)}
    schema = {"type": "object", "properties": {"x": {"$ref": "#/$defs/d899"}}, "$defs": definitions}
    with pytest.raises(SetupError, match="nested too deeply"):
        plan_of(tmp_path, schema)


def test_each_document_is_read_by_its_own_draft(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    old = {"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"c": {"const": 5}, "d": {"enum": [5]}}}
    (tmp_path / "schema/old.json").write_text(json.dumps({**old, "type": "object"}), encoding="utf-8")
    new = {"$schema": DRAFT, "type": "object", "properties": {"old": {"$ref": "old.json"}, "c": {"const": 5}}}
    schema = plan_of(tmp_path, new).arrow_schema
    assert schema.field("c").type == pa.int64()
    assert schema.field("old").type.field("d").type == pa.int64()
    assert metadata(schema.field("old").type.field("c"))["encoding"] == "json"  # draft 4 has no const


def test_bounds_that_no_double_holds_do_not_disturb(tmp_path: Path) -> None:
    bounds = {"type": "integer", "minimum": 0, "maximum": 10**400}
    plan = plan_of(tmp_path, {"type": "object", "properties": {"a": bounds, "b": {"enum": [10**400, 1]}}})
    table, refusals = plan.encode([{"a": 10**399, "b": 10**400}], None)
    assert refusals == []
    assert list(decode(table)) == [{"a": 10**399, "b": 10**400}]
