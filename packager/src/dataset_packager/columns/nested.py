"""Columns with parts: lists, maps and structs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.arrow import taken
from dataset_packager.columns.encode import (
    ABSENT,
    Column,
    DoesNotFit,
    Misfit,
    Place,
    excerpt,
    json_text,
    text_array,
    unwritable,
)
from dataset_packager.columns.metadata import DESCRIPTION, ENCODING, JSON_MEMBERS, MAP

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

_DECLARE_TYPE = (
    "the schema names members and declares no type: declare every type that it may have, "
    'as in "type": ["object", "string"]; the column then holds JSON text'
)
_DECLARE_NULL = 'declare in the schema that the value may also be of type "null"'
_DECLARE_OPTIONAL = 'leave the member out of "required" wherever the schema speaks of it, or give it a value'
_NAME_MEMBER = 'name the member under "properties" in the schema, or allow others with "additionalProperties"'
_REST = "The members beyond those that have a column of their own, as the JSON text of an object"
_NULLS = "The members that are null where they could also be absent, as the JSON text of an object"


@dataclass(frozen=True)
class Part:
    """A named part of a column: a struct's member, a list's item, a map's value.

    Attributes:
        metadata: what the Arrow field says of it: documentation, encoding, whether the member is required.
        soft: a value that doesn't fit goes to the struct's additional members.
        required: whether the member is never absent, so that a null in Arrow is a null.
        kept: whether ``soft`` because somebody wants values kept that a column type can't hold.
    """

    name: str
    column: Column
    metadata: Mapping[str, str] = field(default_factory=dict)
    soft: bool = False
    required: bool = False
    kept: bool = False

    @property
    def hides_null(self) -> bool:
        """Whether a null in Arrow says that the member is absent, so that one that is null is told elsewhere."""
        return not (self.required or self.column.keeps_null)

    @cached_property
    def arrow(self) -> ArrowField:
        """The Arrow field, nullable as all fields are, with its metadata in the order of the keys."""
        return pa.field(self.name, self.column.arrow_type, metadata=dict(sorted(self.metadata.items())) or None)


@dataclass(frozen=True)
class ListColumn(Column):
    """Lists of one type."""

    item: Part = field(kw_only=True)

    takes = frozenset({list})
    noun = "lists"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type list."""
        return pa.list_(self.item.arrow)

    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        present = _present(values, kinds)
        items = self.item.column.build(list(chain.from_iterable(present)))
        return _list_array(self.arrow_type, values, kinds, items)

    def _misfits(self, value: list[Any], place: Place) -> Iterator[Misfit]:
        for index, element in enumerate(value):
            yield from self.item.column.misfits(element, (*place, index))


@dataclass(frozen=True)
class MapColumn(Column):
    """Objects with any names and values of one type, as lists of key and value in the record's order."""

    value: Part = field(kw_only=True)

    encoding = MAP
    takes = frozenset({dict})
    noun = "objects"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type list<struct<key: string, value>>."""
        return pa.list_(pa.field("item", pa.struct(self._entry)))

    @cached_property
    def _entry(self) -> list[ArrowField]:
        return [pa.field("key", pa.string()), self.value.arrow]

    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        present = _present(values, kinds)
        keys = text_array(list(chain.from_iterable(present)))
        held = self.value.column.build(list(chain.from_iterable(map(dict.values, present))))
        entries = pa.StructArray.from_arrays([keys, held], fields=self._entry)
        return _list_array(self.arrow_type, values, kinds, entries)

    def _misfits(self, value: dict[str, Any], place: Place) -> Iterator[Misfit]:
        for name, element in value.items():
            yield from unwritable(name, place)
            yield from self.value.column.misfits(element, (*place, name))


def _present(values: list[Any], kinds: frozenset[type]) -> list[Any]:
    return [value for value in values if value is not None] if type(None) in kinds else values


def _list_array(arrow_type: DataType, values: list[Any], kinds: frozenset[type], items: Array) -> Array:
    offsets = np.zeros(len(values) + 1, np.int32)
    mask = None
    if type(None) in kinds:
        np.cumsum([0 if value is None else len(value) for value in values], out=offsets[1:])
        mask = pa.array([value is None for value in values], pa.bool_())
    else:
        np.cumsum(list(map(len, values)), out=offsets[1:])
    array: Any = pa.ListArray
    return array.from_arrays(pa.array(offsets), items, type=arrow_type, mask=mask)


@dataclass(frozen=True)
class StructColumn(Column):
    """Objects with named members.

    Attributes:
        rest: the name of the part that holds all other members as JSON text, and the nulls that would be taken for
            absent members; None where there can be neither.
        only_nulls: whether there can be no other members, so that it holds nothing but such nulls.
        unnamed: the members that the schema names and that stand among the others all the same.
        declared: whether the schema says that the value is an object, or only speaks of its members.
    """

    members: tuple[Part, ...] = field(kw_only=True)
    rest: str | None = None
    only_nulls: bool = False
    unnamed: tuple[str, ...] = ()
    declared: bool = True

    takes = frozenset({dict})
    noun = "objects"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type struct."""
        return pa.struct(self.fields)

    @cached_property
    def fields(self) -> list[ArrowField]:
        """The Arrow fields, that of the additional members last."""
        fields = [member.arrow for member in self.members]
        if self.rest is None:
            return fields
        metadata = {DESCRIPTION: _NULLS if self.only_nulls else _REST, ENCODING: JSON_MEMBERS}
        return [*fields, pa.field(self.rest, pa.string(), metadata=metadata)]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the members that have their own part."""
        return frozenset(member.name for member in self.members)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(member.name for member in self.members if member.required)

    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        if type(None) not in kinds:
            return self._dense(values)
        here = np.fromiter((value is not None for value in values), np.bool_, len(values))
        if not here.any():
            return pa.nulls(len(values), self.arrow_type)
        dense = self._dense(list(compress(values, here)))
        return taken(dense, pa.array(np.cumsum(here) - 1, pa.int64(), mask=~here))

    def _dense(self, values: list[dict[str, Any]]) -> Array:
        return pa.StructArray.from_arrays(self.arrays(values), fields=self.fields)

    def arrays(self, values: list[dict[str, Any]]) -> list[Array]:
        """Return the arrays of all parts for objects that are all present.

        Raises:
            DoesNotFit: a value can't be held exactly.
        """
        occurring = set(chain.from_iterable(values))
        others = not occurring <= self.names
        if (others and self.rest is None) or (values and not self._required <= occurring):
            raise DoesNotFit
        spilled: dict[int, dict[str, Any]] = {}
        arrays = [
            self._member(part, values, spilled)
            if part.name in occurring
            else pa.nulls(len(values), part.column.arrow_type)
            for part in self.members
        ]
        return arrays if self.rest is None else [*arrays, self._rest(values, spilled, others=others)]

    def _member(self, part: Part, values: list[dict[str, Any]], spilled: dict[int, dict[str, Any]]) -> Array:
        default = ABSENT if part.column.keeps_null else None
        try:
            held = list(map(itemgetter(part.name), values))
        except KeyError:
            if part.required:  # what another branch of the schema allows: read back, its null would be one
                raise DoesNotFit from None
            name = part.name
            held = [value.get(name, default) for value in values]
        if part.hides_null and None in held:
            self._spill_nulls(part, values, spilled)
        try:
            return part.column.build(held)
        except DoesNotFit:
            if not part.soft or self.rest is None:
                raise
        for index, value in enumerate(held):
            if value is not ABSENT and any(part.column.misfits(value, ())):
                held[index] = default
                spilled.setdefault(index, {})[part.name] = value
        return part.column.build(held)

    def _spill_nulls(self, part: Part, values: list[dict[str, Any]], spilled: dict[int, dict[str, Any]]) -> None:
        for index, value in enumerate(values):
            if value.get(part.name, ABSENT) is None:
                if self.rest is None:
                    raise DoesNotFit
                spilled.setdefault(index, {})[part.name] = None

    def _rest(self, values: list[dict[str, Any]], spilled: dict[int, dict[str, Any]], *, others: bool) -> Array:
        if not others and not spilled:
            return pa.nulls(len(values), pa.string())
        names = self.names
        texts: list[str | None] = [None] * len(values)
        for index, value in enumerate(values):
            if not names.issuperset(value) or index in spilled:
                found = {name: held for name, held in value.items() if name not in names}
                texts[index] = json_text(found | spilled.get(index, {}))
        return text_array(texts)

    def _misfits(self, value: dict[str, Any], place: Place) -> Iterator[Misfit]:
        for part in self.members:
            if part.name in value:
                yield from self._misfit_member(part, value[part.name], (*place, part.name))
            elif part.required:
                message = "the member is absent, and the column holds objects that have it"
                yield Misfit((*place, part.name), "unrepresentable", message, _DECLARE_OPTIONAL)
        for name in (name for name in value if name not in self.names):
            if self.rest is None:
                message = f"the schema doesn't name the member {excerpt(name)}, and there is no column for such members"
                yield Misfit((*place, name), "unrepresentable", message, _NAME_MEMBER)
            else:
                yield from unwritable({name: value[name]}, (*place, name))

    def _misfit_member(self, part: Part, value: Any, place: Place) -> Iterator[Misfit]:
        if value is None and part.hides_null and self.rest is None:
            yield Misfit(place, "unrepresentable", "null is valid, but the column holds it for absent", _DECLARE_NULL)
            return
        found = list(part.column.misfits(value, place))
        yield from unwritable(value, place) if found and part.soft and self.rest is not None else found

    def _hint(self, value: Any) -> str:
        return super()._hint(value) if self.declared else _DECLARE_TYPE
