"""Reading: from a piece of a file to the records in it, block by block, in bounded memory."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from xxhash import xxh3_128

from dataset_packager.base.files import failures
from dataset_packager.base.findings import Finding
from dataset_packager.records.formats import format_of
from dataset_packager.records.formats.interface import (
    BLANK,
    BLOCK,
    Damaged,
    Lines,
    Raw,
    Reading,
    Source,
    too_large,
    whole_file,
)  # fmt: skip
from dataset_packager.records.other_kind import HEAD, packed_otherwise, written_otherwise
from dataset_packager.records.pieces import changed
from dataset_packager.records.strict_json import LineError, parse
from dataset_packager.stores.objects import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_packager.project.config import Limits
    from dataset_packager.records.formats.interface import File, Stream
    from dataset_packager.records.pieces import Piece

LINE_END_WITHIN = 2**15  # bytes behind a block: where no line ends so near, the block ends anywhere


def read_piece(project: Path, piece: Piece, limits: Limits, reading: Reading | None = None) -> Iterator[Lines | Raw]:
    """Yield the records of a piece in order: lines by the block, what can't be taken line by line one by one.

    Raises:
        EnvironmentFailure: the file can't be read, or its bytes are no longer those that were planned with.
    """
    kind, compression = format_of(piece.file)
    with failures(piece.file), opened(project, piece.file) as file:
        first = file.read(HEAD) if piece.start == 0 else b""
        file.seek(piece.start)
        stored = _Stored(file, piece.size)
        stream: Stream = _Plain(stored, piece, compression, limits.expansion) if compression else stored
        if piece.start == 0:
            stream = _Looked(stream)
        source = Source(
            piece.file, stream, piece.first_line, piece.head if piece.start else None, limits, reading or Reading(),
            file, piece.start, piece.end,
        )  # fmt: skip
        try:
            if isinstance(stream, _Looked):
                stream.insist(piece.file, first)
            yield from kind.read(source)
        except Damaged as damage:
            yield Raw(damage.finding.line or 0, b"", (damage.finding,))
        stored.drain()
    if piece.check and stored.check != piece.check:  # one that is but looked at has none
        raise changed(piece)


def read_records(project: Path, piece: Piece, limits: Limits, reading: Reading | None = None) -> Iterator[Raw]:
    """Yield the records of a piece one by one.

    Raises:
        EnvironmentFailure: as ``read_piece``.
    """
    for each in read_piece(project, piece, limits, reading):
        yield from records_of(each, limits, piece.file) if isinstance(each, Lines) else (each,)


def records_of(lines: Lines, limits: Limits, file: str) -> Iterator[Raw]:
    """Yield the records of some lines one by one; lines of white space only are passed over."""
    for line, data in enumerate(lines.data[:-1].split(b"\n"), lines.first_line):
        if len(data) > limits.line_bytes or data.strip(BLANK):
            yield record_of(lines, line, data, limits, file)


def record_of(lines: Lines, line: int, data: bytes, limits: Limits, file: str) -> Raw:
    """Return one record of some lines."""
    raw = lines.raw(line, data)
    return too_large(file, raw.line, limits) if len(data) > limits.line_bytes else raw


def value_of(raw: Raw, file: str, depth: int) -> tuple[Any, list[Finding]]:
    """Return the JSON value of a record, and what is wrong where it has none."""
    if raw.problems:
        return None, list(raw.problems)
    try:
        return parse(raw.data if raw.json is None else raw.json, max_depth=depth), []
    except LineError as error:
        return None, [Finding(file, raw.line, error.path, error.code, error.message, hint=error.hint)]


class _Stored:
    """The stored bytes of a piece, hashed as they are read."""

    def __init__(self, file: File, size: int) -> None:
        self._file, self._left, self._check = file, size, xxh3_128()
        self.closed = False

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self._check.update(data)
        return data

    def read_lines(self, size: int, /) -> bytes:
        return self.read(size + self._to_line_end(size))

    def _to_line_end(self, size: int) -> int:
        """Return how many bytes a line goes on behind the next ``size``; 0 where that isn't soon seen."""
        if not isinstance(self._file, io.BufferedReader) or size >= self._left:
            return 0
        return os.pread(self._file.fileno(), LINE_END_WITHIN, self._file.tell() + size).find(b"\n") + 1

    def drain(self) -> None:
        while self.read(BLOCK):
            pass

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave closing to whoever opened the file."""

    @property
    def check(self) -> str:
        return self._check.hexdigest()


class _Looked:
    """The plain bytes of a file from its beginning on, of which the first are looked at."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._head = stream, b""

    def insist(self, file: str, stored: bytes) -> None:
        """Look whether the file is of the kind that its name says; ``stored`` are its first bytes as they are stored.

        Raises:
            Damaged: it is of another kind.
        """
        if wrong := packed_otherwise(file, stored):
            raise Damaged(wrong)
        while len(self._head) < HEAD and (more := self._stream.read(HEAD - len(self._head))):
            self._head += more
        if wrong := written_otherwise(file, self._head):
            raise Damaged(wrong)

    def read(self, size: int, /) -> bytes:
        return self._read(size, self._stream.read)

    def read_lines(self, size: int, /) -> bytes:
        return self._read(size, self._stream.read_lines)

    def _read(self, size: int, read: Callable[[int], bytes]) -> bytes:
        head, self._head = self._head[:size], self._head[size:]
        return head + read(size - len(head)) if len(head) < size else head


class _Plain:
    """The plain bytes of a compressed file; refuses what expands beyond all measure."""

    def __init__(self, stored: _Stored, piece: Piece, compression: str, expansion: float) -> None:
        self._piece, self._size = piece, 0
        self._most = max(expansion * piece.size, BLOCK)
        self._compression = compression
        self._stream = pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), compression) if piece.size else stored

    def read(self, size: int, /) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except (OSError, pa.ArrowException) as error:
            message = f"the {self._compression} stream is damaged behind {self._size} plain bytes: {error}"
            raise Damaged(whole_file(self._piece.file, "json", message, "compress the file again")) from error
        self._size += len(data)
        if self._size > self._most:
            message = f"{self._piece.size} compressed bytes give more than {int(self._most)} plain bytes"
            hint = "raise max_expansion if you trust the file"
            raise Damaged(whole_file(self._piece.file, "too-large", message, hint))
        return data

    read_lines = read
