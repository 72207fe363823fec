"""Instants: YYYY-MM-DDTHH:MM:SS.fffZ with one number of digits behind the point, stored as a count since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.kinds.date import only_written
from dataset_packager.columns.kinds.interface import ColumnType, Plain, Unfit, converted, only
from dataset_packager.columns.metadata import DIGITS, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

_UNITS = {"ms": 3, "us": 6, "ns": 9}
_SECONDS = len("YYYY-MM-DDTHH:MM:SS")
_T = len("YYYY-MM-DD")
_ENDLESS = 2**63 - 1  # DuckDB reads infinity


@dataclass(frozen=True)
class Timestamp(ColumnType):
    """Instants in UTC; ``digits`` is how many digits stand behind the point of the seconds, 0 for no point."""

    unit: str
    digits: int

    name = "timestamp"
    options: ClassVar[Mapping[str, str]] = {
        "unit": "`ms` (default), `us` or `ns`: what is counted; nanoseconds reach from 1677 to 2262",
        "digits": "how many digits stand behind the point of the seconds: by default 3, 6 or 9, as the unit has them",
    }
    noun = "instants of UTC"
    profile = "times"
    data_type = "sc:DateTime"

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:
        """Return the type of strings."""
        cls.check(plain)
        unit = options.get("unit", "ms")
        if unit not in _UNITS:
            raise Unfit(f"unit must be one of {', '.join(_UNITS)}")
        return cls(unit, only(options, "digits", _UNITS[unit], 0, _UNITS[unit]))

    @classmethod
    def read(cls, field: ArrowField) -> Self:
        """Return the type of a field: the Arrow type has the unit, the metadata the digits."""
        return cls(field.type.unit, int(said(field, DIGITS) or _UNITS[field.type.unit]))

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type timestamp[unit, tz=UTC]."""
        return pa.timestamp(self.unit, "UTC")

    @property
    def metadata(self) -> Mapping[str, str]:
        """The digits."""
        return {DIGITS: str(self.digits)}

    @property
    def described(self) -> Mapping[str, Any]:
        """Unit and digits."""
        return {"unit": self.unit, DIGITS: self.digits}

    @property
    def shown(self) -> str:
        """Name and unit."""
        return f"timestamp[{self.unit}]"

    @property
    def form(self) -> str:
        """As RFC 3339 in UTC."""
        fraction = "." + "f" * self.digits if self.digits else ""
        return f"YYYY-MM-DDTHH:MM:SS{fraction}Z"

    def encode(self, plain: Array) -> Array:
        """Return the instants that strings say."""
        fraction = rf"\.\d{{{self.digits}}}" if self.digits else ""
        written = only_written(plain, rf"\A\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{fraction}Z\z")
        stored = converted(written, lambda texts: texts.cast(self.arrow_type))
        endless = pc.equal(stored.cast(pa.int64()), _ENDLESS)
        return pc.if_else(endless, pa.scalar(None, self.arrow_type), stored)

    def decode(self, stored: Array) -> Array:
        """Return instants as strings."""
        texts = stored.cast(pa.timestamp(self.unit)).cast(pa.string())
        texts = pc.utf8_replace_slice(texts, _T, _T + 1, "T")
        texts = pc.utf8_slice_codeunits(texts, 0, _SECONDS + (1 + self.digits if self.digits else 0))
        return pc.binary_join_element_wise(texts, "Z", "")

    def sql(self, value: str) -> str:
        """Return SQL that writes the instant."""
        fraction = f".%{'n' if self.unit == 'ns' else 'f'}" if self.digits else ""
        places = _SECONDS + (1 + self.digits if self.digits else 0)
        plain = f"CAST({value} AS {'TIMESTAMP_NS' if self.unit == 'ns' else 'TIMESTAMP'})"
        return f"left(strftime({plain}, '%Y-%m-%dT%H:%M:%S{fraction}'), {places}) || 'Z'"
