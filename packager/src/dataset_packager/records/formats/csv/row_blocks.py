"""Blocks of whole rows as lines of JSON, and single rows as records or what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
from pyarrow import csv as arrow_csv

from dataset_packager.base.findings import Finding
from dataset_packager.base.text import quoted
from dataset_packager.records import json_from_arrow
from dataset_packager.records.formats.csv.quick_cells import LEFT, QuickCells
from dataset_packager.records.formats.csv.row_ends import NEWLINE, RETURN, cells_of
from dataset_packager.records.formats.interface import Lines, Raw, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.project.config import Limits
    from dataset_packager.records.formats.csv.cells import Cells
    from dataset_packager.records.formats.csv.dialect import Dialect
    from dataset_packager.records.formats.interface import Ints
    from dataset_packager.records.json_from_arrow import Array

MOST_NAMES = 128 * 2**20  # bytes of the names of members that the rows of a block repeat


class CsvLines(Lines):
    """Rows as lines of JSON, numbered from 0 on; ``places`` has the number of each row in its file."""

    def __init__(self, data: bytes, table: CsvTable, rows: bytes, starts: Ints, ends: Ints, places: Ints) -> None:
        super().__init__(0, data)
        self.table, self.rows, self.starts, self.ends, self.places = table, rows, starts, ends, places

    def numbers(self, lines: Ints) -> Ints:
        """Return where rows begin in the file."""
        return self.places[lines]

    def sizes(self) -> Ints:
        """Return the bytes of each row."""
        return np.asarray(self.ends - self.starts - 1)

    def raw(self, line: int, data: bytes) -> Raw:  # noqa: ARG002 - the row says more
        """Return the record of a row, or what is wrong with it."""
        return self.table.raw(int(self.places[line]), self.rows[self.starts[line] : self.ends[line]])


class CsvTable:
    """The rows under one header."""

    def __init__(self, file: str, dialect: Dialect, header: Sequence[str], cells: Cells, limits: Limits) -> None:
        self._file, self._dialect, self._cells, self._limits = file, dialect, cells, limits
        self._count, self._quick = len(header), QuickCells(cells)
        self._names = sum(len(orjson.dumps(name)) + 6 for name in header)
        columns = [str(number) for number in range(self._count)]
        self._read = arrow_csv.ReadOptions(use_threads=False, column_names=columns)
        self._convert = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False, check_utf8=True
        )

    def lines(self, rows: bytes, ends: Ints, line: int, *, plain: bool) -> Iterator[Lines]:
        """Yield whole rows as lines of JSON.

        Args:
            rows: their bytes, UTF-8.
            ends: the places behind their ends.
            line: the number of the first one's line.
            plain: whether all quotes stand where RFC 4180 has them.
        """
        array = np.frombuffer(rows, np.uint8)
        newlines = np.flatnonzero(array == NEWLINE)
        starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
        places = line + np.searchsorted(newlines, starts)
        if self._count > 1:  # an empty line is no row, unless rows have a single cell
            sizes = ends - starts
            there = (sizes > 2) | ((sizes == 2) & (array[starts] != RETURN))
            starts, ends, places = starts[there], ends[there], places[there]
        step = max(1, MOST_NAMES // self._names)
        for begin in range(0, len(ends), step):
            part = slice(begin, begin + step)
            data = self._data(rows, starts[part], ends[part]) if plain else LEFT + b"\n"
            many = len(ends[part])
            data = data if plain and data else (LEFT + b"\n") * many
            yield CsvLines(data, self, rows, starts[part], ends[part], places[part])

    def _data(self, rows: bytes, starts: Ints, ends: Ints) -> bytes | None:
        """Return the JSON of rows, a line each; None where they have to be looked at one by one."""
        here = rows[starts[0] : ends[-1]]
        if b"\0" in here or here.count(b"\r") != here.count(b"\r\n"):
            return None
        columns = self._columns(here)
        if columns is not None and len(columns[0]) == len(ends):
            return json_from_arrow.content(self._quick.lines(columns, len(ends))).tobytes()
        right = self._count_of_cells(rows, starts, ends) == self._count
        if right.all() or not right.any():
            return None
        columns = self._columns(b"".join(rows[a:b] for a, b in zip(starts[right], ends[right], strict=True)))
        if columns is None or len(columns[0]) != np.count_nonzero(right):
            return None
        texts = self._quick.lines(columns, len(columns[0]))
        places = np.cumsum(right) - 1
        lines = texts.take(pa.array(places, mask=~right)).fill_null(f"{LEFT.decode()}\n")
        return json_from_arrow.content(lines).tobytes()

    def _columns(self, rows: bytes) -> list[Array] | None:
        """Return the cells by column; None where a row has too few or too many, or isn't UTF-8."""
        self._read.block_size = len(rows) + 1
        parse = arrow_csv.ParseOptions(
            delimiter=self._dialect.delimiter, quote_char=self._dialect.quote or False, double_quote=True,
            escape_char=False, newlines_in_values=True, ignore_empty_lines=self._count > 1,
        )  # fmt: skip
        try:
            table = arrow_csv.read_csv(pa.BufferReader(rows), self._read, parse, self._convert)
        except pa.ArrowInvalid:
            return None
        return [column.combine_chunks() for column in table.columns]

    def _count_of_cells(self, rows: bytes, starts: Ints, ends: Ints) -> Ints:
        array = np.frombuffer(rows, np.uint8)
        delimiters = np.flatnonzero(array == ord(self._dialect.delimiter))
        if self._dialect.quote:
            quotes = np.flatnonzero(array == ord(self._dialect.quote))
            delimiters = delimiters[(np.searchsorted(quotes, delimiters) & 1) == 0]
        return 1 + np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts)

    def raw(self, line: int, row: bytes) -> Raw:
        """Return the record of one row, or what is wrong with it, by the number of its line and its bytes."""
        row = row.removesuffix(b"\n").removesuffix(b"\r")
        if len(row) > self._limits.line_bytes:
            return too_large(self._file, line, self._limits)
        try:
            text = row.decode("utf-8")
        except UnicodeDecodeError as error:
            wrong = " ".join(f"{byte:02X}" for byte in row[error.start : max(error.end, error.start + 1)])
            message = f"not {self._dialect.encoding}: {wrong} at byte {error.start} (counted from 0) is no character"
            return self._no_record(line, row, "encoding", message, "save the file as UTF-8, or name csv.encoding")
        if "\0" in text:
            return self._no_record(line, row, "cell", "a NUL byte stands in the row", "take it out: no text has one")
        cells, wrong_cell = cells_of(text, self._dialect.delimiter, self._dialect.quote)
        if wrong_cell is not None:
            message = f"the row goes on behind the quote that closes {quoted(wrong_cell)}"
            return self._no_record(line, row, "cell", message, "write a quote within quotes twice")
        if len(cells) != self._count:
            message = f"the row has {len(cells)} cells, and the header {self._count}"
            hint = "quote cells that have the delimiter in them, or correct the row"
            return self._no_record(line, row, "cell", message, hint)
        json, problems = self._cells.json(cells)
        findings = [Finding(self._file, line, each.path, "cell", each.message, hint=each.hint) for each in problems]
        return Raw(line, row, tuple(findings), json)

    def _no_record(self, line: int, row: bytes, code: str, message: str, hint: str) -> Raw:
        return Raw(line, row, (Finding(self._file, line, "$", code, message, hint=hint),))
