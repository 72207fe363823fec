"""Reading: from a piece of a file to the raw bytes of its records, block by block, in bounded memory."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Protocol

import orjson
import pyarrow as pa
from xxhash import xxh3_128

from dataset_packager.base.files import failures
from dataset_packager.base.findings import Finding
from dataset_packager.records.files import LINES, record_format
from dataset_packager.records.plan import Piece, changed, line_ends
from dataset_packager.stores.objects import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.project.config import Limits

BLOCK = 8 * 2**20
DEEPEST = 10_000  # where looking for the end of an array's element is given up
_BLANK = b" \t\r\n"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]|"', re.DOTALL)


class Raw(NamedTuple):
    """One record as it stands in its file: its line (in an array: which element), and its bytes.

    Where ``problem`` is set the bytes could not be taken as a record, and ``data`` has as much of them as was kept.
    """

    line: int
    data: bytes
    problem: Finding | None = None


class Lines(NamedTuple):
    """Whole lines as they stand in their file: the number of the first one, and their bytes, line ends included."""

    first_line: int
    data: bytes


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_piece(project: Path, piece: Piece, limits: Limits) -> Iterator[Lines | Raw]:
    """Yield the records of a piece in order: lines by the block, what can't be taken line by line one by one.

    Raises:
        EnvironmentFailure: the file can't be read, or its bytes are no longer those that were planned with.
    """
    suffix, compression = record_format(piece.file)
    with failures(piece.file), opened(project, piece.file) as file:
        file.seek(piece.start)
        stored = _Stored(file, piece.size)
        stream: _Stream = _Plain(stored, piece, compression, limits.expansion) if compression else stored
        try:
            yield from _lines(stream, piece, limits) if suffix in LINES else _document(stream, piece, limits)
        except _Damaged as damage:
            yield Raw(damage.line, b"", damage.finding)
        stored.drain()
    if stored.check != piece.check:
        raise changed(piece)


def read_records(project: Path, piece: Piece, limits: Limits) -> Iterator[Raw]:
    """Yield the records of a piece one by one.

    Raises:
        EnvironmentFailure: as ``read_piece``.
    """
    for part in read_piece(project, piece, limits):
        yield from records_of(part, limits, piece.file) if isinstance(part, Lines) else (part,)


def records_of(lines: Lines, limits: Limits, file: str) -> Iterator[Raw]:
    """Yield the records of some lines one by one; lines of white space only are passed over."""
    for line, data in enumerate(lines.data[:-1].split(b"\n"), lines.first_line):
        if len(data) > limits.line_bytes:
            yield too_large(file, line, limits)
        elif data.strip(_BLANK):
            yield Raw(line, data)


def too_large(file: str, line: int, limits: Limits) -> Raw:
    """Return what stands for a record of more bytes than there may be."""
    return Raw(line, b"", _too_large(file, line, limits))


class _Damaged(Exception):  # it ends the reading of one file and never leaves this module
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding, self.line = finding, finding.line or 0


class _Stored:
    """The stored bytes of a piece, hashed as they are read."""

    def __init__(self, file: _Stream, size: int) -> None:
        self._file, self._left, self._check = file, size, xxh3_128()
        self.closed = False

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self._check.update(data)
        return data

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
            raise _Damaged(_whole_file(self._piece, "json", message, "compress the file again")) from error
        self._size += len(data)
        if self._size > self._most:
            message = f"{self._piece.size} compressed bytes give more than {int(self._most)} plain bytes"
            raise _Damaged(_whole_file(self._piece, "too-large", message, "raise max_expansion if you trust the file"))
        return data


def _whole_file(piece: Piece, code: str, message: str, hint: str) -> Finding:
    return Finding(piece.file, None, "$", code, message, hint=hint)


def _too_large(file: str, line: int, limits: Limits) -> Finding:
    message = f"the record has more than {limits.line_bytes} bytes"
    return Finding(file, line, "$", "too-large", message, hint="split the record, or raise max_line_bytes")


def _lines(stream: _Stream, piece: Piece, limits: Limits) -> Iterator[Lines | Raw]:
    line, rest, overlong = piece.first_line, b"", False
    while block := stream.read(BLOCK):
        end = block.rfind(b"\n") + 1
        if overlong and end:  # what is left of the line is passed over
            yield Raw(line, b"", _too_large(piece.file, line, limits))
            begin = block.index(b"\n") + 1
            block, end, overlong, line = block[begin:], end - begin, False, line + 1
        if end:
            lines = b"".join((rest, memoryview(block)[:end]))
            yield Lines(line, lines)
            line, rest = line + line_ends(lines), b""
        rest += b"" if overlong else block[end:]
        if len(rest) > limits.line_bytes:
            rest, overlong = b"", True
    if overlong:
        yield Raw(line, b"", _too_large(piece.file, line, limits))
    elif rest:
        yield Lines(line, rest + b"\n")


def _document(stream: _Stream, piece: Piece, limits: Limits) -> Iterator[Raw]:
    """Yield the record of a .json file, or the elements of the array that it holds."""
    head = b""
    while not head.strip(_BLANK) and (block := stream.read(BLOCK)):
        head = block
    if head.strip(_BLANK)[:1] == b"[":
        yield from _elements(stream, head, piece, limits)
    elif _is_lines(head):
        message = (
            "the file has a record on each line (JSON Lines), and its name says that it is one record or one array"
        )
        raise _Damaged(_whole_file(piece, "json", message, _called_lines(piece.file)))
    elif head.strip(_BLANK):
        yield _single(stream, head, piece, limits)


def _is_lines(head: bytes) -> bool:
    """Say whether the first line is a record by itself, and another one begins behind it."""
    first, _, rest = head.lstrip(_BLANK).partition(b"\n")
    if rest.strip(_BLANK)[:1] not in (b"{", b"["):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def _called_lines(file: str) -> str:
    name = PurePosixPath(file).name
    return f"call it {re.sub('[.]json(?=$|[.])', '.jsonl', name, flags=re.IGNORECASE)}"


def _single(stream: _Stream, head: bytes, piece: Piece, limits: Limits) -> Raw:
    parts, size = [head], len(head)
    while block := stream.read(BLOCK):
        parts.append(block)
        size += len(block)
        if size > limits.line_bytes:
            break
    data = b"".join(parts).strip(_BLANK)
    return Raw(1, b"", _too_large(piece.file, 1, limits)) if size > limits.line_bytes else Raw(1, data)


def _elements(stream: _Stream, head: bytes, piece: Piece, limits: Limits) -> Iterator[Raw]:
    """Yield each element of one array; only the bytes of the element being read are held."""
    buffer, depth, index = head, 0, 0
    start = position = buffer.index(b"[")
    while True:
        token = _TOKEN.search(buffer, position)
        if token is None or token[0] == b'"':  # nothing more here, or a string that goes on in the next block
            if token is None:
                position = len(buffer)
            buffer, position, start = buffer[start:], (token.start() if token else position) - start, 0
            if len(buffer) > limits.line_bytes:
                raise _Damaged(_behind(_too_large(piece.file, index + 1, limits)))
            if not (block := stream.read(BLOCK)):
                raise _Damaged(
                    _whole_file(piece, "json", "the array is not closed", "the file is cut off: get it whole")
                )
            buffer += block
            continue
        position, mark = token.end(), token[0]
        depth += mark in (b"[", b"{")
        depth -= mark in (b"]", b"}")
        _check_depth(piece, index + 1, depth)
        if mark == b"[" and depth == 1:
            start = position
        elif (mark == b"," and depth == 1) or depth == 0:
            data = buffer[start : token.start()].strip(_BLANK)
            if data or mark == b"," or index:
                index += 1
                yield Raw(index, data, None if data else _missing(piece, index, mark))
            start = position
        if depth == 0:
            _nothing_behind(stream, buffer[position:], piece)
            return


def _missing(piece: Piece, index: int, mark: bytes) -> Finding:
    if mark == b"]":
        message, hint = "a comma stands behind the last element", "take the comma before ] out"
    else:
        message, hint = "no element stands before a comma", "take the comma out"
    return Finding(piece.file, index, "$", "json", f"not JSON: {message}", hint=hint)


def _check_depth(piece: Piece, index: int, depth: int) -> None:
    if depth > DEEPEST:
        message = f"the record is nested more than {DEEPEST} deep"
        raise _Damaged(_behind(Finding(piece.file, index, "$", "too-deep", message, hint="flatten it")))


def _behind(finding: Finding) -> Finding:
    """Return what to say of the file where nothing behind a refused element is read."""
    message = f"element {finding.line}: {finding.message}; what stands behind it was not read"
    return replace(finding, line=None, message=message)


def _nothing_behind(stream: _Stream, rest: bytes, piece: Piece) -> None:
    while not rest.strip(_BLANK):
        rest = stream.read(BLOCK)
        if not rest:
            return
    message = "something stands behind the end of the array"
    raise _Damaged(
        _whole_file(piece, "json", message, "keep one array in the file, or write one record a line into a .jsonl file")
    )
