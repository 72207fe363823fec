"""Dates: YYYY-MM-DD of the years 1 to 9999, stored as days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.kinds.interface import ColumnType, converted

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType

_WRITTEN = r"\A\d{4}-\d{2}-\d{2}\z"
YEAR_0 = "0000"  # Python has no such year, and so nor have readers that give its dates


@dataclass(frozen=True)
class Date(ColumnType):
    """Days of the proleptic Gregorian calendar, as ISO 8601 has them."""

    name = "date"
    noun = "dates"
    profile = "times"
    data_type = "sc:Date"

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type date32."""
        return pa.date32()

    @property
    def form(self) -> str:
        """As ISO 8601."""
        return "YYYY-MM-DD, in the years 0001 to 9999"

    def encode(self, plain: Array) -> Array:
        """Return the days that strings say."""
        return converted(only_written(plain, _WRITTEN), lambda texts: texts.cast(pa.date32()))

    def decode(self, stored: Array) -> Array:
        """Return days as strings."""
        return stored.cast(pa.string())

    def sql(self, value: str) -> str:
        """Return SQL that writes the day."""
        return f"strftime({value}, '%Y-%m-%d')"


def only_written(texts: Array, pattern: str) -> Array:
    """Return texts of a pattern that don't begin with the year 0; null for all others."""
    fits = pc.and_(pc.match_substring_regex(texts, pattern), pc.invert(pc.starts_with(texts, YEAR_0)))
    return texts if pc.all(fits, min_count=0).as_py() else pc.if_else(fits, texts, pa.scalar(None, texts.type))
