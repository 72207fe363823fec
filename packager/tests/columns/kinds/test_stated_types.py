"""A type that a schema states is followed by a column, or named; what schemas of others suggest is proposed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from columns.round_trip import schema_of
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path
from dataset_packager.columns.table_columns import table_plan, types_spelled

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

TEXT: dict[str, Any] = {"type": "string"}
DAY = {**TEXT, "x-column": "date"}


def of(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "additionalProperties": False}


def mapped(**rules: Any) -> dict[str, Any]:
    return of(a={"type": "object", **rules})


FOLLOWED: dict[str, dict[str, Any]] = {
    "at a member": of(a=DAY),
    "in a definition": of(a={"$ref": "#/$defs/d"}) | {"$defs": {"d": DAY}},
    "beside a reference": of(a={"$ref": "#/$defs/d", "x-column": "date"}) | {"$defs": {"d": TEXT}},
    "beside a reference that says the same": of(a={"$ref": "#/$defs/d", "x-column": "date"}) | {"$defs": {"d": DAY}},
    "in allOf": of(a={"allOf": [{"minLength": 2}, DAY]}),
    "in anyOf beside null": of(a={"anyOf": [DAY, {"type": "null"}]}),
    "above oneOf": of(a={"x-column": "date", "oneOf": [TEXT, {"type": "null"}]}),
    "in one branch": of(a={"oneOf": [DAY, {**TEXT, "maxLength": 2}]}),
    "in then": of(a={**TEXT, "if": {"minLength": 1}, "then": DAY}),
    "in dependentSchemas": of(a=TEXT) | {"dependentSchemas": {"b": {"properties": {"a": DAY}}}},
    "at elements": of(a={"type": "array", "items": DAY}),
    "at the places of a tuple": of(a={"type": "array", "prefixItems": [DAY, DAY]}),
    "at the values of a map": mapped(additionalProperties=DAY),
    "at the values of a map with patterns": mapped(patternProperties={"^x": DAY}, additionalProperties=False),
    "at elements of values": mapped(additionalProperties={"type": "array", "items": DAY}),
    "in an object of two shapes": of(a={"anyOf": [of(day=DAY), of(x={"type": "integer"})]}),
    "of a record that is a map": {"type": "object", "additionalProperties": DAY},
    "in a schema that refers to itself": {
        "$ref": "#/$defs/n", "$defs": {"n": of(v=DAY, c={"type": "array", "items": {"$ref": "#/$defs/n"}})},
    },
}  # fmt: skip
NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "in text": (of(a={"anyOf": [of(day=DAY), TEXT]}), "/day/x-column: a becomes JSON text (it may be"),
    "in text, by reference": (
        of(a={"anyOf": [{"$ref": "#/$defs/o"}, TEXT]}) | {"$defs": {"o": of(day=DAY)}},
        "#/$defs/o/properties/day/x-column: a becomes JSON text (it may be string or object)",
    ),
    "in text that somebody chose": (of(a={**of(day=DAY), "x-column": "json"}),
        "(schema/main.json#/properties/a/x-column says"),
    "in a tuple of several types": (of(a={"prefixItems": [DAY, {"type": "integer"}]}), "a becomes JSON text"),
    "at elements of any type": (of(a={"type": "array", "items": {"x-column": "date"}}), "an array of anything"),
    "beside named members": (of(a={"properties": {"b": TEXT}, "additionalProperties": DAY}), "no column follows"),
    "in patterns beside members": (of(a={"properties": {"b": TEXT}, "patternProperties": {"^x": DAY}}), "no column"),
    "in a condition": (of(a={**TEXT, "if": DAY, "then": {"minLength": 1}}), "properties/a/if/x-column: no column"),
    "in what is excluded": (of(a={**TEXT, "not": DAY}), "properties/a/not/x-column: no column follows"),
    "in contains": (of(a={"type": "array", "items": TEXT, "contains": DAY}), "contains/x-column: no column follows"),
    "at names": (mapped(additionalProperties=TEXT, propertyNames=DAY), "propertyNames/x-column: no column follows"),
    "at a name that gets no column": (of(_type=DAY, b=TEXT), "properties/_type/x-column: no column follows"),
    "in a record that is a list": ({"type": "array", "items": DAY}, "#/items/x-column: the record becomes JSON text"),
    "at the record": (of(a=TEXT) | {"x-column": "json"}, "#/x-column: a whole record has no column type"),
    "twice, in allOf": (of(a={"allOf": [DAY, {"x-column": "timestamp"}]}), "allOf/1/x-column states another type"),
    "twice, beside a reference": (
        of(a={"$ref": "#/$defs/d", "x-column": "uuid"}) | {"$defs": {"d": DAY}}, "#/$defs/d/x-column states another",
    ),
    "twice, in branches": (of(a={"anyOf": [DAY, {**TEXT, "x-column": "uuid"}]}), "anyOf/1/x-column states another"),
    "for several types": (of(a={"anyOf": [DAY, {"type": "integer"}]}), "it fits strings, and this is"),
    "for an object": (of(a=of(b=TEXT) | {"x-column": "date"}), "it fits strings, and this is an object"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_type_is_followed_wherever_the_schema_gives_a_column(case: str, tmp_path: Path) -> None:
    assert "date32[day]" in str(table_plan(schema_of(tmp_path, FOLLOWED[case]), provenance=False).arrow_schema)


@pytest.mark.parametrize("case", NAMED)
def test_a_type_that_no_column_can_follow_is_named(case: str, tmp_path: Path) -> None:
    document, told = NAMED[case]
    with pytest.raises(SetupError) as caught:
        table_plan(schema_of(tmp_path, document), provenance=False)
    assert told in str(caught.value)


def test_a_type_of_a_definition_that_nothing_refers_to_says_nothing(tmp_path: Path) -> None:
    document = of(a=TEXT) | {"$defs": {"d": of(b=DAY)}}
    assert str(table_plan(schema_of(tmp_path, document), provenance=False).arrow_schema.field("a").type) == "string"


@pytest.mark.parametrize("keyword", ["x-colum", "x_column", "X-Column"])
def test_a_slip_in_the_keyword_is_told(keyword: str, tmp_path: Path) -> None:
    (told,) = schema_of(tmp_path, of(a={**TEXT, keyword: "date"})).warnings
    assert 'did you mean "x-column"?' in told


TWO = {"minItems": 2, "maxItems": 2}
SPELLED: dict[str, tuple[dict[str, Any], str | None]] = {
    "OpenAPI int32": ({"type": "integer", "format": "int32"}, "int32"),
    "OpenAPI int64, which integers are": ({"type": "integer", "format": "int64"}, None),
    "OpenAPI float": ({"type": "number", "format": "float"}, "float32"),
    "OpenAPI double, which numbers are": ({"type": "number", "format": "double"}, None),
    "OpenAPI byte": ({"type": "string", "format": "byte"}, "base64"),
    "OpenAPI 3.1, bytes": ({"type": "string", "contentEncoding": "base64"}, "base64"),
    "OpenAPI date-time": ({"type": "string", "format": "date-time"}, "timestamp"),
    "pydantic, bytes": ({"type": "string", "format": "base64"}, "base64"),
    "pydantic, an optional date": ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "date"),
    "pydantic, UUID4": ({"type": "string", "format": "uuid4"}, "uuid"),
    "pydantic, an enumeration": ({"$ref": "#/$defs/Color"}, "class-label"),
    "pydantic, a tuple": ({"type": "array", "prefixItems": [{"type": "number"}] * 2, **TWO}, "vector"),
    "msgspec, a decimal": ({"type": "string", "format": "decimal"}, "decimal"),
    "msgspec, bytes": ({"type": "string", "contentEncoding": "base64"}, "base64"),
    "a format of another type": ({"type": "integer", "format": "date"}, None),
    "an encoding that isn't base64": ({"type": "string", "contentEncoding": "base16"}, None),
    "what has a type": ({"type": "string", "format": "date", "x-column": "date"}, None),
}  # fmt: skip


def test_what_schemas_of_others_say_of_types_is_proposed_and_not_taken(tmp_path: Path) -> None:
    document = of(**{name: rule for name, (rule, _) in SPELLED.items()})
    document["$defs"] = {"Color": {"type": "string", "enum": ["red", "green"]}}
    found = {path[0]: name for path, name in types_spelled(schema_of(tmp_path, document)).items()}
    assert found == {name: wanted for name, (_, wanted) in SPELLED.items() if wanted}
    nested = of(a={"type": "array", "items": of(b={"type": "string", "format": "date"})})
    assert {format_path(path) for path in types_spelled(schema_of(tmp_path, nested))} == {"a[].b"}


def test_explain_schema_shows_the_types_that_the_configuration_chose_and_those_to_choose(
    project: Path, cli: CommandLine
) -> None:
    file = next((project / "schema").glob("*.json")).relative_to(project)
    schema = json.loads((project / file).read_text())
    schema["properties"] |= {"day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date"}}
    (project / file).write_text(json.dumps(schema))
    config = (project / "pyproject.toml").read_text()
    table = next(line for line in config.split("[tool.dataset-packager.tables.")[1:] if str(file) in line).split("]")[0]
    (project / "pyproject.toml").write_text(f'{config}\n[tool.dataset-packager.tables.{table}.columns]\nday = "date"\n')
    lines = {line.split()[0]: line for line in cli("explain-schema", project / file).out.splitlines()}
    assert "date32[day] (date): a string, held as dates" in lines["day"]
    assert 'string: a string; its values may fit "x-column": "date"' in lines["at"]
