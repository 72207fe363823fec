from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from dataset_packager.base.findings import SetupError
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.base.findings import Finding

DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "2019-09": "https://json-schema.org/draft/2019-09/schema",
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
}


def gate(folder: Path, schema: Any, *, formats: bool = True) -> Gate:
    (folder / "s.json").write_text(json.dumps(schema))
    return Gate(load_schema(folder, "s.json"), formats)


def findings(folder: Path, schema: Any, record: Any) -> list[Finding]:
    made = gate(folder, schema)
    assert not made.accepts(record)
    return made.explain(record, "data/x.jsonl", 12)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, [10**30, -(10**400), 1.0, -0.0, 1e300], [1.5, True, "1"]),
        ({"maximum": 2**64}, [2**64, -(10**400), 1e19], [2**64 + 1, 10**400, 1.9e19]),
        ({"minimum": 10**30 + 1}, [10**30 + 1], [10**30, 9.99e29]),
        ({"const": 2**53 + 1}, [2**53 + 1], [2**53, float(2**53)]),
        ({"const": 1}, [1, 1.0], [True, "1"]),
        ({"const": 0}, [0, -0.0], [False]),
        ({"enum": [10**30]}, [10**30], [10**30 + 1]),
        ({"multipleOf": 7}, [7 * 10**40], [7 * 10**40 + 1]),
        ({"multipleOf": 0.01}, [19.99, 0.07, 1e20], [0.005]),
        ({"uniqueItems": True}, [[10**30, 10**30 + 1], [1, True], [0, False]], [[1, 1.0], [10**30, 10**30]]),
        ({"maxLength": 1}, ["😀", "\0"], ["e\u0301", "ab"]),
    ],
)
def test_numbers_and_text_are_judged_exactly(tmp_path: Path, schema: Any, good: list[Any], bad: list[Any]) -> None:
    made = gate(tmp_path, schema)
    assert [record for record in good if not made.accepts(record)] == []
    assert [record for record in bad if made.accepts(record)] == []
    assert all(len(made.explain(record, "f", 1)) == 1 for record in bad)


def test_only_in_draft_4_a_number_with_a_fraction_of_zero_is_no_integer(tmp_path: Path) -> None:
    accepted = {name: gate(tmp_path, {"$schema": uri, "type": "integer"}).accepts(1.0) for name, uri in DRAFTS.items()}
    assert accepted == {"draft4": False, "draft6": True, "draft7": True, "2019-09": True, "2020-12": True}


@pytest.mark.parametrize("uri", DRAFTS.values())
def test_formats_are_rules_where_they_are_asserted_and_notes_elsewhere(tmp_path: Path, uri: str) -> None:
    schema = {"$schema": uri, "format": "ipv4"}
    assert not gate(tmp_path, schema, formats=True).accepts("1.2.3.400")
    assert gate(tmp_path, schema, formats=False).accepts("1.2.3.400")


def test_a_pattern_is_one_of_ecma_262_and_not_of_python(tmp_path: Path) -> None:
    made = gate(tmp_path, {"pattern": r"^\d\w$"})
    assert made.accepts("1a")
    assert [text for text in ("1a\n", "٣a", "1é") if made.accepts(text)] == []


@pytest.mark.parametrize("pattern", ["^(([a-z])+.)+[A-Z]([a-z])+$", "^(?!x)(([a-z])+.)+[A-Z]([a-z])+\\1$"])
def test_a_pattern_that_could_backtrack_for_ever_ends_soon_and_refuses(tmp_path: Path, pattern: str) -> None:
    start = time.process_time()
    assert [each.code for each in findings(tmp_path, {"pattern": pattern}, "a" * 5000)] == ["pattern"]
    assert time.process_time() - start < 5


def test_alternatives_nested_in_alternatives_are_explained_without_trying_all_combinations(tmp_path: Path) -> None:
    node = {"$ref": "#/$defs/node"}
    branches = [{"properties": {"a": node, name: {"type": "integer"}}, "type": "object"} for name in "bcd"]
    schema = {
        "$defs": {"node": {"anyOf": [*branches, {"type": "integer"}]}},
        "required": ["r"],
        "properties": {"a": node},
    }
    record: Any = "wrong"
    for _ in range(100):
        record = {"a": record}
    start = time.process_time()
    found = findings(tmp_path, schema, record)
    assert {each.path for each in found} == {"$", "$" + ".a" * 100}
    assert time.process_time() - start < 5


def test_of_very_many_problems_the_first_thousand_are_named_in_a_short_time(tmp_path: Path) -> None:
    start = time.process_time()
    found = findings(tmp_path, {"items": {"type": "string"}}, list(range(200_000)))
    assert [each.path for each in found] == [f"$[{index}]" for index in range(1000)]
    assert time.process_time() - start < 5


def test_the_one_problem_at_the_end_of_a_long_record_is_found(tmp_path: Path) -> None:
    schema = {"items": {"properties": {"x": {"type": "integer"}}, "required": ["x"], "additionalProperties": False}}
    record: list[Any] = [{"x": index} for index in range(150_000)]
    assert [each.path for each in findings(tmp_path, schema, [*record, {"x": "1"}])] == ["$[150000].x"]


def test_a_schema_that_refuses_everything_says_so(tmp_path: Path) -> None:
    assert len(findings(tmp_path, False, {"a": 1})) == 1


def test_a_member_without_a_name_has_a_path(tmp_path: Path) -> None:
    schema = {"additionalProperties": {"additionalProperties": {"type": "integer"}}}
    assert [each.path for each in findings(tmp_path, schema, {"": {"": "x", "a b": "x"}})] == [
        '$[""][""]',
        '$[""]["a b"]',
    ]


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([0.5, 1.0, -0.0, "", "a", "ab", "2022-02-24"])
)
RECORDS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of one to four keywords, of whatever draft knows them."""
    several, members = st.lists(inner, min_size=1, max_size=3), st.dictionaries(NAMES, inner, max_size=2)
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr),
        "const": SCALARS,
        "minimum": st.integers(-1, 2),
        "maxLength": st.integers(0, 1),
        "pattern": st.sampled_from(["^a", "b$"]),
        "format": st.sampled_from(["date", "ipv4"]),
        "uniqueItems": st.booleans(),
        "minItems": st.integers(0, 2),
        "maxProperties": st.integers(0, 2),
        "required": st.lists(NAMES, min_size=1, max_size=2, unique=True),
        "properties": members,
        "patternProperties": st.dictionaries(st.sampled_from(["^a$", "[bc]"]), inner, max_size=2),
        "additionalProperties": inner,
        "propertyNames": inner,
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "dependentSchemas": members,
        "items": inner,
        "prefixItems": several,
        "contains": inner,
        "minContains": st.integers(0, 2),
        "maxContains": st.integers(0, 2),
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "unevaluatedProperties": inner,
        "unevaluatedItems": inner,
        "$ref": st.sampled_from(["#/$defs/x", "#y"]),
    }
    names = st.lists(st.sampled_from(list(keywords)), min_size=1, max_size=4, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: keywords[name] for name in chosen}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemas")


SCHEMAS = st.recursive(st.booleans() | schemas(st.booleans()), schemas, max_leaves=5)


@settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS, SCHEMAS, st.sampled_from(sorted(DRAFTS)), st.lists(RECORDS, min_size=1, max_size=4), st.booleans())
def test_the_explanation_finds_something_exactly_where_the_gate_refuses(
    folder: Path, root: Any, other: Any, draft: str, records: list[Any], formats: bool
) -> None:
    assume(isinstance(root, dict) and isinstance(other, dict))
    # No reference in place leads in a circle: that would have no meaning. One through a member may.
    other = json.loads(json.dumps(other).replace('"$ref"', '"$comment"'))
    other["properties"] = {"b": {"$ref": "#"}, **other.get("properties", {})}
    schema = {**root, "$schema": DRAFTS[draft], "$defs": {"x": other, "y": {"$anchor": "y", "type": "object"}}}
    # There the engine takes what `contains` finds inside an alternative for evaluated, which came with 2020-12.
    assume(draft != "2019-09" or "contains" not in str(schema) or "unevaluatedItems" not in str(schema))
    if draft not in ("2019-09", "2020-12"):
        schema = json.loads(json.dumps(schema).replace('"#y"', '"#/$defs/y"'))
    try:
        made = gate(folder, schema, formats=formats)
    except SetupError:
        reject()  # a boolean or a keyword that this draft has no place for
    for record in records:
        problems = made._explainer.problems(record)  # what explains refused records, asked about accepted ones, too
        assert bool(problems) != made.accepts(record)
        if problems:
            found = made.explain(record, "f", 1)
            assert len({(each.path, each.code, each.message) for each in found}) == len(found) > 0


@pytest.mark.parametrize(("name", "uri"), DRAFTS.items())
def test_what_content_is_encoded_as_is_a_rule_in_draft_7_only_and_only_where_formats_are(
    tmp_path: Path, name: str, uri: str
) -> None:
    members = {"options": {"contentMediaType": "application/json"}, "blob": {"contentEncoding": "base64"}}
    schema = {"$schema": uri, "properties": members | {"other": {"$ref": "#/properties/blob"}}}
    for formats in (True, False):
        made = gate(tmp_path, schema, formats=formats)
        for record in ({"options": ""}, {"blob": "="}, {"other": "="}):
            assert made.accepts(record) is (name != "draft7" or not formats)
    assert gate(tmp_path, schema).explain({"blob": "=", "x": {"$ref": 1}}, "f", 1)
