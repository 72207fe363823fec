"""Read shapes from JSON Schemas, drafts 4 to 2020-12: which keyword says what of types, members and elements.

Keywords that only narrow values down (``pattern``, ``not``, ``minItems``, ``contains``, ...) don't shape columns.
What references stand for, the schema's graph knows; those that lead back into a schema that is being read say nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeGuard

from dataset_packager.columns.shapes.algebra import (
    ANY,
    ANYTHING,
    ARRAY,
    BOOLEAN,
    FRACTION,
    INTEGER,
    KINDS,
    NOTHING,
    NULL,
    OBJECT,
    STRING,
    ArrayShape,
    Documentation,
    Expression,
    Join,
    Member,
    ObjectShape,
    Openness,
    Shape,
    Spot,
    close,
    join,
    leave_open,
    meet,
)
from dataset_packager.columns.shapes.stated_types import stated_at
from dataset_packager.project.column_choices import KEYWORD, column_choice
from dataset_packager.schemas.drafts import knows
from dataset_packager.schemas.keywords import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.schemas import Schema

_WORDS = (
    "type enum const properties patternProperties additionalProperties required items prefixItems additionalItems",
    "allOf anyOf oneOf if then else dependentSchemas dependencies unevaluatedProperties unevaluatedItems $dynamicRef",
)
_SHAPING = frozenset(word for line in _WORDS for word in line.split())
_EVERY_NAME = frozenset({"", ".*", "^.*$", "^.*", ".*$", "^(.*)$", "^.+$", ".+", "."})  # taken for: any name at all


class Reader:
    """Reads the shapes of one schema and of all that it refers to."""

    def __init__(self, schema: Schema) -> None:
        self.graph, self._is_dynamic = schema.graph, schema.graph.is_dynamic
        self._known: dict[Expression, Shape] = {}
        self._open: set[Expression] = set()
        self.root = self._spot(schema.document, None)

    def shape(self, expression: Expression) -> Shape:
        """Return the shape of ``expression``."""
        if expression in self._known:
            return self._known[expression]
        if expression in self._open:  # a schema that is defined by itself, in place: this says nothing more
            return ANY
        self._open.add(expression)
        try:
            found = self._read(expression)
        finally:
            self._open.discard(expression)
        self._known[expression] = found
        return found

    def _read(self, expression: Expression) -> Shape:
        if isinstance(expression, Spot):
            return self._read_spot(expression)
        shapes = [self.shape(part) for part in expression.parts]
        if isinstance(expression, Join):
            return join([*shapes, ANY] if expression.open else shapes)
        return reduce(meet, shapes)

    def _read_spot(self, spot: Spot) -> Shape:
        schema = spot.schema
        if spot.place is None:
            return ANY if schema else NOTHING
        if spot.place.draft.ref_stands_alone and isinstance(schema.get("$ref"), str):
            target = self.shape(self._reference("$ref", spot))
            return replace(target, documentation=self._documentation(schema).over(target.documentation))
        return self._close(reduce(meet, self._parts(spot)), spot)

    def _parts(self, spot: Spot) -> Iterator[Shape]:
        """Yield what each keyword says, the schema's own ones first."""
        schema = spot.schema
        yield self._own(spot)
        for reference in self._references(spot):
            yield self.shape(reference)
        for part in _schemas(schema.get("allOf")):
            yield self.shape(self._spot(part, spot))
        for keyword in ("anyOf", "oneOf"):
            if branches := _schemas(schema.get(keyword)):
                yield join(self.shape(self._spot(branch, spot)) for branch in branches)
        if "if" in schema and self._knows("if", spot):
            yield self._conditional(spot)
        for keyword in ("dependentSchemas", "dependencies"):
            for part in _mapping(schema, keyword).values() if self._knows(keyword, spot) else ():
                if isinstance(part, dict):
                    yield join([self.shape(self._spot(part, spot)), ANY])

    def _own(self, spot: Spot) -> Shape:
        schema = spot.schema
        kinds = _declared_kinds(schema, const=self._knows("const", spot))
        known_object = self._object(spot)
        low, high = _bounds(schema)
        return Shape(
            kinds,
            OBJECT if kinds == ANYTHING and known_object and known_object.members else kinds,
            low,
            high,
            known_object,
            self._array(spot),
            self._documentation(schema),
            frozenset({id(schema)} if not _SHAPING.isdisjoint(schema) else ()),
        )

    def _object(self, spot: Spot) -> ObjectShape | None:
        schema = spot.schema
        if schema.keys().isdisjoint({"properties", "patternProperties", "additionalProperties", "required"}):
            return None
        named = _mapping(schema, "properties").items()
        members = {name: Member(self._spot(value, spot)) for name, value in named if value not in (False, {"not": {}})}
        patterns = _mapping(schema, "patternProperties")
        rest = tuple(self._spot(value, spot) for value in patterns.values() if value is not False)
        openness = Openness.DEFAULT if _EVERY_NAME.isdisjoint(patterns) else Openness.CLOSED
        beyond = schema.get("additionalProperties")
        if beyond is False:
            openness = Openness.CLOSED
        elif isinstance(beyond, dict) and beyond:
            openness, rest = Openness.CLOSED, (*rest, self._spot(beyond, spot))
        elif beyond is not None:
            openness = Openness.EXPLICIT
        required = schema.get("required")
        listed = required if isinstance(required, list) else ()  # draft 3 had a boolean in its place
        return ObjectShape(members, frozenset(name for name in listed if isinstance(name, str)), openness, rest)

    def _array(self, spot: Spot) -> ArrayShape | None:
        schema = spot.schema
        items = schema.get("items")
        first: tuple[Any, ...] = ()
        beyond = items
        if isinstance(items, list):
            first, beyond = tuple(items), schema.get("additionalItems")
        elif self._knows("prefixItems", spot):
            first = tuple(_schemas(schema.get("prefixItems")))
        least, most = _count(schema.get("minItems")) or 0, _count(schema.get("maxItems"))
        if not first and items is None and not least and most is None:
            return None
        typed = self._spot(beyond, spot) if isinstance(beyond, dict) and beyond else None
        return ArrayShape(tuple(self._spot(each, spot) for each in first), typed, least, most)

    def _conditional(self, spot: Spot) -> Shape:
        schema = spot.schema
        condition = self.shape(self._spot(schema["if"], spot))
        condition = replace(condition, documentation=Documentation())
        then, otherwise = (self.shape(self._spot(schema.get(word, True), spot)) for word in ("then", "else"))
        return join([meet(then, condition), otherwise])

    def _close(self, shape: Shape, spot: Spot) -> Shape:
        """Apply ``unevaluatedProperties`` and ``unevaluatedItems``, which see what all other keywords named."""
        schema = spot.schema
        beyond = schema.get("unevaluatedProperties") if self._knows("unevaluatedProperties", spot) else None
        if beyond is False:
            shape = close(shape, None)
        elif isinstance(beyond, dict) and beyond:
            shape = close(shape, self._spot(beyond, spot))
        elif beyond is not None:
            shape = leave_open(shape)
        known = shape.array or ArrayShape()
        items = schema.get("unevaluatedItems") if self._knows("unevaluatedItems", spot) else None
        if isinstance(items, dict) and items and known.items is None and "contains" not in schema:
            shape = replace(shape, array=replace(known, items=self._spot(items, spot)))
        return shape

    def _references(self, spot: Spot) -> Iterator[Expression]:
        for keyword in REFERENCES:
            if isinstance(spot.schema.get(keyword), str) and self._knows(keyword, spot):
                yield self._reference(keyword, spot)

    def _reference(self, keyword: str, spot: Spot) -> Spot:
        return self._spot(self.graph.target(spot.schema, keyword, spot.scope), spot, lexically=False)

    def _spot(self, schema: Any, above: Spot | None, *, lexically: bool = True) -> Spot:
        if isinstance(schema, bool):
            return Spot((schema,), schema, None)
        place = self.graph.places[id(schema)]
        scope = place.entered(above.scope if above else (), lexically=lexically)
        bound = self.graph.bound(scope) if self._is_dynamic else ()
        return Spot((id(schema), *bound), schema, place, scope)

    @staticmethod
    def _knows(keyword: str, spot: Spot) -> bool:
        return spot.place is not None and knows(spot.place.draft, keyword)

    def _documentation(self, schema: dict[str, Any]) -> Documentation:
        stated = schema.get(KEYWORD)
        if stated is None:
            return _documentation(schema)
        choice = column_choice(stated, stated_at(self.graph.places[id(schema)]))
        return replace(_documentation(schema), choices=(choice,))


def _schemas(value: Any) -> list[Any]:
    return [each for each in value if isinstance(each, dict | bool)] if isinstance(value, list) else []


def _mapping(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    value = schema.get(keyword)
    return value if isinstance(value, dict) else {}


def _declared_kinds(schema: dict[str, Any], *, const: bool) -> int:
    declared = schema.get("type")
    kinds = ANYTHING
    if isinstance(declared, str):
        kinds = KINDS.get(declared, ANYTHING)
    elif isinstance(declared, list):
        kinds = reduce(int.__or__, (KINDS.get(name, ANYTHING) for name in declared if isinstance(name, str)), 0)
    values = _listed(schema, const=const)
    return kinds if values is None else kinds & reduce(int.__or__, map(_kind, values), 0)


def _listed(schema: dict[str, Any], *, const: bool) -> list[Any] | None:
    if const and "const" in schema:
        return [schema["const"]]
    values = schema.get("enum")
    return values if isinstance(values, list) else None


def _kind(value: Any) -> int:
    if isinstance(value, float):
        return INTEGER if value.is_integer() else FRACTION
    kinds = ((type(None), NULL), (bool, BOOLEAN), (int, INTEGER), (str, STRING), (list, ARRAY), (dict, OBJECT))
    return next(kind for python, kind in kinds if isinstance(value, python))


def _bounds(schema: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the least and the greatest integer that the schema's own keywords allow."""
    values = _listed(schema, const=True)
    numbers = [value for value in values or () if _is_number(value)]
    if numbers:
        return math.ceil(min(numbers)), math.floor(max(numbers))
    return _bound(schema, "minimum", "exclusiveMinimum", 1), _bound(schema, "maximum", "exclusiveMaximum", -1)


def _bound(schema: dict[str, Any], inclusive: str, exclusive: str, sign: int) -> int | None:
    found = []
    limit, beyond = schema.get(inclusive), schema.get(exclusive)
    if _is_number(limit):
        found.append(_first_integer(limit, sign, strict=beyond is True))
    if _is_number(beyond):
        found.append(_first_integer(beyond, sign, strict=True))
    return (max if sign > 0 else min)(found, default=None)


def _count(value: Any) -> int | None:
    return int(value) if _is_number(value) and value >= 0 and float(value).is_integer() else None


def _is_number(value: Any) -> TypeGuard[float]:
    if isinstance(value, float):
        return math.isfinite(value)  # 1e400 is infinity to Python
    return isinstance(value, int) and not isinstance(value, bool)


def _first_integer(limit: float, sign: int, *, strict: bool) -> int:
    """Return the first integer from ``limit`` on, upwards for the sign 1 and downwards for -1."""
    rounded = math.ceil(limit) if sign > 0 else math.floor(limit)
    return rounded + sign if strict and rounded == limit else rounded


def _documentation(schema: dict[str, Any]) -> Documentation:
    title, description, examples = (schema.get(keyword) for keyword in ("title", "description", "examples"))
    values, spelled = _listed(schema, const=True), (schema.get("contentEncoding"), schema.get("format"))
    return Documentation(
        title if isinstance(title, str) else None,
        description if isinstance(description, str) else None,
        None if values is None else tuple(values),
        tuple(examples) if isinstance(examples, list) else None,
        spelling=next((text for text in spelled if isinstance(text, str)), None),
    )
