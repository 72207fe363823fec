"""Read shapes from JSON Schemas, drafts 4 to 2020-12: which keyword says what of types, members and elements.

Keywords that only narrow values down (``pattern``, ``not``, ``minItems``, ``contains``, ...) don't shape columns.
References are resolved by ``referencing``, ``$dynamicRef`` and ``$recursiveRef`` included; those that lead back into a
schema that is being read say nothing.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeGuard

import referencing.exceptions
from referencing.jsonschema import lookup_recursive_ref

from dataset_packager.base.findings import SetupError
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
from dataset_packager.schemas.drafts import DRAFTS, Draft, draft_of
from dataset_packager.schemas.keywords import knows

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
        self._path = schema.path
        self._documents = schema.documents
        self.graph = schema.graph
        self._drafts = {place.resource: place.draft for place in schema.graph.places.values()}
        self._root_draft = DRAFTS[schema.draft]
        self._dynamic = any(_has_dynamic_references(document) for document in schema.documents.values())
        self._known: dict[Expression, Shape] = {}
        self._open: set[Expression] = set()
        self._surroundings: dict[int, tuple[Any, tuple[str, ...], Draft]] = {}
        self.root = self._spot(schema.document, schema.registry.resolver(base_uri=schema.uri))

    def shape(self, expression: Expression) -> Shape:
        """Return the shape of ``expression``.

        Raises:
            SetupError: a reference can't be resolved.
        """
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
        if not isinstance(schema, dict):
            return NOTHING if schema is False else ANY
        if self._draft(spot.resolver).ref_stands_alone and isinstance(schema.get("$ref"), str):
            target = self.shape(self._reference(schema["$ref"], spot.resolver))
            return replace(target, documentation=self._documentation(schema).over(target.documentation))
        shape = reduce(meet, self._parts(schema, spot.resolver))
        return self._close(shape, schema, spot.resolver)

    def _parts(self, schema: dict[str, Any], resolver: Any) -> Iterator[Shape]:
        """Yield what each keyword says, the schema's own ones first."""
        yield self._own(schema, resolver)
        for reference in self._references(schema, resolver):
            yield self.shape(reference)
        for part in _schemas(schema.get("allOf")):
            yield self.shape(self._spot(part, resolver))
        for keyword in ("anyOf", "oneOf"):
            if branches := _schemas(schema.get(keyword)):
                yield join(self.shape(self._spot(branch, resolver)) for branch in branches)
        if "if" in schema and self._knows("if", resolver):
            yield self._conditional(schema, resolver)
        for keyword in ("dependentSchemas", "dependencies"):
            for part in _mapping(schema, keyword).values() if self._knows(keyword, resolver) else ():
                if isinstance(part, dict):
                    yield join([self.shape(self._spot(part, resolver)), ANY])

    def _own(self, schema: dict[str, Any], resolver: Any) -> Shape:
        kinds = _declared_kinds(schema, const=self._knows("const", resolver))
        known_object = self._object(schema, resolver)
        low, high = _bounds(schema)
        return Shape(
            kinds,
            OBJECT if kinds == ANYTHING and known_object and known_object.members else kinds,
            low,
            high,
            known_object,
            self._array(schema, resolver),
            self._documentation(schema),
            frozenset({id(schema)} if not _SHAPING.isdisjoint(schema) else ()),
        )

    def _object(self, schema: dict[str, Any], resolver: Any) -> ObjectShape | None:
        if schema.keys().isdisjoint({"properties", "patternProperties", "additionalProperties", "required"}):
            return None
        named = _mapping(schema, "properties").items()
        members = {
            name: Member(self._spot(value, resolver)) for name, value in named if value not in (False, {"not": {}})
        }
        patterns = _mapping(schema, "patternProperties")
        rest = tuple(self._spot(value, resolver) for value in patterns.values() if value is not False)
        openness = Openness.DEFAULT if _EVERY_NAME.isdisjoint(patterns) else Openness.CLOSED
        beyond = schema.get("additionalProperties")
        if beyond is False:
            openness = Openness.CLOSED
        elif isinstance(beyond, dict) and beyond:
            openness, rest = Openness.CLOSED, (*rest, self._spot(beyond, resolver))
        elif beyond is not None:
            openness = Openness.EXPLICIT
        required = schema.get("required")
        listed = required if isinstance(required, list) else ()  # draft 3 had a boolean in its place
        return ObjectShape(members, frozenset(name for name in listed if isinstance(name, str)), openness, rest)

    def _array(self, schema: dict[str, Any], resolver: Any) -> ArrayShape | None:
        items = schema.get("items")
        first: tuple[Any, ...] = ()
        beyond = items
        if isinstance(items, list):
            first, beyond = tuple(items), schema.get("additionalItems")
        elif self._knows("prefixItems", resolver):
            first = tuple(_schemas(schema.get("prefixItems")))
        least, most = _count(schema.get("minItems")) or 0, _count(schema.get("maxItems"))
        if not first and items is None and not least and most is None:
            return None
        typed = self._spot(beyond, resolver) if isinstance(beyond, dict) and beyond else None
        return ArrayShape(tuple(self._spot(each, resolver) for each in first), typed, least, most)

    def _conditional(self, schema: dict[str, Any], resolver: Any) -> Shape:
        condition = self.shape(self._spot(schema["if"], resolver))
        condition = replace(condition, documentation=Documentation())
        then, otherwise = (self.shape(self._spot(schema.get(word, True), resolver)) for word in ("then", "else"))
        return join([meet(then, condition), otherwise])

    def _close(self, shape: Shape, schema: dict[str, Any], resolver: Any) -> Shape:
        """Apply ``unevaluatedProperties`` and ``unevaluatedItems``, which see what all other keywords named."""
        beyond = schema.get("unevaluatedProperties") if self._knows("unevaluatedProperties", resolver) else None
        if beyond is False:
            shape = close(shape, None)
        elif isinstance(beyond, dict) and beyond:
            shape = close(shape, self._spot(beyond, resolver))
        elif beyond is not None:
            shape = leave_open(shape)
        known = shape.array or ArrayShape()
        items = schema.get("unevaluatedItems") if self._knows("unevaluatedItems", resolver) else None
        if isinstance(items, dict) and items and known.items is None and "contains" not in schema:
            shape = replace(shape, array=replace(known, items=self._spot(items, resolver)))
        return shape

    def _references(self, schema: dict[str, Any], resolver: Any) -> Iterator[Expression]:
        for keyword in ("$ref", "$dynamicRef"):
            if isinstance(schema.get(keyword), str) and self._knows(keyword, resolver):
                yield self._reference(schema[keyword], resolver)
        if "$recursiveRef" in schema and self._knows("$recursiveRef", resolver):
            resolved = lookup_recursive_ref(resolver)
            yield self._spot(resolved.contents, resolved.resolver)

    def _reference(self, reference: str, resolver: Any) -> Spot:
        try:
            resolved = resolver.lookup(reference)
        except referencing.exceptions.Unresolvable as error:
            raise SetupError(f"{self._path}: the reference {reference!r} can't be resolved") from error
        return self._spot(resolved.contents, resolved.resolver)

    def _spot(self, schema: Any, resolver: Any) -> Spot:
        if isinstance(schema, bool):
            return Spot((schema,), schema, None)
        place = self.graph.places.get(id(schema))
        draft = place.draft if place else self._draft(resolver)
        named = isinstance(schema, dict) and isinstance(schema.get(draft.id_keyword), str)
        if named and not (draft.ref_stands_alone and "$ref" in schema):
            resolver = resolver.in_subresource(draft.specification.create_resource(schema))
        return Spot((id(schema), *self._surrounding(resolver)[1]), schema, resolver)

    def _surrounding(self, resolver: Any) -> tuple[Any, tuple[str, ...], Draft]:
        """Return what references depend on, which is the base URI and the resources on the way here, and the draft."""
        if id(resolver) not in self._surroundings:
            base = resolver._base_uri
            uri = base.partition("#")[0]
            document = self._documents.get(uri)
            draft = self._drafts.get(uri) or (draft_of(document.get("$schema")) if isinstance(document, dict) else None)
            way = dict.fromkeys(reversed([uri for uri, _ in resolver.dynamic_scope()])) if self._dynamic else ()
            self._surroundings[id(resolver)] = resolver, (base, *way), draft or self._root_draft
        return self._surroundings[id(resolver)]

    def _draft(self, resolver: Any) -> Draft:
        return self._surrounding(resolver)[2]

    def _knows(self, keyword: str, resolver: Any) -> bool:
        return knows(self._draft(resolver), keyword)

    def _documentation(self, schema: dict[str, Any]) -> Documentation:
        stated = schema.get(KEYWORD)
        if stated is None:
            return _documentation(schema)
        place = self.graph.places.get(id(schema))
        choice = column_choice(stated, stated_at(place) if place else f"{self._path}: {KEYWORD}")
        return replace(_documentation(schema), choices=(choice,))


def _has_dynamic_references(node: Any) -> bool:
    if isinstance(node, dict):
        if "$dynamicRef" in node or "$recursiveRef" in node:
            return True
        return any(_has_dynamic_references(value) for value in node.values())
    return isinstance(node, list) and any(_has_dynamic_references(value) for value in node)


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
