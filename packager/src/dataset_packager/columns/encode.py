"""Columns: from JSON values to Arrow arrays, exactly or not at all.

Each column builds its array from all values of a batch at once: one pass per member, no look at the schema per value.
A batch with a value that doesn't fit raises ``DoesNotFit``; ``misfits`` then says of each record what doesn't fit and
why. Absent members arrive as ``None`` like null; only JSON text keeps the two apart (``ABSENT``). Elsewhere the struct
around them does: a null that would be read back as absent stands among its additional members.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.text import shown
from dataset_packager.columns.metadata import JSON_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.arrow import Array, DataType

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT"})()
Place = tuple[str | int, ...]
_INT64 = 2**63
_EXACT = 2**53
_LONG_INTEGER = 512  # bits
_NULL = frozenset({type(None)})
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
_WRITE_AS_STRING = "write the number as a string"
_SURROGATE = "has an unpaired surrogate, which UTF-8 can't hold"
_WRITE_CHARACTER = "write the character that the pair of surrogates stands for"


class DoesNotFit(Exception):  # no error: a slower way then finds out what doesn't fit
    """A value of the batch doesn't fit its column."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that its column can't hold: where in the record, the finding's code and message, how to mend it."""

    place: Place
    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class Column(ABC):
    """A column, or a part of one. ``why`` says to people which rule of the schema made it so.

    Attributes:
        encoding: what the field's metadata say of how its values are written.
        keeps_null: whether null and absent are told apart.
        takes: the Python types of the JSON values that it may hold, besides null; none for all types.
        noun: what it holds, in words.
    """

    why: str = ""

    encoding: ClassVar[str | None] = None
    keeps_null: ClassVar[bool] = False
    takes: ClassVar[frozenset[type]] = frozenset()
    noun: ClassVar[str] = "anything"

    @cached_property
    @abstractmethod
    def arrow_type(self) -> DataType:
        """The Arrow type."""

    def build(self, values: list[Any]) -> Array:
        """Return the array of ``values``.

        Raises:
            DoesNotFit: one of them can't be held exactly.
        """
        kinds = frozenset(map(type, values))
        if self.takes and not kinds <= self.takes | _NULL:
            raise DoesNotFit
        return self._build(values, kinds)

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:
        """Yield what of ``value``, which stands at ``place``, the column can't hold."""
        if not self.takes or type(value) in self.takes:
            yield from self._misfits(value, place)
        elif value is not None:
            message = f"{excerpt(value)} is valid, but the column holds {self.noun}"
            yield Misfit(place, "unrepresentable", message, self._hint(value))

    @abstractmethod
    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        """Return the array of values of the right types; these are given too."""

    def _misfits(self, value: Any, place: Place) -> Iterator[Misfit]:  # noqa: ARG002
        """Yield what of a value of the right type can't be held."""
        yield from ()

    def _hint(self, value: Any) -> str:
        name = _TYPES[type(value)]
        return f'declare in the schema that the value may also be of type "{name}" (the column then holds JSON text)'


def excerpt(value: Any) -> str:
    """Return the JSON text of ``value``, cut to a length for a message."""
    if isinstance(value, int) and value.bit_length() > _LONG_INTEGER:
        return f"an integer of {value.bit_length()} bits"
    return shown(value)


@dataclass(frozen=True)
class NullColumn(Column):
    """Null and nothing else."""

    takes = _NULL
    noun = "nothing but null"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type null."""
        return pa.null()

    def _build(self, values: list[Any], _: frozenset[type]) -> Array:
        return pa.nulls(len(values))


@dataclass(frozen=True)
class BooleanColumn(Column):
    """True or false."""

    takes = frozenset({bool})
    noun = "true and false"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type bool."""
        return pa.bool_()

    def _build(self, values: list[Any], _: frozenset[type]) -> Array:
        return pa.array(values, pa.bool_())


@dataclass(frozen=True)
class StringColumn(Column):
    """Strings, dates and times among them."""

    takes = frozenset({str})
    noun = "strings"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type string."""
        return pa.string()

    def _build(self, values: list[Any], _: frozenset[type]) -> Array:
        return text_array(values)

    def _misfits(self, value: str, place: Place) -> Iterator[Misfit]:
        if any("\ud800" <= character <= "\udfff" for character in value):
            yield Misfit(place, "encoding", f"the string {_SURROGATE}", _WRITE_CHARACTER)


def text_array(texts: list[str | None]) -> Array:
    """Return an array of strings.

    Raises:
        DoesNotFit: one has an unpaired surrogate.
    """
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError as error:
        raise DoesNotFit from error


@dataclass(frozen=True)
class IntegerColumn(Column):
    """Integers of up to ``digits`` decimal digits, or of 64 bits where that is 0; 1.0 is the integer 1."""

    digits: int = 0

    takes = frozenset({int, float})
    noun = "integers"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type int64 or decimal128."""
        return pa.decimal128(self.digits, 0) if self.digits else pa.int64()

    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        if float in kinds:
            values = [_integer(value) if type(value) is float else value for value in values]
        if self.digits and not all(self._fits(value) for value in values if value is not None):
            raise DoesNotFit
        try:
            return pa.array(values, self.arrow_type)
        except OverflowError as error:
            raise DoesNotFit from error

    def _misfits(self, value: int | float, place: Place) -> Iterator[Misfit]:
        if isinstance(value, float) and not value.is_integer():
            message = f"{excerpt(value)} is no integer, and the column holds integers"
            yield Misfit(place, "unrepresentable", message, self._hint(value))
        elif not self._fits(int(value)):
            least, greatest = self._range
            message = f"{excerpt(value)} is beyond what the column holds, {least} to {greatest}"
            hint = 'declare "minimum" and "maximum" in the schema: the column then takes all integers between them'
            yield Misfit(place, "range", message, hint)

    @cached_property
    def _range(self) -> tuple[int, int]:
        return (1 - 10**self.digits, 10**self.digits - 1) if self.digits else (-_INT64, _INT64 - 1)

    def _fits(self, value: int) -> bool:
        return self._range[0] <= value <= self._range[1]


def _integer(value: float) -> int:
    if not value.is_integer():
        raise DoesNotFit
    return int(value)


@dataclass(frozen=True)
class NumberColumn(Column):
    """Doubles, and the integers that a double holds exactly."""

    takes = frozenset({int, float})
    noun = "numbers"

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type double."""
        return pa.float64()

    def _build(self, values: list[Any], kinds: frozenset[type]) -> Array:
        try:
            array = pa.array(values, pa.float64())
        except (pa.ArrowInvalid, OverflowError):  # an integer beyond 2^53: some of these are doubles too
            array = pa.array([_double(value) if type(value) is int else value for value in values], pa.float64())
        if float in kinds and not np.isfinite(array.drop_null().to_numpy()).all():
            raise DoesNotFit
        return array

    def _misfits(self, value: int | float, place: Place) -> Iterator[Misfit]:
        if isinstance(value, float) and not math.isfinite(value):
            yield Misfit(place, "range", f"{excerpt(value)} is beyond the range of a double", _WRITE_AS_STRING)
        elif isinstance(value, int) and not _is_double(value):
            message = f"{excerpt(value)} can't be held exactly by the column's doubles"
            yield Misfit(place, "range", message, 'declare "type": "integer" in the schema, or ' + _WRITE_AS_STRING)


def _double(value: int) -> float:
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
    def arrow_type(self) -> DataType:
        """The Arrow type string."""
        return pa.string()

    def _build(self, values: list[Any], _: frozenset[type]) -> Array:
        return text_array([None if value is ABSENT else json_text(value) for value in values])

    def _misfits(self, value: Any, place: Place) -> Iterator[Misfit]:
        yield from unwritable(value, place)


def json_text(value: Any) -> str:
    """Return the canonical JSON text of ``value``.

    Raises:
        DoesNotFit: it has none.
    """
    try:
        return canonical(value)
    except (ValueError, RecursionError) as error:
        raise DoesNotFit from error


def unwritable(value: Any, place: Place) -> Iterator[Misfit]:
    """Yield why ``value`` has no JSON text in UTF-8, if it has none."""
    try:
        canonical(value).encode()
    except UnicodeEncodeError:
        yield Misfit(place, "encoding", f"a string {_SURROGATE}", _WRITE_CHARACTER)
    except ValueError:
        message = "a number is beyond the range of a double, or has more than 4,300 digits"
        yield Misfit(place, "range", message, _WRITE_AS_STRING)
    except RecursionError:
        yield Misfit(place, "too-deep", "the value is nested too deeply", "nest it less deeply")
