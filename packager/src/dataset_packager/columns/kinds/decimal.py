"""Decimal numbers, written as strings with one number of digits behind the point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.kinds.interface import ColumnType, Plain, converted, only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

MOST_DIGITS = 38


@dataclass(frozen=True)
class Decimal(ColumnType):
    """Up to ``precision`` digits, ``scale`` of them behind the point."""

    precision: int
    scale: int

    name = "decimal"
    options: ClassVar[Mapping[str, str]] = {
        "precision": "how many digits there may be, up to 38 (required)",
        "scale": "how many of them stand behind the point (required)",
    }
    noun = "decimal numbers"
    profile = "numbers"
    data_type = "sc:Float"

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:
        """Return the type of strings."""
        cls.check(plain)
        precision = only(options, "precision", 0, 1, MOST_DIGITS)
        return cls(precision, only(options, "scale", -1, 0, precision))

    @classmethod
    def read(cls, field: ArrowField) -> Self:
        """Return the type of a field, whose Arrow type has precision and scale."""
        return cls(field.type.precision, field.type.scale)

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type decimal128."""
        return pa.decimal128(self.precision, self.scale)

    @property
    def described(self) -> Mapping[str, Any]:
        """Precision and scale."""
        return {"precision": self.precision, "scale": self.scale}

    @property
    def shown(self) -> str:
        """Name, precision and scale."""
        return f"decimal({self.precision}, {self.scale})"

    @property
    def form(self) -> str:
        """Digits, a point, digits."""
        point = f" with {self.scale} digits behind the point" if self.scale else " without a point"
        return f"a number of up to {self.precision} digits{point}"

    def encode(self, plain: Array) -> Array:
        """Return the numbers that strings say."""
        pattern = rf"\A-?\d{{1,{MOST_DIGITS}}}" + (rf"\.\d{{{self.scale}}}\z" if self.scale else r"\z")
        texts = pc.if_else(pc.match_substring_regex(plain, pattern), plain, pa.scalar(None, plain.type))
        return converted(texts, lambda each: each.cast(self.arrow_type))

    def decode(self, stored: Array) -> Array:
        """Return numbers as strings; Arrow writes small ones with an exponent."""
        texts = stored.cast(pa.string())
        if pc.any(pc.match_substring(texts, "E"), min_count=0).as_py():
            return pa.array([None if each is None else f"{each:f}" for each in stored.to_pylist()], pa.string())
        return texts

    def sql(self, value: str) -> str:
        """Return SQL that writes the number, with the 0 before the point that DuckDB leaves out of some."""
        text = f"CAST({value} AS VARCHAR)"
        return text if self.precision > self.scale else rf"regexp_replace({text}, '^(-?)\.', '\10.')"
