"""How much memory the rows of a Parquet file take, before any of them is read: a short file can stand for gigabytes.

A footer may say what it likes, so sizes are taken from the headers of pages, which readers go by. They are read as
Thrift's compact protocol writes them (parquet.thrift, ``PageHeader``).
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.files import open_regular
from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow.parquet as pq

GROUP_BYTES = 2**30  # of a row group in memory; a build makes groups of a tenth of that
LIMIT = "DATASET_PACKAGER_GROUP_BYTES"  # the variable of the environment that sets another
DATA, DICTIONARY, DATA_V2 = 0, 2, 3
DICTIONARIES, PREFIXES = (2, 8), 7  # encodings: of values that are numbers in a dictionary; that repeat the one before
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12, "BYTE_ARRAY": 4}
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(1, 9)
_STRUCT, _DEEPEST = 12, 8


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its kind, where its bytes begin, its size as it stands there and uncompressed, its values' number."""

    kind: int
    begin: int
    size: int
    bytes: int
    values: int
    encoding: int


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A column chunk: what its values take for sure, and how many of them are numbers in a dictionary of texts."""

    sure: int
    by_number: int
    dictionary: Page | None
    compression: str

    @property
    def most(self) -> int:
        """What it takes if each value were as long as the dictionary."""
        return self.sure + (self.by_number * self.dictionary.bytes if self.dictionary else 0)

    def closely(self, data: mmap.mmap) -> int:
        """Return what it takes if each value were as long as the longest one in the dictionary."""
        page = self.dictionary
        if page is None:
            return self.sure
        values = data[page.begin : page.begin + page.size]
        if self.compression != "UNCOMPRESSED":
            values = pa.Codec(self.compression.lower()).decompress(values, page.bytes).to_pybytes()
        longest = position = 0
        while position + 4 <= len(values):
            length = int.from_bytes(values[position : position + 4], "little")
            longest, position = max(longest, length), position + 4 + length
        return self.sure + self.by_number * longest


def most_group_bytes() -> int:
    """Return how many bytes of memory a row group may take.

    Raises:
        SetupError: the environment says something that is no number.
    """
    said = os.environ.get(LIMIT, str(GROUP_BYTES))
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise SetupError(f"{LIMIT}: {said!r} is no number of bytes: set one, or unset it")
    return int(said)


def check_group_bytes(path: Path, file: pq.ParquetFile) -> None:
    """Insist that no row group takes more memory than it may.

    Raises:
        ValueError: one does, or its pages are not as its footer says.
        SetupError: the environment says something else than how much that is.
    """
    most = most_group_bytes()
    if not file.metadata.num_row_groups:
        return
    with open_regular(path) as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for group in range(file.metadata.num_row_groups):
            columns = file.metadata.row_group(group)
            chunks = [_chunk(data, columns.column(n), file.schema.column(n)) for n in range(columns.num_columns)]
            size = _most(chunks, data, most)
            if size > most:
                mend = f"if you trust its makers, set {LIMIT} to more"
                raise ValueError(f"row group {group} may take {size:,} bytes of memory, more than {most:,}: {mend}")


def _most(chunks: list[_Chunk], data: mmap.mmap, enough: int) -> int:
    """Return what a row group takes at most; dictionaries are looked into only where it may be more than enough."""
    size, sure = sum(chunk.most for chunk in chunks), sum(chunk.sure for chunk in chunks)
    for chunk in sorted(chunks, key=lambda each: each.most - each.sure, reverse=True):
        if size <= enough or sure > enough:
            break
        size += chunk.closely(data) - chunk.most
    return size


def _chunk(data: mmap.mmap, column: Any, schema: Any) -> _Chunk:
    width = schema.length if column.physical_type == "FIXED_LEN_BYTE_ARRAY" else _WIDTHS[column.physical_type]
    is_text = column.physical_type == "BYTE_ARRAY"
    sure = by_number = values = 0
    dictionary = None
    for number, page in enumerate(pages(data, column)):
        if page.kind == DICTIONARY:
            if number:
                raise ValueError(f"{column.path_in_schema} has a dictionary behind other pages")
            dictionary = page
            sure += page.bytes
        elif page.kind in (DATA, DATA_V2):
            if page.encoding == PREFIXES:
                raise ValueError(f"{column.path_in_schema} is encoded as no build does it")
            values += page.values
            sure += page.values * width + page.bytes
            by_number += page.values if is_text and page.encoding in DICTIONARIES else 0
    if values != column.num_values:
        raise ValueError(f"{column.path_in_schema} has {values} values, where its footer says {column.num_values}")
    return _Chunk(sure, by_number, dictionary, column.compression)


def pages(data: mmap.mmap | bytes, column: Any) -> Iterator[Page]:
    """Yield the pages of a column chunk, which its metadata (of pyarrow) describe.

    Raises:
        ValueError: what stands there are no pages.
    """
    position = min(filter(None, (column.dictionary_page_offset, column.data_page_offset)), default=0)
    end = position + column.total_compressed_size
    if not 0 < position <= end <= len(data):
        raise ValueError(f"{column.path_in_schema} stands outside of the file")
    while position < end:
        try:
            header, begin = _struct(data, position, 0)
            kind, size, uncompressed = header[1], header[3], header[2]
            about = header.get({DATA: 5, DICTIONARY: 7, DATA_V2: 8}.get(kind, 0), {})
            values, encoding = about.get(1, 0), about.get(4 if kind == DATA_V2 else 2, 0)
        except (KeyError, IndexError, AttributeError, TypeError):
            raise ValueError(f"{column.path_in_schema} has a page without a header") from None
        if min(size, uncompressed, values) < 0:
            raise ValueError(f"{column.path_in_schema} has a page of a negative size")
        yield Page(kind, begin, size, uncompressed, values, encoding)
        position = begin + size


def _varint(data: mmap.mmap | bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number of a page's header has no end")


def _zigzag(data: mmap.mmap | bytes, position: int) -> tuple[int, int]:
    value, position = _varint(data, position)
    return (value >> 1) ^ -(value & 1), position


def _struct(data: mmap.mmap | bytes, position: int, depth: int) -> tuple[dict[int, Any], int]:
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
        if kind in (_TRUE, _FALSE):
            members[number] = kind == _TRUE
        elif kind in (_I16, _I32, _I64):
            members[number], position = _zigzag(data, position)
        elif kind in (_BINARY, _DOUBLE, _BYTE):
            length, position = _varint(data, position) if kind == _BINARY else ({_DOUBLE: 8, _BYTE: 1}[kind], position)
            position += length
        elif kind == _STRUCT:
            members[number], position = _struct(data, position, depth + 1)
        else:
            raise ValueError(f"a page's header has a member of kind {kind}")
    return members, position + 1
