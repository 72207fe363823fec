"""CSV and TSV (RFC 4180): a header, then a record on each row; the schema says what a cell is.

Cells become the record's JSON text: whole columns at a time where a block is written as the RFC has it, else by rows.
"""

from __future__ import annotations

import codecs
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.text import quoted
from dataset_packager.records.formats.csv.cells import Cells, HeaderError, record_of_columns
from dataset_packager.records.formats.csv.dialect import Dialect, Utf8, has_plain_line_ends
from dataset_packager.records.formats.csv.row_ends import QUOTED, RowEnds, cells_of
from dataset_packager.records.formats.interface import BLOCK, Damaged, Raw, too_large, whole_file
from dataset_packager.records.formats.json_lines import line_ends
from dataset_packager.records.text_encoding import other_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.records.formats.csv.row_blocks import CsvTable
    from dataset_packager.records.formats.interface import Cuts, File, Ints, Lines, Reading, Source, ValueType

LONGEST_HEADER = 2**20


class _RowCuts:
    """Cuts a file behind rows; its pieces know the header."""

    def __init__(self, dialect: Dialect) -> None:
        self._ends_of = RowEnds(dialect.delimiter, dialect.quote)
        self._ends: Ints = np.zeros(0, np.int64)
        self._has_header = dialect.header is None
        self._head, self._known = b"", dialect.header is not None

    @property
    def head(self) -> bytes:
        """The bytes up to the end of the header."""
        return self._head

    def take(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._ends = self._ends_of.take(block)
        begin = 0
        for end in self._ends.tolist() if not self._known else ():
            self._head, begin, self._known = self._head + block[begin:end], end, True
            if self._head.removeprefix(codecs.BOM_UTF8).strip(b"\r\n"):
                break
            self._known = False
        if not self._known and len(self._head) <= LONGEST_HEADER:
            self._head += block[begin:]
        self._ends = self._ends[self._ends >= begin]  # blank lines before the header belong to it

    def behind(self, at: int) -> int:
        """Return the first place behind byte ``at`` where a row ends; 0 where none does."""
        index = int(np.searchsorted(self._ends, at + 1))
        return int(self._ends[index]) if self._known and index < len(self._ends) else 0

    @staticmethod
    def count(data: bytes) -> int:
        """Return the number of line ends, those within quotes too."""
        return line_ends(data)


SEPARATORS = (";", "\t", "|", ",")


class _Rows:
    """Reads the rows of one piece."""

    def __init__(self, source: Source, dialect: Dialect, kind: ValueType) -> None:
        self._source, self._dialect, self._kind, self._line = source, dialect, kind, source.first_line
        self._scan = RowEnds(dialect.delimiter, dialect.quote)
        self._table: CsvTable | None = None
        self._skipped: int | None = None  # line ends so far of a row that is too large
        header: Sequence[str] | None = dialect.header
        if header is None and source.head is not None:
            header = self._names(Utf8(io.BytesIO(source.head), dialect.encoding).read(len(source.head)))
        if header is not None:
            self._begin(header)

    def read(self) -> Iterator[Lines | Raw]:
        """Yield the records of the piece."""
        stream, rest, plain = Utf8(self._source.stream, self._dialect.encoding), b"", True
        first = self._source.head is None
        while block := stream.read(BLOCK):
            if first:
                block, first = self._without_mark(block), False
            ends = self._scan.take(block)
            begin = int(ends[0]) if len(ends) else len(block)
            if self._skipped is not None:
                self._skipped += line_ends(block[:begin])
                if not len(ends):
                    continue
                yield from self._end_of_too_large()
                block, ends = block[begin:], ends[1:] - begin
            if len(ends):
                end = int(ends[-1])
                yield from self._block(rest + block[:end], ends + len(rest), plain=plain and self._scan.plain)
                rest, block = b"", block[end:]
            rest += block
            plain, self._scan.plain = self._scan.plain and (plain or len(ends) > 0), True
            if len(rest) > self._source.limits.line_bytes:
                self._skipped, rest = line_ends(rest), b""
        if self._skipped is not None:
            yield from self._end_of_too_large()
        elif rest and self._scan.state == QUOTED:
            yield self._never_closed(rest)
        elif rest:
            yield from self._block(rest + b"\n", np.array([len(rest) + 1]), plain=plain)

    def _without_mark(self, block: bytes) -> bytes:
        if self._dialect.encoding == "utf-8" and (coding := other_encoding(block)):
            hint = f'save it as UTF-8, or say so: csv = {{ encoding = "{coding.lower()}" }}'
            raise Damaged(whole_file(self._source.file, "encoding", f"the file is {coding}", hint))
        return block.removeprefix(codecs.BOM_UTF8)

    def _end_of_too_large(self) -> Iterator[Raw]:
        raw = too_large(self._source.file, self._line, self._source.limits)
        if self._scan.state == QUOTED:
            (finding,) = raw.problems
            hint = "close the quote that begins a cell there: all that follows stands in that cell"
            raw = raw._replace(problems=(replace(finding, hint=hint),))
        yield raw
        self._line += self._skipped or 0
        self._skipped = None

    def _never_closed(self, rest: bytes) -> Raw:
        lines = line_ends(rest) + (not rest.endswith(b"\n"))
        message = f"a quote that begins a cell of this row is never closed: {lines} lines, to the end, stand in it"
        finding = Finding(self._source.file, self._line, "$", "cell", message, hint="close it, or take it out")
        return Raw(self._line, rest, (finding,))

    def _block(self, rows: bytes, ends: Ints, *, plain: bool) -> Iterator[Lines]:
        """Yield whole rows as lines of JSON; the first one of a file is its header."""
        if self._table is None:
            begin = 0
            for end in ends.tolist():
                header, begin = rows[begin:end], end
                if header.strip(b"\r\n"):
                    self._begin(self._names(header))
                    break
            self._line += line_ends(rows[:begin])
            rows, ends = rows[begin:], ends[ends > begin] - begin
        if self._table is not None and len(ends):
            yield from self._table.lines(rows, ends, self._line, plain=plain)
        self._line += line_ends(rows)

    def _names(self, row: bytes) -> list[str]:
        hint = 'save the file as UTF-8, or name its encoding: csv = { encoding = "cp1252" }, for example'
        try:
            text = row.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError:
            message = f"the header is not {self._dialect.encoding}"
            raise Damaged(whole_file(self._source.file, "encoding", message, hint)) from None
        if "\0" in text:
            raise Damaged(whole_file(self._source.file, "cell", "a NUL byte stands in the header", hint))
        text = text.lstrip("\r\n").removesuffix("\n").removesuffix("\r")
        names, wrong = cells_of(text, self._dialect.delimiter, self._dialect.quote)
        if wrong is not None:
            message = f"the header goes on behind the quote that closes {quoted(wrong)}"
            raise Damaged(whole_file(self._source.file, "cell", message, "write a quote within quotes twice"))
        if any("\r" in name for name in names):
            message = "the header has a carriage return: to CSV a line ends with LF, or CR and LF"
            raise Damaged(whole_file(self._source.file, "cell", message, "save the file with such line ends"))
        return names

    def _begin(self, header: Sequence[str]) -> None:
        """Take the names of columns.

        Raises:
            Damaged: they can't be used; of all pieces of a file the first one says so.
        """
        limits = self._source.limits
        try:
            record = record_of_columns(header, self._kind, self._dialect.words)
        except HeaderError as error:
            message, hint = self._one_cell(header) or (str(error), error.hint)
            raise Damaged(whole_file(self._source.file, "cell", message, hint)) from None
        cells = Cells(record, self._dialect.words, limits.depth)
        from dataset_packager.records.formats.csv.row_blocks import CsvTable  # here: every build knows this format

        self._table = CsvTable(self._source.file, self._dialect, header, cells, limits)

    def _one_cell(self, header: Sequence[str]) -> tuple[str, str] | None:
        """Say what to do about a header that is one cell only because another character stands between its cells."""
        between = next((mark for mark in SEPARATORS if len(header) == 1 and mark in header[0]), None)
        if between is None:
            return None
        told = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}
        message = f"the header is a single cell, {quoted(header[0])}, with {told[between]} in it"
        return message, f"say what stands between cells: csv = {{ delimiter = {json.dumps(between)} }}"


class Csv:
    """Files of CSV and TSV."""

    suffixes = (".csv", ".tsv")
    compressed = True
    utf8 = False
    sections = ("csv",)

    def cuts(self, name: str, file: File, reading: Reading) -> Cuts | None:  # noqa: ARG002 - bytes that pass by do
        """Return what finds the ends of rows; None where a row's end isn't told by its bytes alone."""
        dialect = Dialect.of(reading.options.get("csv", {}), name)
        return _RowCuts(dialect) if has_plain_line_ends(dialect.encoding) else None

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield the records of a piece."""
        if source.reading.type is None:
            raise SetupError(f"{source.file}: cells have no types of their own: read it with its table's schema")
        dialect = Dialect.of(source.reading.options.get("csv", {}), source.file)
        try:
            yield from _Rows(source, dialect, source.reading.type).read()
        except Damaged:
            if source.head is None:
                raise
            # what is wrong with the header, the file's first piece says


FORMAT = Csv()
