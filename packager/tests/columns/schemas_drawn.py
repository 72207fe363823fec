"""Random schemas, and values that mostly fit them: what doesn't is for the gate to sort out."""

from __future__ import annotations

from functools import reduce
from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "A", "a.b", "имя", "", "additional_properties", "value", "x y", "item"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(["\0", "1", "null", "[]"])
EDGES = [0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**30]
INTEGERS = st.sampled_from(EDGES) | st.integers(-3, 3)
DOUBLES = st.sampled_from([0.0, -0.0, 1.0, 1e308, 5e-324, 1e21, 123456789.125, 2.0**60]) | st.floats(
    allow_nan=False, allow_infinity=False
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | INTEGERS | DOUBLES | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer"},
        {"type": "integer", "minimum": 0, "maximum": 2**64},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"type": ["integer", "string"]},
        {"type": ["object", "null"]},
        {"type": "array"},
        {"enum": ["x", "y", None]},
        {"enum": [1.0, 2, 3.5]},
        {"const": {"a": 1}},
        {},
        True,
        False,
        {"$ref": "#/$defs/tree"},
        {"$ref": "#/$defs/named"},
        {"minLength": 1},
    ]
)
TREE = {
    "type": "object",
    "properties": {"value": {"type": "integer"}, "down": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
}


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def complete(schema: dict[str, Any], names: list[str], typed: bool) -> dict[str, Any]:
        schema = {**schema, "required": names} if names else schema
        return {"type": "object", **schema} if typed else schema

    shapes = st.fixed_dictionaries(
        {"properties": st.dictionaries(NAMES, inner, max_size=4)},
        optional={
            "additionalProperties": st.booleans() | inner,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", ".*"]), inner, max_size=1),
            "unevaluatedProperties": st.just(False),
            "minProperties": st.just(1),
            "dependentRequired": st.just({"a": ["b"]}),
        },
    )
    return st.builds(complete, shapes, st.lists(NAMES, max_size=2, unique=True), st.integers(0, 9).map(bool))


def _maps(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(lambda value: {"type": "object", "additionalProperties": value}, inner)


def _arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(["array", ["array", "null"]])},
        optional={
            "items": inner,
            "prefixItems": st.lists(inner, min_size=1, max_size=2),
            "unevaluatedItems": inner,
        },
    )


def _combinations(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda parts: {"anyOf": parts}, several),
        st.builds(lambda parts: {"oneOf": parts}, several),
        st.builds(lambda parts, own: {"allOf": parts, **(own if isinstance(own, dict) else {})}, several, inner),
        st.builds(lambda test, then, other: {"if": test, "then": then, "else": other}, inner, inner, inner),
        st.builds(lambda base, more: {**base, "anyOf": more}, _objects(inner), several),
        st.builds(lambda base, then: {**base, "dependentSchemas": {"a": then}}, _objects(inner), inner),
    )


PARTS = st.recursive(
    _SCALARS, lambda inner: _objects(inner) | _maps(inner) | _arrays(inner) | _combinations(inner), max_leaves=8
)
SCHEMAS = st.builds(
    lambda root, named: {**(root if isinstance(root, dict) else {}), "$defs": {"tree": TREE, "named": named}},
    _objects(PARTS) | _combinations(_objects(PARTS)) | PARTS,
    _objects(_SCALARS) | _SCALARS.filter(lambda schema: "$ref" not in str(schema)),
)


@st.composite
def values(draw: st.DrawFn, schema: Any, root: Any, depth: int = 0) -> Any:
    """Draw a value that is likely to be valid."""
    if not isinstance(schema, dict) or depth > 5 or draw(st.integers(0, 19)) == 0:
        return draw(ANYTHING)
    if "$ref" in schema:
        return draw(values(_target(schema["$ref"], root), root, depth + 1))
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema and draw(st.booleans() if "type" in schema else st.just(True)):
            if keyword != "allOf":
                return draw(values(draw(st.sampled_from(schema[keyword])), root, depth + 1))
            branches = [draw(values(branch, root, depth + 1)) for branch in schema[keyword]]
            if all(isinstance(branch, dict) for branch in branches):
                return {name: value for branch in branches for name, value in branch.items()}
            return draw(st.sampled_from(branches))
    if "if" in schema and "type" not in schema:
        return draw(values(schema.get(draw(st.sampled_from(["then", "else"])), True), root, depth + 1))
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = draw(st.sampled_from(kinds)) if isinstance(kinds, list) else kinds
    return draw(_of_kind(kind, schema, root, depth))


def _target(reference: str, root: Any) -> Any:
    return reduce(lambda node, name: node[name], reference.removeprefix("#/").split("/"), root)


def _of_kind(kind: str | None, schema: dict[str, Any], root: Any, depth: int) -> st.SearchStrategy[Any]:
    scalars = {
        "string": TEXTS,
        "integer": INTEGERS | st.sampled_from([1.0, -0.0]),
        "number": INTEGERS | DOUBLES,
        "boolean": st.booleans(),
        "null": st.none(),
        None: ANYTHING,
    }
    if kind in scalars:
        return scalars[kind]
    if kind == "array":
        items = schema.get("items", schema.get("unevaluatedItems", True))
        first = [values(item, root, depth + 1) for item in schema.get("prefixItems", [])]
        rest = st.lists(values(items, root, depth + 1), max_size=3)
        return st.builds(lambda head, tail: [*head, *tail], st.tuples(*first), rest)
    named = {name: values(value, root, depth + 1) for name, value in schema.get("properties", {}).items()}
    needed = {name: named.pop(name, ANYTHING) for name in schema.get("required", [])}
    beyond = schema.get("additionalProperties", schema.get("unevaluatedProperties") is not False)
    others = st.dictionaries(TEXTS | NAMES, values(beyond, root, depth + 1), max_size=2) if beyond else st.just({})
    known = st.fixed_dictionaries(needed, optional=named)
    return st.builds(lambda first, second: {**second, **first}, known, others)
