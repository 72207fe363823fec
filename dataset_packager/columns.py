"""Columns: from JSON values to Arrow arrays, exactly or not at all.

Each column builds its array from all values of a batch at once: one pass per member, no look at the schema per value. A
batch with a value that doesn't fit raises ``DoesNotFit``; ``misfits`` then says for each record what doesn't fit and why.
A struct's members that are absent arrive as ``None`` like null; only JSON text keeps the two apart (``ABSENT``).
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, compress
from operator import itemgetter
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from dataset_packager.canonical import canonical

ENCODING, JSON_TEXT, JSON_MEMBERS, MAP = "encoding", "json", "json-members", "map"
ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
Place = tuple[str | int, ...]
_INT64 = 2**63
_EXACT = 2**53
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NOTHING = frozenset({type(None)})
_NOT_TYPED = (
    "the schema names members and declares no type: declare every type that it may have, "
    'as in "type": ["object", "string"]; the column then holds JSON text'
)


class DoesNotFit(Exception):  # noqa: N818 - no error: the slower way then finds out what doesn't fit
    """A value of the batch doesn't fit its column."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that its column can't hold: where within the record, the finding's code and message, how to mend it."""

    place: Place
    code: str
    message: str
    hint: str


def path_text(place: Place) -> str:
    """Return the path of a place within a record, as in ``$.figures[0].low``; odd names are quoted: ``$["a.b"]``."""
    text = "$"
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_NAME.fullmatch(step):
            text += f".{step}"
        else:
            text += f"[{canonical(step)}]"
    return text


@dataclass(frozen=True)
class Column(ABC):
    """A column, or a part of one. ``why`` says to people which rule of the schema made it so."""

    why: str = ""

    encoding: ClassVar[str | None] = None
    keeps_null: ClassVar[bool] = False  # whether null and absent are told apart
    takes: ClassVar[frozenset[type]] = _NOTHING
    noun: ClassVar[str] = "null"

    @cached_property
    @abstractmethod
    def type(self) -> pa.DataType:
        """The Arrow type."""

    @abstractmethod
    def build(self, values: list[Any]) -> pa.Array:
        """Return the array of ``values``.

        Raises:
            DoesNotFit: one of them can't be held exactly.
        """

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:
        """Yield what of ``value``, which stands at ``place``, the column can't hold."""
        if value is not None and type(value) not in self.takes:
            message = f"{excerpt(value)} is valid, but the column holds {self.noun}"
            yield Misfit(place, "unrepresentable", message, _widen(value))

    def _checked(self, values: list[Any]) -> frozenset[type]:
        kinds = frozenset(map(type, values))
        if not kinds <= self.takes | _NOTHING:
            raise DoesNotFit
        return kinds


def excerpt(value: Any, length: int = 80) -> str:
    """Return the JSON text of ``value``, cut to ``length`` code points."""
    if isinstance(value, int) and value.bit_length() > 4 * length:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = canonical(value)
    except ValueError:
        text = repr(value) if isinstance(value, float) else "the value"
    return text if len(text) <= length else text[: length - 1] + "…"


def _widen(value: Any) -> str:
    name = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}[type(value)]
    return f'declare in the schema that the value may also be of type "{name}" (the column then holds JSON text)'


@dataclass(frozen=True)
class NullColumn(Column):
    """Null and nothing else."""

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.null()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        self._checked(values)
        return pa.nulls(len(values))


@dataclass(frozen=True)
class BooleanColumn(Column):
    """True or false."""

    takes = frozenset({bool})
    noun = "true and false"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.bool_()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        self._checked(values)
        return pa.array(values, self.type)


@dataclass(frozen=True)
class StringColumn(Column):
    """Strings, dates and times among them."""

    takes = frozenset({str})
    noun = "strings"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.string()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        self._checked(values)
        try:
            return pa.array(values, self.type)
        except UnicodeEncodeError as error:
            raise DoesNotFit from error

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from super().misfits(value, place)
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            hint = "write the character that the pair of surrogates stands for"
            yield Misfit(place, "encoding", "the string has an unpaired surrogate, which UTF-8 can't hold", hint)


@dataclass(frozen=True)
class IntegerColumn(Column):
    """Integers of up to ``digits`` decimal digits, or of 64 bits where that is 0; 1.0 is the integer 1."""

    digits: int = 0

    takes = frozenset({int, float})
    noun = "integers"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.decimal128(self.digits, 0) if self.digits else pa.int64()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        if float in self._checked(values):
            values = [self._integer(value) if type(value) is float else value for value in values]
        if self.digits and not all(self._fits(value) for value in values if value is not None):
            raise DoesNotFit
        try:
            return pa.array(values, self.type)
        except OverflowError as error:
            raise DoesNotFit from error

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from super().misfits(value, place)
        if type(value) is float and not value.is_integer():
            yield Misfit(
                place, "unrepresentable", f"{excerpt(value)} is no integer, the column holds integers", _widen(value)
            )
        elif type(value) in self.takes and not self._fits(int(value)):
            least, greatest = self._range
            message = f"{excerpt(value)} is beyond what the column holds, {least} to {greatest}"
            hint = 'declare "minimum" and "maximum" in the schema: the column then takes all integers between them'
            yield Misfit(place, "range", message, hint)

    @cached_property
    def _range(self) -> tuple[int, int]:
        return (1 - 10**self.digits, 10**self.digits - 1) if self.digits else (-_INT64, _INT64 - 1)

    def _fits(self, value: int) -> bool:
        return self._range[0] <= value <= self._range[1]

    def _integer(self, value: float) -> int:
        if not value.is_integer():
            raise DoesNotFit
        return int(value)


@dataclass(frozen=True)
class NumberColumn(Column):
    """Doubles, and the integers that a double holds exactly."""

    takes = frozenset({int, float})
    noun = "numbers"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.float64()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        if int in self._checked(values):
            values = [self._double(value) if type(value) is int else value for value in values]
        array = pa.array(values, self.type)
        if not np.isfinite(array.drop_null().to_numpy()).all():
            raise DoesNotFit
        return array

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from super().misfits(value, place)
        if type(value) is int and not _is_double(value):
            message = f"{excerpt(value)} is an integer that a double can't hold exactly"
            yield Misfit(
                place, "range", message, 'declare "type": "integer" in the schema, or write the number as a string'
            )
        elif type(value) is float and not math.isfinite(value):
            message = f"{excerpt(value)} is beyond the range of a double"
            yield Misfit(place, "range", message, "write the number as a string")

    def _double(self, value: int) -> float:
        if not _is_double(value):
            raise DoesNotFit
        return float(value)


def _is_double(value: int) -> bool:
    if -_EXACT <= value <= _EXACT:
        return True
    try:
        return int(float(value)) == value
    except OverflowError:
        return False


@dataclass(frozen=True)
class JsonColumn(Column):
    """Canonical JSON text of anything; an absent member is null, null is the text ``null``."""

    encoding = JSON_TEXT
    keeps_null = True

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.string()

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        return _texts([None if value is ABSENT else _text(value) for value in values])

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from _unwritable(value, place)


def _text(value: Any) -> str:
    try:
        return canonical(value)
    except (ValueError, RecursionError) as error:
        raise DoesNotFit from error


def _texts(texts: list[str | None]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError as error:
        raise DoesNotFit from error


def _unwritable(value: Any, place: Place) -> Iterator[Misfit]:
    try:
        canonical(value).encode()
    except UnicodeEncodeError:
        hint = "write the character that the pair of surrogates stands for"
        yield Misfit(place, "encoding", "a string has an unpaired surrogate, which UTF-8 can't hold", hint)
    except ValueError:
        message = "a number is beyond the range of a double, or has more than 4,300 digits"
        yield Misfit(place, "range", message, "write the number as a string")
    except RecursionError:
        yield Misfit(place, "too-deep", "the value is nested too deeply", "nest it less deeply")


@dataclass(frozen=True)
class ListColumn(Column):
    """Lists of one type."""

    item: Field = field(kw_only=True)

    takes = frozenset({list})
    noun = "lists"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.list_(self.item.arrow)

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        kinds = self._checked(values)
        present = [value for value in values if value is not None] if type(None) in kinds else values
        items = self.item.column.build(list(chain.from_iterable(present)))
        return _list_array(self.type, values, len(present), items)

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from super().misfits(value, place)
        if isinstance(value, list):
            for index, element in enumerate(value):
                yield from self.item.column.misfits(element, (*place, index))


def _list_array(arrow: pa.DataType, values: list[Any], present: int, items: pa.Array) -> pa.Array:
    offsets = np.zeros(len(values) + 1, np.int32)
    mask = None
    if present == len(values):
        np.cumsum(list(map(len, values)), out=offsets[1:])
    else:
        np.cumsum([0 if value is None else len(value) for value in values], out=offsets[1:])
        mask = pa.array([value is None for value in values], pa.bool_())
    return pa.ListArray.from_arrays(pa.array(offsets), items, type=arrow, mask=mask)


@dataclass(frozen=True)
class MapColumn(Column):
    """Objects with any names and values of one type, as lists of key and value in the record's order."""

    value: Field = field(kw_only=True)

    encoding = MAP
    takes = frozenset({dict})
    noun = "objects"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.list_(pa.field("item", self._entry))

    @cached_property
    def _entry(self) -> pa.DataType:
        return pa.struct([pa.field("key", pa.string()), self.value.arrow])

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        kinds = self._checked(values)
        present = [value for value in values if value is not None] if type(None) in kinds else values
        keys = _texts(list(chain.from_iterable(present)))
        held = self.value.column.build(list(chain.from_iterable(map(dict.values, present))))
        entries = pa.StructArray.from_arrays([keys, held], fields=list(self._entry))
        return _list_array(self.type, values, len(present), entries)

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        yield from super().misfits(value, place)
        if isinstance(value, dict):
            for name, element in value.items():
                yield from self.value.column.misfits(element, (*place, name))


@dataclass(frozen=True)
class Field:
    """A named part: a struct's member, a list's item, a map's value.

    Attributes:
        soft: a value that doesn't fit goes to the struct's additional members.
        required, nullable: what the schema says of the member.
    """

    name: str
    column: Column
    metadata: Mapping[str, str] = field(default_factory=dict)
    soft: bool = False
    required: bool = False
    nullable: bool = False

    @cached_property
    def arrow(self) -> pa.Field:
        """The Arrow field, nullable as all fields are, with its metadata in the order of the keys."""
        return pa.field(self.name, self.column.type, metadata=dict(sorted(self.metadata.items())) or None)


@dataclass(frozen=True)
class StructColumn(Column):
    """Objects with named members.

    Attributes:
        rest: the name of the part that holds all other members as JSON text; None where there can be none.
        declared: whether the schema says that the value is an object, or only speaks of its members.
    """

    members: tuple[Field, ...] = field(kw_only=True)
    rest: str | None = None
    rest_metadata: Mapping[str, str] = field(default_factory=dict)
    declared: bool = True

    takes = frozenset({dict})
    noun = "objects"

    @cached_property
    def type(self) -> pa.DataType:  # noqa: D102
        return pa.struct(self.fields)

    @cached_property
    def fields(self) -> list[pa.Field]:
        """The Arrow fields, that of the additional members last."""
        fields = [member.arrow for member in self.members]
        if self.rest is not None:
            metadata = {**self.rest_metadata, ENCODING: JSON_MEMBERS}
            fields.append(pa.field(self.rest, pa.string(), metadata=dict(sorted(metadata.items()))))
        return fields

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the members that have their own part."""
        return frozenset(member.name for member in self.members)

    def build(self, values: list[Any]) -> pa.Array:  # noqa: D102
        if type(None) not in self._checked(values):
            return self._array(values)
        here = np.fromiter((value is not None for value in values), np.bool_, len(values))
        if not here.any():
            return pa.nulls(len(values), self.type)
        dense = self._array(list(compress(values, here)))
        return dense.take(pa.array(np.cumsum(here) - 1, pa.int64(), mask=~here))

    def _array(self, values: list[dict[str, Any]]) -> pa.Array:
        if not values:
            return pa.array([], self.type)
        return pa.StructArray.from_arrays(self.arrays(values), fields=self.fields)

    def arrays(self, values: list[dict[str, Any]]) -> list[pa.Array]:
        """Return the arrays of all parts for objects that are all present.

        Raises:
            DoesNotFit: a value can't be held exactly.
        """
        occurring = set(chain.from_iterable(values))
        spilled: dict[int, dict[str, Any]] = {}
        arrays = [
            self._member(member, values, spilled)
            if member.name in occurring
            else pa.nulls(len(values), member.column.type)
            for member in self.members
        ]
        if self.rest is not None:
            arrays.append(self._rest(values, spilled, some=not occurring <= self.names))
        elif not occurring <= self.names:
            raise DoesNotFit
        return arrays

    def _member(self, member: Field, values: list[dict[str, Any]], spilled: dict[int, dict[str, Any]]) -> pa.Array:
        name, column = member.name, member.column
        try:
            held = list(map(itemgetter(name), values))
        except KeyError:
            default = ABSENT if column.keeps_null else None
            held = [value.get(name, default) for value in values]
        try:
            return column.build(held)
        except DoesNotFit:
            if not member.soft or self.rest is None:
                raise
        for index, value in enumerate(held):
            if value is not ABSENT and any(column.misfits(value, ())):
                held[index] = ABSENT if column.keeps_null else None
                spilled.setdefault(index, {})[name] = value
        return column.build(held)

    def _rest(self, values: list[dict[str, Any]], spilled: dict[int, dict[str, Any]], *, some: bool) -> pa.Array:
        if not some and not spilled:
            return pa.nulls(len(values), pa.string())
        only_named = self.names.issuperset
        texts: list[str | None] = [None] * len(values)
        for index, value in enumerate(values):
            if not only_named(value) or index in spilled:
                others = {name: held for name, held in value.items() if name not in self.names}
                texts[index] = _text(others | spilled.get(index, {}))
        return _texts(texts)

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: D102
        for misfit in super().misfits(value, place):
            yield misfit if self.declared else Misfit(misfit.place, misfit.code, misfit.message, _NOT_TYPED)
        if isinstance(value, dict):
            for member in self.members:
                if member.name in value:
                    yield from self._misfit_member(member, value[member.name], (*place, member.name))
            yield from self._misfit_others(value, place)

    def _misfit_member(self, member: Field, value: Any, place: Place) -> Iterator[Misfit]:
        found = list(member.column.misfits(value, place))
        yield from _unwritable(value, place) if found and member.soft and self.rest is not None else found

    def _misfit_others(self, value: dict[str, Any], place: Place) -> Iterator[Misfit]:
        for name in (name for name in value if name not in self.names):
            if self.rest is not None:
                yield from _unwritable({name: value[name]}, (*place, name))
            else:
                message = f"the object has a member {excerpt(name)} that the schema doesn't name, and no column for such members"
                yield Misfit(
                    (*place, name), "unrepresentable", message, 'name the member under "properties" in the schema'
                )
