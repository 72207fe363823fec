"""The pages of Parquet files, by their headers, which readers go by whatever a footer says.

Headers are read as Thrift's compact protocol writes them (parquet.thrift, ``PageHeader``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import File
    from dataset_packager.records.parquet_footer import Group

    Bytes: TypeAlias = "mmap.mmap | bytes | BytesOfFile"

DATA, DICTIONARY, DATA_V2 = 0, 2, 3
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(1, 9)
_STRUCT, _DEEPEST = 12, 8
_WINDOW = 2**10  # bytes that are read at once: a header rarely has more


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its kind, where its bytes begin, its size as it stands there and uncompressed, its values' number."""

    kind: int
    begin: int
    size: int
    bytes: int
    values: int
    encoding: int


class BytesOfFile:
    """The bytes of a file that can't be mapped into memory, read where they are asked for."""

    def __init__(self, file: File) -> None:
        self._file, self._size = file, file.seek(0, 2)
        self._begin, self._window = 0, b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, position: int) -> int:
        if not self._begin <= position < self._begin + len(self._window):
            self._file.seek(position)
            self._begin, self._window = position, self._file.read(_WINDOW)
        return self._window[position - self._begin]


def check_pages(data: Bytes, group: Group) -> None:
    """Insist that the pages of a row group are no larger than its footer says.

    Raises:
        ValueError: they are, or are none.
    """
    for number, (start, (stored, said)) in enumerate(zip(group.starts, group.columns, strict=True), 1):
        plain = sum(page.bytes for page in _pages(data, start, stored, f"column {number}"))
        if plain > said:
            raise ValueError(f"column {number} has pages of {plain:,} bytes, not {said:,} as its footer says")


def pages(data: Bytes, column: Any) -> Iterator[Page]:
    """Yield the pages of a column chunk, which its metadata (of pyarrow) describe.

    Raises:
        ValueError: what stands there are no pages.
    """
    begin = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)), default=0)
    yield from _pages(data, begin, column.total_compressed_size, column.path_in_schema)


def _pages(data: Bytes, position: int, stored: int, name: str) -> Iterator[Page]:
    end = position + stored
    if not 0 < position <= end <= len(data):
        raise ValueError(f"{name} stands outside of the file")
    while position < end:
        try:
            header, begin = _struct(data, position, 0)
            kind, size, uncompressed = header[1], header[3], header[2]
            about = header.get({DATA: 5, DICTIONARY: 7, DATA_V2: 8}.get(kind, 0), {})
            values, encoding = about.get(1, 0), about.get(4 if kind == DATA_V2 else 2, 0)
        except (KeyError, IndexError, AttributeError, TypeError):
            raise ValueError(f"{name} has a page without a header") from None
        if min(size, uncompressed, values) < 0:
            raise ValueError(f"{name} has a page of a negative size")
        yield Page(kind, begin, size, uncompressed, values, encoding)
        position = begin + size


def _varint(data: Bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number of a page's header has no end")


def _zigzag(data: Bytes, position: int) -> tuple[int, int]:
    value, position = _varint(data, position)
    return (value >> 1) ^ -(value & 1), position


def _struct(data: Bytes, position: int, depth: int) -> tuple[dict[int, Any], int]:
    """Return the members of a Thrift struct by number, and where it ends."""
    if depth > _DEEPEST:
        raise ValueError("a page's header is nested too deeply")
    members: dict[int, Any] = {}
    number = 0
    while head := data[position]:
        position += 1
        kind = head & 0x0F
        if head >> 4:
            number += head >> 4
        else:
            number, position = _zigzag(data, position)
        if _I16 <= kind <= _I64:  # as most are
            byte = data[position]
            value, position = (byte, position + 1) if byte < 0x80 else _varint(data, position)
            members[number] = (value >> 1) ^ -(value & 1)
        elif kind in (_TRUE, _FALSE):
            members[number] = kind == _TRUE
        elif kind in (_BINARY, _DOUBLE, _BYTE):
            length, position = _varint(data, position) if kind == _BINARY else ({_DOUBLE: 8, _BYTE: 1}[kind], position)
            position += length
        elif kind == _STRUCT:
            members[number], position = _struct(data, position, depth + 1)
        else:
            raise ValueError(f"a page's header has a member of kind {kind}")
    return members, position + 1
