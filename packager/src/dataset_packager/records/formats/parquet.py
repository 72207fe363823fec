"""Apache Parquet: each row is the record that its types mean; row groups are what workers share."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.records.arrow_rows import LEAST_PLAIN, Rows
from dataset_packager.records.formats.interface import Damaged, whole_file
from dataset_packager.records.parquet_footer import read_footer
from dataset_packager.records.parquet_pages import BytesOfFile, check_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import Cuts, File, Lines, Raw, Reading, Source
    from dataset_packager.records.parquet_footer import Group

MOST_ROWS, BATCH = 8192, 4 * 2**20  # rows and bytes that are read at a time
_ERRORS = (pa.ArrowException, OSError, ValueError, OverflowError, IndexError, MemoryError)


class Seekable:
    """A file as Arrow takes it, which is left open."""

    closed = False

    def __init__(self, file: File) -> None:
        self._file = file
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read anywhere."""
        return True

    def close(self) -> None:
        """Leave that to whoever opened it."""


class _GroupCuts:
    """Cuts a file where row groups begin; its pieces know the footer."""

    def __init__(self, head: bytes, starts: list[int], rows: list[int]) -> None:
        self.head = head
        self._starts, self._rows = starts, rows
        self._taken = self._passed = self._counted = 0

    def take(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._taken += self._passed
        self._passed = len(block)

    def behind(self, at: int) -> int:
        """Return the first place behind byte ``at`` of the block where a row group begins; 0 where none does."""
        here = (start - self._taken for start in self._starts[1:])
        return next((place for place in here if at < place <= self._passed), 0)

    def count(self, data: bytes) -> int:
        """Return the rows of the groups that end within the next bytes."""
        before, self._counted = self._counted, self._counted + len(data)
        ends = zip(self._starts[1:], self._rows, strict=False)
        return sum(rows for end, rows in ends if before < end <= self._counted)


class Parquet:
    """Files of Parquet."""

    suffixes = (".parquet",)
    compressed = False
    utf8 = False
    sections = ()

    def cuts(self, name: str, file: File, reading: Reading) -> Cuts | None:  # noqa: ARG002 - the footer says all
        """Return what finds where row groups begin; None where their order isn't that of the bytes."""
        try:
            footer = read_footer(file)
        except ValueError:
            return None  # whoever reads it says what is wrong
        starts = [group.start for group in footer.groups]
        in_order = all(one < other for one, other in pairwise([3, *starts, footer.size]))
        return _GroupCuts(footer.sha256, starts, [group.rows for group in footer.groups]) if in_order else None

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield the rows of the groups that begin within a piece."""
        here = source.stored.tell()
        try:
            yield from _read(source)
        except _ERRORS as error:
            message = f"not Parquet: {str(error).strip().splitlines()[0][:200] if str(error).strip() else 'damaged'}"
            raise Damaged(whole_file(source.file, "json", message, "get the file again, or write it anew")) from error
        finally:
            source.stored.seek(here)  # whoever checks the bytes goes on from here


FORMAT = Parquet()


def _read(source: Source) -> Iterator[Lines | Raw]:
    footer = read_footer(source.stored)
    whole, rows = source.head is None and source.end == footer.size, Rows(source)
    numbers = [number for number, group in enumerate(footer.groups) if whole or _begins_within(source, number, group)]
    for number in numbers:
        _insist_on_size(source, footer.groups[number])
        check_pages(BytesOfFile(source.stored), footer.groups[number])
    schema = pq.read_schema(Seekable(source.stored))
    texts = [path for field in schema for path in _texts(field.type, field.name)]
    file = pq.ParquetFile(Seekable(source.stored), read_dictionary=texts, pre_buffer=False)
    for number in numbers:
        for batch in file.iter_batches(_rows_at_a_time(footer.groups[number]), row_groups=[number], use_threads=False):
            yield from rows.lines(batch)


def _begins_within(source: Source, number: int, group: Group) -> bool:
    """Say whether a row group belongs to a piece: the first one to the piece that the file begins with."""
    start = 0 if number == 0 else group.start
    return source.start <= start < source.end


def _texts(kind: pa.DataType, path: str) -> Iterator[str]:
    """Yield the paths of columns of text, which are read with their dictionaries: each word is decoded once."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield path
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _texts(field.type, f"{path}.{field.name}")
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _texts(kind.value_type, f"{path}.list.{kind.value_field.name}")


def _insist_on_size(source: Source, group: Group) -> None:
    """Refuse a row group whose columns grow beyond all measure when they are decompressed."""
    for stored, plain in group.columns:
        if plain > max(source.limits.expansion * stored, LEAST_PLAIN):
            message = f"a column of {stored} bytes grows to {plain}"
            hint = "raise max_expansion if you trust the file"
            raise Damaged(whole_file(source.file, "too-large", message, hint))


def _rows_at_a_time(group: Group) -> int:
    return max(1, min(MOST_ROWS, BATCH * max(group.rows, 1) // max(group.plain_size, 1)))
