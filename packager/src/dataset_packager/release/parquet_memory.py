"""How much memory the rows of a Parquet file take, before any of them is read: a short file can stand for gigabytes.

A footer may say what it likes, so sizes are taken from the headers of pages, which readers go by.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.base.files import open_regular
from dataset_packager.base.findings import SetupError
from dataset_packager.records.parquet_footer import read_footer
from dataset_packager.records.parquet_pages import DATA, DATA_V2, DICTIONARY, Page, pages

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow.parquet as pq

GROUP_BYTES = 2**30  # of a row group in memory; a build makes groups of a tenth of that
LIMIT = "DATASET_PACKAGER_GROUP_BYTES"  # the variable of the environment that sets another
DICTIONARIES, PREFIXES = (2, 8), 7  # encodings: of values that are numbers in a dictionary; that repeat the one before
_LENGTH = Struct("<I")  # before each text in a dictionary
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12, "BYTE_ARRAY": 4}


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
        return self.sure + self.by_number * _longest(values, page.values)


def _longest(values: bytes, number: int) -> int:
    """Return how long the longest text of a dictionary is; said to have this number of them, of one length often."""
    step = len(values) // max(number, 1)
    if step >= _LENGTH.size and len(values) == step * number:
        lengths = np.frombuffer(values, np.uint8).reshape(number, step)[:, : _LENGTH.size].copy().view("<u4")
        if (lengths == step - _LENGTH.size).all():
            return step - _LENGTH.size
    longest = position = 0
    while position + 4 <= len(values):  # a dictionary has thousands of them
        (length,) = _LENGTH.unpack_from(values, position)
        position += 4 + length
        if length > longest:
            longest = length
    return longest


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
    with open_regular(path) as opened:
        read_footer(opened)  # Arrow's own objects end the process where a footer contradicts itself
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
