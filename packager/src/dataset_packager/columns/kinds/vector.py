"""Vectors: lists of numbers of one length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.kinds import numbers
from dataset_packager.columns.kinds.interface import ColumnType, Plain, Unfit, dtype, only
from dataset_packager.columns.nested import ListColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

_ITEMS = {
    each.name: each for each in (
        numbers.Float32, numbers.Float64, numbers.Int8, numbers.Int16, numbers.Int32, numbers.Int64,
        numbers.UInt8, numbers.UInt16, numbers.UInt32,
    )
}  # fmt: skip
_LONGEST = 2**20


@dataclass(frozen=True)
class Vector(ColumnType):
    """So many numbers of one type, none of them null."""

    item: ColumnType
    length: int

    name = "vector"
    options: ClassVar[Mapping[str, str]] = {
        "item": "the numbers' type: `float32` (default), `float64`, or one of integers, `int8` to `uint32`",
        "length": "how many numbers there are: by default what the schema demands with `minItems` and `maxItems`",
    }
    noun = "vectors of one length"
    profile = "summary"
    fits = ListColumn
    data_type = "sc:Float"

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:
        """Return the type of lists of numbers."""
        if not isinstance(plain.column, ListColumn):
            raise Unfit(f"it fits lists of numbers, all of one length, and this is {plain.column.why}")
        word = options.get("item", "float32")
        if word not in _ITEMS:
            raise Unfit(f"item must be one of {', '.join(_ITEMS)}")
        try:
            item = _ITEMS[word].settle(Plain(plain.column.item.column), {})
        except Unfit as error:
            raise Unfit(f"item {word}: {error}") from error
        if plain.length is None and "length" not in options:
            raise Unfit(
                'it fits lists of one length: state "minItems" and "maxItems", the same, in the schema, or length'
            )
        length = only(options, "length", plain.length or 0, 1, _LONGEST)
        if plain.length not in (None, length):
            raise Unfit(f"the schema demands {plain.length} elements, and length says {length}")
        return cls(item, length)

    @classmethod
    def read(cls, field: ArrowField) -> Self:
        """Return the type of a field, whose Arrow type has all."""
        return cls(_ITEMS[dtype(field.type.value_type)](), field.type.list_size)

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type fixed_size_list."""
        return pa.list_(pa.field("item", self.item.arrow_type), self.length)

    @property
    def plain_type(self) -> DataType:
        """The Arrow type list."""
        return pa.list_(pa.field("item", self.item.plain_type))

    @property
    def described(self) -> Mapping[str, Any]:
        """The item's type and the length."""
        return {"item": self.item.name, "length": self.length}

    @property
    def croissant(self) -> str:
        """The name of the numbers' type."""
        return self.item.croissant

    @property
    def shown(self) -> str:
        """Name, item and length."""
        return f"vector<{self.item.name}, {self.length}>"

    @property
    def form(self) -> str:
        """Length and item."""
        return f"a list of {self.length} elements, each {self.item.form}"

    def encode(self, plain: Array) -> Array:
        """Return lists as vectors, null for those of another length."""
        fits = pc.fill_null(pc.equal(plain.value_lengths(), self.length), False).to_numpy(zero_copy_only=False)
        items = self.item.encode(plain.filter(pa.array(fits)).flatten())
        vectors: Any = pa.FixedSizeListArray
        made = vectors.from_arrays(items, type=self.arrow_type)
        return made if fits.all() else made.take(pa.array(np.cumsum(fits) - 1, pa.int64(), mask=~fits))

    def decode(self, stored: Array) -> Array:
        """Return vectors as lists."""
        here = stored.is_valid().to_numpy(zero_copy_only=False)
        starts = np.zeros(len(here) + 1, np.int32)
        np.cumsum(here * self.length, out=starts[1:])
        items = self.item.decode(stored.flatten())
        lists: Any = pa.ListArray
        return lists.from_arrays(
            pa.array(starts), items, type=self.plain_type, mask=None if here.all() else pa.array(~here)
        )

    def equal(self, ours: Array, theirs: Array) -> Array:
        """Return which lists have the same elements."""
        here = ours.is_valid()
        alike = self.item.equal(ours.flatten(), theirs.filter(here).flatten())
        if pc.all(pc.fill_null(alike, False), min_count=0).as_py():
            return here
        each = pc.fill_null(alike, False).to_numpy(zero_copy_only=False).reshape(-1, self.length).all(axis=1)
        present = here.to_numpy(zero_copy_only=False)
        told = np.zeros(len(present), np.bool_)
        told[present] = each
        return pa.array(told)

    @property
    def feature(self) -> dict[str, Any]:
        """The feature List with a length."""
        return {"feature": self.item.feature, "length": self.length, "_type": "List"}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The same; ``datasets`` reads no list whose length stands first."""
        return {"list": self.item.card_feature["dtype"], "length": self.length}

    def sql(self, value: str) -> str:
        """Return SQL that gives the list."""
        return f"list_transform(CAST({value} AS {_SQL[self.item.name]}[]), lambda each: {self.item.sql('each')})"


_SQL = {
    "float32": "FLOAT", "float64": "DOUBLE", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER",
    "int64": "BIGINT", "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER",
}  # fmt: skip
