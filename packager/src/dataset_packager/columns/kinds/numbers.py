"""Numbers of fewer bits than 64, and integers of 64 without a sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import Column, IntegerColumn, NumberColumn
from dataset_packager.columns.kinds.interface import ColumnType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataset_packager.columns.arrow import Array, DataType

_BEYOND_INT64 = 20  # digits: what 64 bits without a sign may have

_OF_64_BITS = "sc:Integer"  # not cr:Int64: beside nulls pandas makes doubles of them, and mlcroissant fails at the ends
_ALWAYS_ENOUGH, _MOST_DIGITS = 6, 9  # a text of up to 6 digits comes back from any normal number, 9 tell all apart
_LEAST_NORMAL = "1.17549435e-38"
_UNEVEN = ("1.2621775e-29", "1.5474251e26", "1.2379401e27")
"""Powers of two whose shortest text isn't the number rounded: the neighbour below is nearer than the one above."""


@dataclass(frozen=True)
class _Number(ColumnType):
    """A type without options; its name is that of its Arrow type."""

    profile = "numbers"

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type of that name."""
        return pa.type_for_alias(self.name)

    def sql(self, value: str) -> str:
        """Return SQL that gives the plain number."""
        return f"CAST({value} AS BIGINT)"


class _Integer(_Number):
    bits: ClassVar[int]
    signed: ClassVar[bool] = True
    fits = IntegerColumn

    def plain_column(self, column: Column) -> Column:
        """Return the column of integers that takes all of them, whatever bounds the schema gives."""
        return IntegerColumn(column.why)

    @property
    def plain_type(self) -> DataType:
        """The Arrow type int64."""
        return pa.int64()

    @property
    def form(self) -> str:
        """The range."""
        least, greatest = (-(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1) if self.signed else (0, 2**self.bits - 1)
        return f"an integer from {least} to {greatest}"

    def encode(self, plain: Array) -> Array:
        """Return integers of fewer bits; of those out of range, others."""
        return plain.cast(self.arrow_type, safe=False)

    def decode(self, stored: Array) -> Array:
        """Return integers of 64 bits."""
        return stored.cast(self.plain_type)


class Int8(_Integer):
    """Integers of 8 bits."""

    name, noun, data_type, bits = "int8", "integers of 8 bits", "cr:Int8", 8


class Int16(_Integer):
    """Integers of 16 bits."""

    name, noun, data_type, bits = "int16", "integers of 16 bits", "cr:Int16", 16


class Int32(_Integer):
    """Integers of 32 bits."""

    name, noun, data_type, bits = "int32", "integers of 32 bits", "cr:Int32", 32


class Int64(_Integer):
    """Integers of 64 bits."""

    name, noun, data_type, bits = "int64", "integers of 64 bits", _OF_64_BITS, 64


class UInt8(_Integer):
    """Integers of 8 bits without a sign."""

    name, noun, data_type, bits, signed = "uint8", "integers of 8 bits without a sign", "cr:UInt8", 8, False


class UInt16(_Integer):
    """Integers of 16 bits without a sign."""

    name, noun, data_type, bits, signed = "uint16", "integers of 16 bits without a sign", "cr:UInt16", 16, False


class UInt32(_Integer):
    """Integers of 32 bits without a sign."""

    name, noun, data_type, bits, signed = "uint32", "integers of 32 bits without a sign", "cr:UInt32", 32, False


class UInt64(_Integer):
    """Integers of 64 bits without a sign: more than the plain column of 64 bits holds, which is one of decimals."""

    name, noun, data_type, bits, signed = "uint64", "integers of 64 bits without a sign", _OF_64_BITS, 64, False

    def plain_column(self, column: Column) -> Column:
        """Return a column of integers with more digits than 64 bits hold."""
        return IntegerColumn(column.why, digits=_BEYOND_INT64)

    @property
    def plain_type(self) -> DataType:
        """The Arrow type decimal128(20, 0)."""
        return pa.decimal128(_BEYOND_INT64, 0)

    def encode(self, plain: Array) -> Array:
        """Return integers without a sign; null for those out of range."""
        fits = pc.and_(pc.greater_equal(plain, 0), pc.less(plain, pa.scalar(2**64, self.plain_type)))
        return pc.if_else(fits, plain, pa.scalar(None, self.plain_type)).cast(pa.uint64())

    def sql(self, value: str) -> str:
        """Return SQL that gives the plain number."""
        return f"CAST({value} AS DECIMAL({_BEYOND_INT64}, 0))"


class _Float(_Number):
    """Floating-point numbers; unless a type says otherwise, each stands for the double that it is."""

    fits = NumberColumn

    @property
    def plain_type(self) -> DataType:
        """The Arrow type double."""
        return pa.float64()

    @property
    def form(self) -> str:
        """Any number."""
        return "a number"

    def encode(self, plain: Array) -> Array:
        """Return the nearest numbers of as many bits."""
        return plain.cast(self.arrow_type, safe=False)

    def decode(self, stored: Array) -> Array:
        """Return the numbers as doubles."""
        return stored.cast(self.plain_type)

    def sql(self, value: str) -> str:
        """Return the number."""
        return value


class Float64(_Float):
    """Doubles, which plain numbers are as well."""

    name, noun, data_type = "float64", "floating-point numbers of 64 bits", "cr:Float64"


class Float32(_Float):
    """Floating-point numbers of 32 bits; each stands for the double of its shortest text."""

    name, noun, data_type = "float32", "floating-point numbers of 32 bits", "cr:Float32"

    @property
    def form(self) -> str:
        """Its shortest text."""
        return "the shortest text of a floating-point number of 32 bits (at most 9 digits)"

    def decode(self, stored: Array) -> Array:
        """Return the doubles of the shortest texts."""
        return stored.cast(pa.string()).cast(self.plain_type)

    def sql(self, value: str) -> str:
        """Return SQL that gives the plain number; a cast to text writes more digits than the shortest text has."""
        powers = " ".join(f"WHEN abs({value}) = {text}::FLOAT THEN sign({value}) * {text}" for text in _UNEVEN)
        few, many = (_fewest_digits(value, range(first, _MOST_DIGITS)) for first in (1, _ALWAYS_ENOUGH))
        return f"CASE {powers} WHEN abs({value}) < {_LEAST_NORMAL}::FLOAT THEN {few} ELSE {many} END"


def _fewest_digits(value: str, digits: Iterable[int]) -> str:
    """Return SQL that rounds to the first of some numbers of digits that tell a number of 32 bits from all others."""
    texts = {count: f"format('{{:.{count}g}}', CAST({value} AS DOUBLE))" for count in (*digits, _MOST_DIGITS)}
    tried = " ".join(f"WHEN CAST({text} AS FLOAT) = {value} THEN CAST({text} AS DOUBLE)" for text in texts.values())
    return f"CASE {tried} END"
