"""Every column type gives back the JSON values that it holds, refuses all others, and does so in both ways alike."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import re
from typing import TYPE_CHECKING, Any

import pandas
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from columns.fast.two_ways import Both, job_of
from columns.round_trip import same, schema_of, through_parquet
from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import parse_path
from dataset_packager.columns.decode import decode
from dataset_packager.columns.digest import content_digest
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.kinds import column_types
from dataset_packager.columns.kinds.files import FileType
from dataset_packager.columns.pandas_json import survives
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.project.column_choices import ColumnChoice

from .values_of_types import COLUMNS, FEATURES, HELD, NOT_HELD, VALUES, is_single, is_uuid, lines, schema

if TYPE_CHECKING:
    from pathlib import Path

BOUNDED = settings(
    max_examples=15, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
IN_OBJECT, IN_LIST = "members of the record", "members of objects in a list"


@pytest.fixture(scope="module", params=[IN_OBJECT, IN_LIST])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Both]:
    """Where values stand, and both judges of the table in which every type has a column."""
    folder = tmp_path_factory.mktemp("both")
    return request.param, Both.of(job_of(folder, schema(nested=request.param == IN_LIST)))


@pytest.fixture(scope="module")
def in_list(tmp_path_factory: pytest.TempPathFactory) -> Both:
    return Both.of(job_of(tmp_path_factory.mktemp("in-list"), schema(nested=True)))


def record(where: str, name: str, value: Any) -> Any:
    return {name: value} if where == IN_OBJECT else {"inner": [{}, {name: value}]}


def judged(both: tuple[str, Both], name: str, values: list[Any]) -> list[bool]:
    """Judge values in both ways, check that those that are held come back, and return which are."""
    where, judges = both
    assert judges.reader is not None
    records = [record(where, name, value) for value in values]
    found = judges.judge(lines(records).splitlines())
    held = found.accepted.tolist()
    back = decode(through_parquet(found.table))
    kept = [each for each, fits in zip(records, held, strict=True) if fits]
    for went_in, came_out in zip(kept, back, strict=True):
        assert same(went_in, came_out, strict=True), (went_in, came_out)
    assert content_digest(through_parquet(found.table)) == content_digest(found.table)
    for _, _, findings in found.refused:
        assert {finding.code for finding in findings} <= {"unrepresentable", "range"}
    return held


def test_every_type_that_there_is_stands_in_this_table() -> None:
    choices = [choice if isinstance(choice, str) else choice["type"] for _, choice in COLUMNS.values()]
    files = {name for name, each in column_types().items() if issubclass(each, FileType)}  # see test_files.py
    assert set(column_types()) - files == set(choices)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_type_holds_the_values_at_its_edges_and_refuses_those_beyond(both: tuple[str, Both], name: str) -> None:
    beyond = NOT_HELD.get(name, [])
    assert judged(both, name, HELD[name]) == [True] * len(HELD[name])
    held = judged(both, name, beyond)
    assert [value for value, fits in zip(beyond, held, strict=True) if fits] == []


EXPECTED: dict[str, Any] = {
    "label": lambda _: True,
    "day": lambda text: len(text) == len("YYYY-MM-DD") and _parses(datetime.date.fromisoformat, text),
    "ms": lambda text: _is_instant(text, 3),
    "seconds": lambda text: _is_instant(text, 0),
    "us": lambda text: _is_instant(text, 6),
    "ns": lambda text: _is_instant(text, 9) and "1678" <= text[:4] <= "2261",
    "price": lambda text: _is_decimal(text, 12, 2),
    "tiny": lambda text: _is_decimal(text, 38, 20),
    "whole": lambda text: _is_decimal(text, 38, 0),
    "data": lambda text: _parses(_again, text),
    "uid": is_uuid,
    "f32": is_single,
    "f64": lambda _: True,
    **{
        f"int{bits}": lambda value, bits=bits: -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) for bits in (8, 16, 32, 64)
    },
    **{f"uint{bits}": lambda value, bits=bits: 0 <= value < 2**bits for bits in (8, 16, 32, 64)},
    "vector": lambda values: all(map(is_single, values)),
    "doubles": lambda _: True,
    "bytes": lambda values: all(0 <= value < 256 for value in values),
    "any": lambda value: _pandas_gives(value),
}


def _parses(parse: Any, text: str) -> bool:
    try:
        return bool(parse(text))
    except ValueError:
        return False


def _again(text: str) -> bool:
    return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text


def _is_instant(text: str, digits: int) -> bool:
    fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
    if not re.fullmatch(rf"[0-9-]{{10}}T[0-9:]{{8}}{fraction}Z", text):
        return False
    try:
        datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return text[17:19] < "60"


def _is_decimal(text: str, precision: int, scale: int) -> bool:
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return False
    plain = number.is_finite() and f"{number:f}" == text and not (number.is_zero() and number.is_signed())
    return plain and -number.as_tuple().exponent == scale and len(number.as_tuple().digits) <= precision  # type: ignore[operator]


def _pandas_gives(value: Any) -> bool:
    try:
        return same(pandas.io.json.ujson_loads(canonical(value)), value, strict=True)
    except (ValueError, OverflowError):
        return False


@pytest.mark.parametrize("name", COLUMNS)
@BOUNDED
@given(data=st.data())
def test_a_type_holds_exactly_the_values_that_others_give_back_alike(
    in_list: Both, name: str, data: st.DataObject
) -> None:
    values = data.draw(st.lists(VALUES[name], min_size=1, max_size=6))
    held = judged((IN_LIST, in_list), name, values)
    expected = [EXPECTED[name](value) for value in values]
    if name == "ns":  # the years at both ends are held in part
        held = [fits for fits, value in zip(held, values, strict=True) if not value.startswith(("1677", "2262"))]
        expected = [
            fits for fits, value in zip(expected, values, strict=True) if not value.startswith(("1677", "2262"))
        ]
    assert held == expected, list(zip(values, held, expected, strict=True))


@BOUNDED
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70))
def test_numbers_that_pandas_changes_are_known_without_pandas(value: float) -> None:
    assert survives(canonical(value)) == _pandas_gives(value)


def test_null_is_null_in_arrow_and_absent_where_the_member_may_be(tmp_path: Path) -> None:
    document = schema()
    document["properties"] = {
        name: {**rule, "type": [rule["type"], "null"]} if "type" in rule else rule
        for name, rule in document["properties"].items()
    }
    del document["properties"]["label"]["enum"]
    document["properties"]["label"]["enum"] = ["a", None]
    judges = Both.of(job_of(tmp_path, document))
    records = [{}, *({name: None} for name in COLUMNS), dict.fromkeys(COLUMNS)]
    found = judges.judge(lines(records).splitlines())
    assert list(decode(through_parquet(found.table))) == records
    for name in COLUMNS:
        assert found.table.column(name).null_count == len(records)
    required = Both.of(job_of(tmp_path / "required", {**document, "required": list(COLUMNS)}))
    found = required.judge(lines(records[-1:]).splitlines())
    assert list(decode(through_parquet(found.table))) == records[-1:]


def test_values_that_are_not_held_are_kept_beside_the_column_on_demand(tmp_path: Path) -> None:
    document = schema()
    for rule in document["properties"].values():
        choice = rule["x-column"]
        rule["x-column"] = {**(choice if isinstance(choice, dict) else {"type": choice}), "otherwise": "keep"}
    judges = Both.of(job_of(tmp_path, document))
    records = [{name: value, "f64": 1.5} for name, values in NOT_HELD.items() for value in values]
    found = judges.judge(lines(records).splitlines())
    assert found.refused == []
    for went_in, came_out in zip(records, decode(through_parquet(found.table)), strict=True):
        assert same(went_in, came_out, strict=True)
    first = json.loads(found.table.column("additional_properties")[0].as_py())
    assert first == {"day": "0000-01-01"}


def test_the_elements_of_a_list_are_kept_with_their_list(tmp_path: Path) -> None:
    days = {"type": "array", "items": {"type": "string", "x-column": {"type": "date", "otherwise": "keep"}}}
    document = {"type": "object", "properties": {"days": days}, "additionalProperties": False}
    judges = Both.of(job_of(tmp_path, document))
    records = [{"days": ["2020-01-01"]}, {"days": ["2020-01-01", "soon"]}, {"days": []}, {}]
    found = judges.judge(lines(records).splitlines())
    assert list(decode(through_parquet(found.table))) == records
    assert found.table.column("days").to_pylist() == [[datetime.date(2020, 1, 1)], None, [], None]


def test_the_footer_says_the_feature_of_each_type(tmp_path: Path) -> None:
    plan = table_plan(schema_of(tmp_path, schema()), provenance=False)
    found = json.loads(features_footer(plan.arrow_schema))["info"]["features"]
    assert {name: found[name] for name in FEATURES} == FEATURES


WRONG = {
    "a class of numbers": ({"type": "integer", "enum": [1, 2]}, "class-label", "strings"),
    "a class of any strings": ({"type": "string"}, "class-label", '"enum"'),
    "a date of a number": ({"type": "number"}, "date", "it fits strings, and this is a number"),
    "a vector of any length": ({"type": "array", "items": {"type": "number"}}, "vector", '"minItems" and "maxItems"'),
    "a vector of strings": (
        {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}, "vector", "it fits numbers",
    ),
    "a vector of two lengths": (
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}, "vector", '"minItems"',
    ),
    "a date of a list": ({"type": "array", "items": {"type": "string"}}, "date", "write [] behind the path"),
    "an image of a map": (
        {"type": "object", "additionalProperties": {"type": "string"}}, "image", "write [].value behind the path",
    ),
    "a single of integers": ({"type": "integer"}, "float32", "it fits numbers, and this is an integer"),
    "an integer of numbers": ({"type": "number"}, "int32", "it fits integers, and this is a number"),
    "a decimal without a scale": ({"type": "string"}, {"type": "decimal", "precision": 3}, "scale must be an integer"),
    "a decimal of numbers": ({"type": "number"}, {"type": "decimal", "precision": 3, "scale": 1}, "strings"),
    "a unit that is none": ({"type": "string"}, {"type": "timestamp", "unit": "s"}, "ms, us, ns"),
    "a word that is none": ({"type": "string"}, {"type": "timestamp", "units": "ms"}, "did you mean 'unit'"),
    "a type that is none": ({"type": "string"}, "dates", "did you mean 'date'"),
    "otherwise what": ({"type": "string"}, {"type": "date", "otherwise": "drop"}, "refuse or keep"),
    "no name at all": ({"type": "string"}, 3, "name a column type"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_type_that_does_not_fit_is_a_set_up_error_that_says_what_does(case: str, tmp_path: Path) -> None:
    rule, choice, told = WRONG[case]
    document = {"type": "object", "properties": {"a": {**rule, "x-column": choice}}}
    with pytest.raises(SetupError, match=re.escape(told)):
        table_plan(schema_of(tmp_path, document), provenance=False)


MEANT = {
    "m": "m[].value", "m[]": "m[].value", "m.x": "m[].value", "m.value": "m[].value", "m[].key": "m[].value",
    "o.x[]": "o[].value[]", "p[].q": "p[].value.q", "p.x.q": "p[].value.q", "p[].value.r": "p[].value.q",
}  # fmt: skip


def test_a_path_into_a_map_in_other_words_is_told_as_it_is_written(tmp_path: Path) -> None:
    text = {"type": "string"}
    inner = {"m": text, "o": {"type": "array", "items": text}, "p": {"type": "object", "properties": {"q": text}}}
    document = {"properties": {name: {"type": "object", "additionalProperties": rule} for name, rule in inner.items()}}
    schema, choice = schema_of(tmp_path, document), ColumnChoice("date", where="here")
    for path, meant in MEANT.items():
        with pytest.raises(SetupError) as caught:
            table_plan(schema, provenance=False, choices=[(parse_path(path), choice)])
        told = "write [].value behind the path" if path == "m" else f"no such column: did you mean {meant}?"
        assert told in str(caught.value), path
        table_plan(schema, provenance=False, choices=[(parse_path(meant), choice)])
    nameless = schema_of(tmp_path, {"type": "object", "additionalProperties": text})
    with pytest.raises(SetupError, match="no member has a name: choose by x-column"):
        table_plan(nameless, provenance=False, choices=[(("x",), choice)])
