"""Batches of Arrow as lines of JSON in bounded memory, and what is wrong with rows that JSON can't have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.findings import Finding
from dataset_packager.base.text import cut, member_path, quoted
from dataset_packager.records import json_from_arrow
from dataset_packager.records.arrow_json import NONE, NoJson, row_texts, text_of
from dataset_packager.records.class_names import classes_of, named, read_as_names
from dataset_packager.records.formats.interface import Damaged, Lines, Raw, too_large, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.class_names import Classes
    from dataset_packager.records.formats.interface import Ints, Source, ValueType
    from dataset_packager.records.json_from_arrow import Array

MOST_TEXT = 32 * 2**20  # bytes of text that one batch may become at a time
LEAST_PLAIN = 256 * 2**20  # bytes of rows that a file may always give, however small it is
_NONE = NONE.encode()


class RowLines(Lines):
    """Rows as lines of JSON, which is made of them when it is asked for; ``first_line`` is the number of the first."""

    def __init__(self, first_line: int, file: str, batch: pa.RecordBatch, size: int, kind: ValueType | None) -> None:
        super().__init__(first_line, b"")
        self.file, self.batch, self.size, self._kind = file, batch, size, kind

    @cached_property
    def data(self) -> bytes:
        """Their bytes."""
        try:
            texts = row_texts(self.batch.schema, self.batch.columns, self.batch.num_rows, self._kind)
        except pa.ArrowException:  # a crafted file: ``raw`` says more
            return (_NONE + b"\n") * int(self.batch.num_rows)
        data: bytes = json_from_arrow.content(texts).tobytes()
        return data

    @property
    def weight(self) -> int:
        """About how many bytes they would have."""
        return self.size

    def sizes(self) -> Ints:
        """Return the same for each row, what the batch comes to by its values."""
        return np.full(self.batch.num_rows, self.size // self.batch.num_rows, np.int64)

    def raw(self, line: int, data: bytes) -> Raw:
        """Return the record of a row, or which of its values JSON can't have."""
        if _NONE not in data:
            return Raw(line, data)
        row = self.batch.slice(line - self.first_line, 1)
        columns = zip(row.schema, row.columns, strict=True)
        findings = [self._no_value(line, field, column) for field, column in columns if _has_none(column)]
        return Raw(line, data.replace(_NONE, b"null"), tuple(findings))

    def _no_value(self, line: int, field: pa.Field, column: Array) -> Finding:
        try:
            value = cut(str(column[0]))
        except (ValueError, pa.ArrowException):
            value = "the value"
        message = f"not JSON: {value} in the column {quoted(field.name)}, which is {field.type}"
        hint = "JSON has finite numbers and, as text, days from year 0 to 9999: correct it, or make it null"
        return Finding(self.file, line, member_path((field.name,)), "json", message, hint=hint)


def _has_none(column: Array) -> bool:
    """Say whether a column has a value that JSON can't have."""
    try:
        return _NONE in json_from_arrow.content(pc.fill_null(text_of(column, None, ()), "")).tobytes()
    except pa.ArrowException:
        return True


class Rows:
    """Makes lines of the batches of one piece; their rows are numbered on."""

    def __init__(self, source: Source) -> None:
        self._source, self._row, self._written = source, source.first_line, 0
        self._classes: Classes | None = None
        self._most = max(source.limits.expansion * (source.end - source.start), LEAST_PLAIN)

    def lines(self, batch: pa.RecordBatch) -> Iterator[Lines | Raw]:
        """Yield a batch as lines of JSON.

        Raises:
            Damaged: JSON can't carry a column, or the rows are beyond all measure.
        """
        if self._classes is None:
            self._classes = read_as_names(classes_of(batch.schema), self._source.reading.type)
            self._insist_on_json(batch.slice(0, 0))
        yield from self._lines(named(batch, self._classes))

    def _lines(self, batch: pa.RecordBatch) -> Iterator[Lines | Raw]:
        if not batch.num_rows:
            return
        size = sum(_size(column) for column in batch.columns)
        if size > MOST_TEXT and batch.num_rows > 1:
            half = batch.num_rows // 2
            yield from self._lines(batch.slice(0, half))
            yield from self._lines(batch.slice(half))
        elif size > max(MOST_TEXT, self._source.limits.line_bytes):
            yield too_large(self._source.file, self._row, self._source.limits)
            self._row += 1
        else:
            self._written += size
            if self._written > self._most:
                message = f"{self._source.end - self._source.start} bytes give rows of more than {int(self._most)}"
                hint = "raise max_expansion if you trust the file"
                raise Damaged(whole_file(self._source.file, "too-large", message, hint))
            yield RowLines(self._row, self._source.file, batch, size, self._source.reading.type)
            self._row += batch.num_rows

    def _insist_on_json(self, none: pa.RecordBatch) -> None:
        try:
            row_texts(none.schema, none.columns, 0, self._source.reading.type)
        except NoJson as error:
            hint = "write the file without the column, or with another type: docs/records.md has them"
            raise Damaged(whole_file(self._source.file, "unrepresentable", str(error), hint)) from None


def _size(array: Any) -> int:
    """Return about how many bytes of text the values of an array become."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return _size(array.storage)
    if pa.types.is_dictionary(kind):
        if len(array.dictionary) and _has_length(array.dictionary.type):
            lengths = pc.binary_length(array.dictionary)
            return int(pc.sum(lengths.take(array.indices)).as_py() or 0) + 4 * len(array)
        return 8 * len(array)
    if pa.types.is_struct(kind):
        return 8 * len(array) + sum(map(_size, array.flatten()))
    if pa.types.is_map(kind):
        return 8 * len(array) + _size(_within(array, array.keys)) + _size(_within(array, array.items))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return 8 * len(array) + _size(_within(array, array.values))
    if _has_length(kind):
        return int(pc.sum(pc.binary_length(array)).as_py() or 0) + 4 * len(array)
    return int(max(array.nbytes, 4 * len(array)))


def _within(array: Any, values: Any) -> Any:
    """Return the values that a slice of lists has."""
    first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
    return values.slice(first, last - first)


def _has_length(kind: pa.DataType) -> bool:
    known = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(is_it(kind) for is_it in known)
