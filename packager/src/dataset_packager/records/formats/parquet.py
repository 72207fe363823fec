"""Apache Parquet: each row is the record that its types mean; row groups are what workers share."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.records.arrow_rows import LEAST_PLAIN, Rows
from dataset_packager.records.formats.interface import Damaged, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import Cuts, File, Lines, Raw, Reading, Source

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
    sections = ()

    def cuts(self, name: str, file: File, reading: Reading) -> Cuts | None:  # noqa: ARG002 - the footer says all
        """Return what finds where row groups begin; None where their order isn't that of the bytes."""
        try:
            starts, rows = _groups(pq.ParquetFile(Seekable(file)).metadata)
            end = file.seek(0, 2)
            file.seek(end - 8)
            size = int.from_bytes(file.read(4), "little")
            file.seek(end - 8 - size)
            footer = hashlib.sha256(file.read(size)).digest()
        except _ERRORS:
            return None  # whoever reads it says what is wrong
        in_order = all(one < other for one, other in zip([3, *starts], [*starts, end], strict=True))
        return _GroupCuts(footer, starts, rows) if in_order else None

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield the rows of the groups that begin within a piece."""
        try:
            yield from _read(source)
        except _ERRORS as error:
            message = f"not Parquet: {str(error).strip().splitlines()[0][:200] if str(error).strip() else 'damaged'}"
            raise Damaged(whole_file(source.file, "json", message, "get the file again, or write it anew")) from error
        finally:
            source.stored.seek(source.start)  # whoever checks the bytes reads them from here


FORMAT = Parquet()


def _groups(metadata: Any) -> tuple[list[int], list[int]]:
    """Return where row groups begin, in bytes, and how many rows each has."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    starts = [min(map(_first_byte, map(group.column, range(group.num_columns))), default=0) for group in groups]
    return starts, [group.num_rows for group in groups]


def _first_byte(column: Any) -> int:
    dictionary = column.dictionary_page_offset
    return int(min(dictionary, column.data_page_offset) if dictionary else column.data_page_offset)


def _read(source: Source) -> Iterator[Lines | Raw]:
    with pq.ParquetFile(Seekable(source.stored)) as first:
        metadata = first.metadata
        texts = _texts(metadata)
    file = pq.ParquetFile(Seekable(source.stored), metadata=metadata, read_dictionary=texts, pre_buffer=False)
    starts, _ = _groups(metadata)
    whole = source.head is None and source.end == source.stored.seek(0, 2)
    rows = Rows(source)
    for number, start in enumerate(starts):
        if whole or source.start <= max(start, source.start if number == 0 and source.head is None else 0) < source.end:
            _check_size(source, metadata.row_group(number))
            for batch in file.iter_batches(_batch(metadata.row_group(number)), row_groups=[number], use_threads=False):
                yield from rows.lines(batch)


def _texts(metadata: Any) -> list[str]:
    """Return the paths of columns of text, which are read with their dictionaries: each word is decoded once."""
    columns = map(metadata.schema.column, range(len(metadata.schema)))
    return [each.path for each in columns if each.physical_type == "BYTE_ARRAY" and each.logical_type.type == "STRING"]


def _check_size(source: Source, group: Any) -> None:
    """Refuse a row group whose columns grow beyond all measure when they are decompressed."""
    for number in range(group.num_columns):
        column = group.column(number)
        most = max(source.limits.expansion * column.total_compressed_size, LEAST_PLAIN)
        if column.total_uncompressed_size > most or group.num_rows < 0:
            message = (
                f"a column of {column.total_compressed_size} bytes states {column.total_uncompressed_size} plain ones"
            )
            hint = "raise max_expansion if you trust the file"
            raise Damaged(whole_file(source.file, "too-large", message, hint))


def _batch(group: Any) -> int:
    return max(1, min(MOST_ROWS, BATCH * max(group.num_rows, 1) // max(group.total_byte_size, 1)))
