"""Where a Parquet file's pages begin and end: their headers, read as Thrift's compact protocol writes them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
DATA, DATA_V2 = 0, 3


@dataclass(frozen=True)
class Page:
    """A data page: the first of its values, counted from 0, and the SHA-256 of its bytes as they stand in the file."""

    first: int
    sha256: str


def data_pages(file: bytes, column: Any) -> Iterator[Page]:
    """Yield the data pages of a column chunk, which its metadata (of pyarrow) describe."""
    begin = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)))
    stream, first = io.BytesIO(file[begin : begin + column.total_compressed_size]), 0
    while stream.tell() < column.total_compressed_size:
        header = _struct(stream)
        data = stream.read(header[3])
        if header[1] in (DATA, DATA_V2):
            yield Page(first, hashlib.sha256(data).hexdigest())
            first += header[5 if header[1] == DATA else 8][1]


def _varint(stream: io.BytesIO) -> int:
    value = shift = 0
    while True:
        (byte,) = stream.read(1)
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value


def _zigzag(stream: io.BytesIO) -> int:
    value = _varint(stream)
    return (value >> 1) ^ -(value & 1)


def _struct(stream: io.BytesIO) -> dict[int, Any]:
    fields: dict[int, Any] = {}
    number = 0
    while kind := (head := stream.read(1)[0]) & 0x0F:
        number = number + (head >> 4) if head >> 4 else _zigzag(stream)
        fields[number] = _value(stream, kind)
    return fields


def _value(stream: io.BytesIO, kind: int) -> Any:
    if kind in (TRUE, FALSE):
        return kind == TRUE
    if kind in (I16, I32, I64):
        return _zigzag(stream)
    if kind == BINARY:
        return stream.read(_varint(stream))
    if kind == STRUCT:
        return _struct(stream)
    raise ValueError(f"a page header has no member of kind {kind}")
