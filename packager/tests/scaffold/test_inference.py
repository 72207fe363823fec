"""What a first schema says of records: what holds for all of them for sure, and what is only proposed."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_packager.scaffold.key_candidates import KeyCandidates
from dataset_packager.scaffold.schema_inference import TableSchema

NAMES = st.sampled_from(["a", "b", "c.d", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["x", "2026-01-05", "2026-01-05T10:00:00Z", "https://example.org/"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(NAMES, values, max_size=3),
    max_leaves=8,
)  # fmt: skip


def inferred(records: list[Any]) -> dict[str, Any]:
    table = TableSchema()
    for record in records:
        table.add(record)
    return table.schema()


def member(values: list[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = inferred([{"m": value} for value in values])["properties"]["m"]
    return schema


@given(st.lists(JSON, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_every_record_is_valid_in_the_schema_that_is_inferred_from_it(records: list[Any]) -> None:
    validator = jsonschema_rs.Draft202012Validator(inferred(records), validate_formats=True)
    assert [record for record in records if not validator.is_valid(record)] == []


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        (["2026-01-05", "2026-12-31"], {"type": "string", "format": "date"}),
        (["2026-01-05", "2026-02-30"], {"type": "string"}),
        (["2026-01-05", None], {"type": ["string", "null"], "format": "date"}),
        (["https://example.org/", "urn://x"], {"type": "string", "format": "uri"}),
        (["novel:1", "novel:2"], {"type": "string"}),
        ([1, 3], {"type": "integer", "$comment": "from 1 to 3"}),
        ([1, 2.5], {"type": "number", "$comment": "from 1 to 2.5"}),
        ([2**64], {"type": "integer", "minimum": -(10**20), "maximum": 10**20}),
        ([True, None], {"type": ["boolean", "null"]}),
        ([[], []], {"type": "array", "$comment": 'always empty: say in "items" what may stand in it'}),
        ([{}], {"type": "object", "$comment": 'always empty: say in "properties" what may stand in it'}),
        (
            ["b", "a"] * 5,
            {"type": "string", "$comment": '10 values; if there are no others: "enum": ["a", "b"]'},
        ),
    ],
    ids=str,
)
def test_a_member_is_typed_by_what_its_values_show(values: list[Any], schema: dict[str, Any]) -> None:
    assert member(values) == schema


def test_a_member_that_a_record_lacks_is_not_required_and_no_other_member_is_allowed() -> None:
    schema = inferred([{"a": 1, "b": 1}, {"a": 2}])
    assert schema["required"] == ["a"]
    assert schema["additionalProperties"] is False


def test_names_that_are_data_make_a_map_and_not_a_column_each() -> None:
    counts = member([{f"w{number * 3 + more}": more for more in range(3)} for number in range(30)])
    assert counts["additionalProperties"]["type"] == "integer"
    assert "properties" not in counts


def test_the_members_of_a_record_are_columns_however_many_and_however_sparse() -> None:
    schema = inferred([{f"c{number}": 1} for number in range(1200)])
    assert len(schema["properties"]) == 1200


def test_maps_with_thousands_of_names_are_not_held_name_by_name() -> None:
    nested = member([{f"n{number}": {"x": [number]}} for number in range(1500)])
    assert nested["additionalProperties"]["properties"]["x"]["items"]["type"] == "integer"


def candidates(records: list[Any]) -> KeyCandidates:
    keys = KeyCandidates()
    for record in records:
        keys.add(record)
    return keys


def test_a_key_is_in_every_record_of_one_type_and_never_twice() -> None:
    records = [
        {"id": 1, "twice": "x", "null": "a", "lacking": 1, "mixed": 1, "title": "A"},
        {"id": 2, "twice": "x", "null": None, "mixed": "1", "title": "B", "late": 5},
    ]
    keys = candidates(records)
    assert keys.identifiers() == ["id"]
    assert keys.others() == ["title"]


def test_what_is_called_like_an_identifier_comes_first() -> None:
    records = [{"name": str(n), "book_id": n, "id": n, "valid": str(n), "isbnCode": n} for n in range(3)]
    assert candidates(records).identifiers() == ["id", "book_id"]
    assert candidates(records).others() == ["name", "valid", "isbnCode"]


def test_one_record_alone_proves_no_key() -> None:
    assert candidates([{"id": 1}]).identifiers() == []


def test_a_map_of_maps_keeps_what_was_counted_within_it() -> None:
    claims = [
        {f"P{7 * i + j}": {"rank": "normal", "count": i, "qualifiers": {f"Q{13 * i + 5 * j}": "x"}} for j in range(3)}
        for i in range(60)
    ]
    values = member(claims)["additionalProperties"]["properties"]
    assert "additionalProperties" in values["qualifiers"]
    assert values["qualifiers"]["additionalProperties"]["type"] == "string"
    assert values["count"] == {"type": "integer", "$comment": "from 0 to 59"}
    assert values["rank"]["$comment"] == '180 values; if there are no others: "enum": ["normal"]'


def test_a_version_number_is_no_address_of_a_machine_and_a_name_with_an_address_is_none() -> None:
    assert member(["1.2.3.4", "1.2.3.10"]) == {"type": "string"}
    assert member(["192.0.2.1", "198.51.100.7", "8.8.4.4"])["format"] == "ipv4"
    assert member(["A <a@example.org>", "a@example.org"]) == {"type": "string"}


def test_free_text_is_proposed_as_no_key() -> None:
    keys = KeyCandidates()
    for number in range(3):
        keys.add(
            {"text": f"what somebody wrote down on day {number}", "long": "x" * 200 + str(number), "name": str(number)}
        )
    assert keys.others() == ["name"]
