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

_SIZE, _LENGTH, _HYPHENS = 16, 36, (8, 13, 18, 23)
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
_PAIRS: Bytes = np.frombuffer(bytes(range(256)).hex().encode(), np.uint8).reshape(256, 2)  # the text of each byte
_HALVES: Bytes = np.zeros(256, np.uint8)  # and the number of each digit
_HALVES[np.frombuffer(b"0123456789abcdef", np.uint8)] = range(16)
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
        """Return the bytes that strings say; of other texts of their length, other bytes."""
        fits = pc.fill_null(pc.equal(pc.binary_length(plain), _LENGTH), False)
        texts = plain.filter(fits).cast(pa.binary()).cast(pa.binary(_LENGTH))
        digits = np.take(_HALVES, np.take(_slots(texts), _HEXADECIMAL, axis=1))
        return _placed((digits[:, ::2] << 4 | digits[:, 1::2]).astype(np.uint8), fits)

    def decode(self, stored: Array) -> Array:
        """Return bytes as strings."""
        held = stored.drop_null()
        texts = np.full((len(held), _LENGTH), ord("-"), np.uint8)
        texts[:, _HEXADECIMAL] = np.take(_PAIRS, _slots(held), axis=0).reshape(-1, 2 * _SIZE)
        return _placed(texts, stored.is_valid()).cast(pa.binary()).cast(pa.string())

    def sql(self, value: str) -> str:
        """Return SQL that writes the UUID."""
        digits = f"lower(hex({value}))"
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return " || '-' || ".join(f"substring({digits}, {start}, {length})" for start, length in parts)


def _slots(array: Array) -> Bytes:
    """Return the bytes of values of one size, none of them null, a row each."""
    size = array.type.byte_width
    data = np.frombuffer(array.buffers()[1] or b"", np.uint8, len(array) * size, array.offset * size)
    return data.reshape(-1, size)


def _placed(data: Bytes, present: Array) -> Array:
    """Return values of one size, a row each, where they are present, and null elsewhere."""
    array: Any = pa.FixedSizeBinaryArray
    values = array.from_buffers(pa.binary(data.shape[1]), len(data), [None, pa.py_buffer(data.tobytes())])
    here = present.to_numpy(zero_copy_only=False)
    return values if here.all() else values.take(pa.array(np.cumsum(here) - 1, pa.int64(), mask=~here))
