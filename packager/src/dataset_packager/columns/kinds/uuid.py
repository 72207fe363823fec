"""UUIDs in lower case with hyphens, stored as their 16 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.kinds.interface import ColumnType

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType

_WRITTEN = r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z"
_SIZE, _LENGTH, _HYPHENS = 16, 36, (8, 13, 18, 23)
_HEXADECIMAL = [place for place in range(_LENGTH) if place not in _HYPHENS]


@dataclass(frozen=True)
class Uuid(ColumnType):
    """UUIDs as RFC 9562 has them in section 4, in lower case."""

    name = "uuid"
    noun = "UUIDs"
    profile = "summary"
    data_type = "sc:Text"

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type fixed_size_binary[16]."""
        return pa.binary(_SIZE)

    @property
    def form(self) -> str:
        """As RFC 9562."""
        return "a UUID in lower case with its four hyphens (RFC 9562, section 4)"

    def encode(self, plain: Array) -> Array:
        """Return the bytes that strings say."""
        fits = pc.fill_null(pc.match_substring_regex(plain, _WRITTEN), False)
        texts = "".join(plain.filter(fits).to_pylist()).encode()
        digits = np.frombuffer(texts, np.uint8).reshape(-1, _LENGTH)[:, _HEXADECIMAL]
        return _placed(bytes.fromhex(digits.tobytes().decode()), pa.binary(_SIZE), fits)

    def decode(self, stored: Array) -> Array:
        """Return bytes as strings."""
        held = stored.drop_null()
        data = b"".join(held.to_pylist()).hex().encode()
        texts = np.full((len(held), _LENGTH), ord("-"), np.uint8)
        texts[:, _HEXADECIMAL] = np.frombuffer(data, np.uint8).reshape(-1, 2 * _SIZE)
        return _placed(texts.tobytes(), pa.binary(_LENGTH), stored.is_valid()).cast(pa.binary()).cast(pa.string())

    def sql(self, value: str) -> str:
        """Return SQL that writes the UUID."""
        digits = f"lower(hex({value}))"
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return " || '-' || ".join(f"substring({digits}, {start}, {length})" for start, length in parts)


def _placed(data: bytes, kind: DataType, present: Array) -> Array:
    """Return values of one size, which lie one behind the other, where they are present, and null elsewhere."""
    array: Any = pa.FixedSizeBinaryArray
    values = array.from_buffers(kind, len(data) // kind.byte_width, [None, pa.py_buffer(data)])
    here = present.to_numpy(zero_copy_only=False)
    return values if here.all() else values.take(pa.array(np.cumsum(here) - 1, pa.int64(), mask=~here))
