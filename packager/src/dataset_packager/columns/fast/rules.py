"""Rules of a schema that whole columns can be held against, with the same verdict as the gate has on each record.

What the kernel has seen to needs no second look: types, required and unknown members, names given twice. Every other
rule stands at a value and is put to the gate's own engine, compiled for that very subschema, so no keyword is written
anew here: all distinct values of a column at once; or only the least and the greatest, where a rule that holds for
both holds for all between them. Elements are counted. What ties values together (``oneOf``, ``uniqueItems``, ``if``,
``dependentRequired``) is no such rule: ``column_rules`` then gives None, and the gate decides on each record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow.compute as pc

from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.types import IntegerColumn, JsonColumn, NumberColumn, StringColumn
from dataset_packager.validation.engine import compiled

if TYPE_CHECKING:
    import jsonschema_rs

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.program import Node
    from dataset_packager.schemas import Schema
    from dataset_packager.schemas.graph import Place

_WORDS = (
    "type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength",
    "pattern items prefixItems additionalItems maxItems minItems uniqueItems contains maxContains",
    "minContains maxProperties minProperties required properties patternProperties additionalProperties",
    "dependencies dependentRequired dependentSchemas propertyNames if then else allOf anyOf oneOf not",
    "$ref $dynamicRef $recursiveRef unevaluatedItems unevaluatedProperties format contentEncoding",
    "contentMediaType contentSchema disallow extends divisibleBy",
)
_RULES = frozenset(word for line in _WORDS for word in line.split())
"""Every keyword that can make a value invalid, in any draft; all others are notes."""
_OF_OBJECTS = frozenset({"type", "properties", "required", "additionalProperties"})
_OF_LISTS = frozenset({"type", "items", "minItems", "maxItems"})
_OF_MAPS = frozenset({"type", "additionalProperties"})
_OF_LENGTHS = frozenset({"type", "minLength", "maxLength"})
_OF_BOUNDS = frozenset({"type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_SAMPLE, _UNLIKE = 4096, 0.95
_NULL_RULE = {"type": "null"}


class Columns(Protocol):
    """Columns that rules are held against; those of lines that are being read, or those that were read back."""

    def values(self, node: Node) -> Array:
        """Return the array of a node, nulls included."""

    def lengths(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the lengths of the lists that aren't null."""

    def entries(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return which entries of a node aren't null."""

    def read_values(self, node: Node) -> tuple[list[int], list[Any]]:
        """Return which entries of a column of JSON text are there, and what they hold."""

    def refuse(self, node: Node, entries: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Mark entries of a node as refused."""


Rule = Callable[[Columns], None]


class _Tied(Exception):  # no error: the gate decides on each record
    """A rule that can't be held against a column."""


def column_rules(schema: Schema, root: Node, assert_formats: bool) -> list[Rule] | None:
    """Return what is left to check once all lines are plain, and tell the nodes which nulls and absences are plain.

    None where the schema has a rule that ties values together; then nodes take all nulls that they can tell, and the
    gate decides.
    """
    if any(place.document.dialect is not None for place in schema.graph.places.values()):
        return None
    if any(keyword in ("$dynamicRef", "$recursiveRef") for _, keyword in schema.graph.targets):
        return None
    reading = _Reading(schema, assert_formats)
    try:
        reading.read(root, schema.document)
    except _Tied:
        for node in root.everything():
            node.take_nulls(allowed=True)
            node.required = node.never_absent
        return None
    return reading.rules


def rules_in(rule: dict[str, Any]) -> frozenset[str]:
    """Return the keywords of a subschema that can make a value invalid."""
    return _RULES.intersection(rule)


class _Reading:
    """Goes down the schema and the columns together."""

    def __init__(self, schema: Schema, assert_formats: bool) -> None:
        self._schema, self._assert_formats = schema, assert_formats
        self.rules: list[Rule] = []

    def read(self, node: Node, rule: Any) -> None:
        if rule is True:
            rule = {}
        if not isinstance(rule, dict):
            raise _Tied
        if not isinstance(node.column, StructColumn | ListColumn | MapColumn):
            self._read_value(node, rule)
            return
        node.take_nulls(allowed=self._accepts_null(rule))
        rule = self._resolved(rule)
        if isinstance(node.column, StructColumn):
            self._read_struct(node, rule)
        elif isinstance(node.column, ListColumn):
            self._read_list(node, rule)
        else:
            self._allow(rule, _OF_MAPS)
            self._expect(rule, "object")
            self.read(node.children[1], rule.get("additionalProperties", True))

    def _resolved(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Follow references, and alternatives of which one is null."""
        for _ in range(100):
            names = rules_in(rule)
            if names == {"$ref"} or ("$ref" in names and self._place(rule).draft.ref_stands_alone):
                rule = self._schema.graph.targets[id(rule), "$ref"]
            elif names in ({"anyOf"}, {"oneOf"}):
                rule = self._besides_null(rule[next(iter(names))])
            else:
                return rule
            if not isinstance(rule, dict):
                raise _Tied
        raise _Tied

    def _besides_null(self, alternatives: list[Any]) -> Any:
        others = [each for each in alternatives if each != _NULL_RULE]
        if len(others) != 1 or len(alternatives) != 2 or not isinstance(others[0], dict):
            raise _Tied
        return others[0]

    def _read_struct(self, node: Node, rule: dict[str, Any]) -> None:
        self._allow(rule, _OF_OBJECTS)
        self._expect(rule, "object")
        properties, required = rule.get("properties", {}), rule.get("required", [])
        if not set(required) <= {child.name for child in node.children}:
            raise _Tied
        for child in node.children:
            if child.name not in properties:
                raise _Tied
            child.required = child.name in required
            self.read(child, properties[child.name])

    def _read_list(self, node: Node, rule: dict[str, Any]) -> None:
        self._allow(rule, _OF_LISTS)
        self._expect(rule, "array")
        least, most = rule.get("minItems", 0), rule.get("maxItems", 2**62)
        if least > 0 or most < 2**62:
            self.rules.append(lambda columns: _check_lengths(columns, node, least, most))
        self.read(node.children[0], rule.get("items", True))

    def _read_value(self, node: Node, rule: dict[str, Any]) -> None:
        node.take_nulls(allowed=self._accepts_null(rule))
        resolved = self._resolved_or_not(rule)
        names = rules_in(resolved)
        if isinstance(node.column, NumberColumn):
            if not names <= _OF_BOUNDS or "number" not in _types(resolved):
                raise _Tied  # 5 and 5.0 are one value in a column of doubles, and may be two to the engine
        elif names <= {"type"} and node.column.takes and self._takes_all(node, resolved):
            return
        if isinstance(node.column, NumberColumn) and names == {"type"}:
            return
        validator = self._of_many(rule)
        if isinstance(node.column, StringColumn) and names <= _OF_LENGTHS and "string" in _types(resolved):
            self.rules.append(lambda columns: _check_ends(columns, node, validator, pc.utf8_length))
        elif isinstance(node.column, NumberColumn | IntegerColumn) and names <= _OF_BOUNDS:
            self.rules.append(lambda columns: _check_ends(columns, node, validator, None))
        elif isinstance(node.column, JsonColumn):
            self.rules.append(lambda columns: _check_each(columns, node, validator))
        else:
            self.rules.append(lambda columns: _check_distinct(columns, node, validator))

    def _resolved_or_not(self, rule: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._resolved(rule)
        except _Tied:
            return rule

    @staticmethod
    def _takes_all(node: Node, rule: dict[str, Any]) -> bool:
        """Say whether a rule of type alone takes whatever the column holds."""
        wanted = {"StringColumn": {"string"}, "IntegerColumn": {"integer", "number"}, "BooleanColumn": {"boolean"}}
        return "type" not in rule or bool(_types(rule) & wanted.get(type(node.column).__name__, set()))

    def _allow(self, rule: dict[str, Any], names: frozenset[str]) -> None:
        if not rules_in(rule) <= names:
            raise _Tied

    def _expect(self, rule: dict[str, Any], kind: str) -> None:
        if "type" in rule and kind not in _types(rule):
            raise _Tied

    def _place(self, rule: dict[str, Any]) -> Place:
        if id(rule) not in self._schema.graph.places:
            raise _Tied
        return self._schema.graph.places[id(rule)]

    def _accepts_null(self, rule: dict[str, Any]) -> bool:
        names, types = rules_in(rule), _types(rule)
        if "type" in names and "$ref" not in names and ("null" not in types or names == {"type"}):
            return "null" in types
        return not names or compiled(self._schema, self._assert_formats, self._place(rule)).is_valid(None)

    def _of_many(self, rule: dict[str, Any]) -> jsonschema_rs.Validator:
        return compiled(self._schema, self._assert_formats, self._place(rule), of_many=True)


def _types(rule: dict[str, Any]) -> set[str]:
    types = rule.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def _check_lengths(columns: Columns, node: Node, least: int, most: int) -> None:
    lengths = columns.lengths(node)
    if len(lengths) and not least <= lengths.min() <= lengths.max() <= most:
        entries = columns.entries(node)
        columns.refuse(node, entries[(lengths < least) | (lengths > most)])


def _check_ends(columns: Columns, node: Node, validator: jsonschema_rs.Validator, measure: Any) -> None:
    """Check the least and the greatest value; if one is refused, all."""
    values = columns.values(node)
    if values.null_count == len(values):
        return
    measured = measure(values) if measure else values
    ends = pc.min_max(measured).as_py()
    if measure:
        chosen = [values[pc.index(measured, end).as_py()].as_py() for end in ends.values()]
    else:
        chosen = list(ends.values())
    if not validator.is_valid(chosen):
        _check_distinct(columns, node, validator)


def _check_distinct(columns: Columns, node: Node, validator: jsonschema_rs.Validator) -> None:
    """Check each distinct value, or simply each, and find the entries of those that are refused."""
    values = columns.values(node)
    distinct = values.drop_null()
    if len(pc.unique(distinct.slice(0, _SAMPLE))) < _UNLIKE * min(len(distinct), _SAMPLE):
        distinct = pc.unique(distinct)  # else nearly all are, and looking for others costs more than it spares
    listed = distinct.to_pylist()
    if validator.is_valid(listed):
        return
    wrong = [index for index, value in enumerate(listed) if not validator.is_valid([value])]
    refused = pc.is_in(values, value_set=distinct.take(np.array(wrong)))
    columns.refuse(node, np.flatnonzero(pc.fill_null(refused, False).to_numpy(zero_copy_only=False)))


def _check_each(columns: Columns, node: Node, validator: jsonschema_rs.Validator) -> None:
    """Check each value of a column of JSON text, as it was read."""
    entries, values = columns.read_values(node)
    if not validator.is_valid(values):
        wrong = [entry for entry, value in zip(entries, values, strict=True) if not validator.is_valid([value])]
        columns.refuse(node, np.array(wrong))
