"""JSON: one record in a file, or one array of them (RFC 8259); only the element that is being read is held."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import orjson

from dataset_packager.base.findings import Finding
from dataset_packager.records.formats.interface import BLANK, BLOCK, Damaged, Raw, too_large, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import File, Reading, Source, Stream

DEEPEST = 10_000  # where looking for the end of an array's element is given up
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]|"', re.DOTALL)


class JsonDocument:
    """Files of JSON."""

    suffixes = (".json",)
    compressed = True
    utf8 = True
    sections = ()

    def cuts(self, name: str, file: File, reading: Reading) -> None:
        """Return None: where an element ends, only its beginning tells."""

    def read(self, source: Source) -> Iterator[Raw]:
        """Yield the record, or the elements of the array."""
        stream, head = source.stream, b""
        while not head.strip(BLANK) and (block := stream.read(BLOCK)):
            head = block
        if head.strip(BLANK)[:1] == b"[":
            yield from _elements(stream, head, source)
        elif _is_lines(head):
            message = (
                "the file has a record on each line (JSON Lines), and its name says that it is one record or one array"
            )
            raise Damaged(whole_file(source.file, "json", message, _called_lines(source.file)))
        elif head.strip(BLANK):
            yield _single(stream, head, source)


FORMAT = JsonDocument()


def _is_lines(head: bytes) -> bool:
    """Say whether the first line is a record by itself, and another one begins behind it."""
    first, _, rest = head.lstrip(BLANK).partition(b"\n")
    if rest.strip(BLANK)[:1] not in (b"{", b"["):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def _called_lines(file: str) -> str:
    name = PurePosixPath(file).name
    return f"call it {re.sub('[.]json(?=$|[.])', '.jsonl', name, flags=re.IGNORECASE)}"


def _single(stream: Stream, head: bytes, source: Source) -> Raw:
    parts, size = [head], len(head)
    while block := stream.read(BLOCK):
        parts.append(block)
        size += len(block)
        if size > source.limits.line_bytes:
            break
    data = b"".join(parts).strip(BLANK)
    return too_large(source.file, 1, source.limits) if size > source.limits.line_bytes else Raw(1, data)


def _elements(stream: Stream, head: bytes, source: Source) -> Iterator[Raw]:
    """Yield each element of one array; only the bytes of the element being read are held."""
    buffer, depth, index = head, 0, 0
    start = position = buffer.index(b"[")
    while True:
        token = _TOKEN.search(buffer, position)
        if token is None or token[0] == b'"':  # nothing more here, or a string that goes on in the next block
            if token is None:
                position = len(buffer)
            buffer, position, start = buffer[start:], (token.start() if token else position) - start, 0
            if len(buffer) > source.limits.line_bytes:
                raise Damaged(_behind(too_large(source.file, index + 1, source.limits).problems[0]))
            if not (block := stream.read(BLOCK)):
                raise Damaged(
                    whole_file(source.file, "json", "the array is not closed", "the file is cut off: get it whole")
                )
            buffer += block
            continue
        position, mark = token.end(), token[0]
        depth += mark in (b"[", b"{")
        depth -= mark in (b"]", b"}")
        _check_depth(source, index + 1, depth)
        if mark == b"[" and depth == 1:
            start = position
        elif (mark == b"," and depth == 1) or depth == 0:
            data = buffer[start : token.start()].strip(BLANK)
            if data or mark == b"," or index:
                index += 1
                yield Raw(index, data, () if data else (_missing(source, index, mark),))
            start = position
        if depth == 0:
            _nothing_behind(stream, buffer[position:], source)
            return


def _missing(source: Source, index: int, mark: bytes) -> Finding:
    if mark == b"]":
        message, hint = "a comma stands behind the last element", "take the comma before ] out"
    else:
        message, hint = "no element stands before a comma", "take the comma out"
    return Finding(source.file, index, "$", "json", f"not JSON: {message}", hint=hint)


def _check_depth(source: Source, index: int, depth: int) -> None:
    if depth > DEEPEST:
        message = f"the record is nested more than {DEEPEST} deep"
        raise Damaged(_behind(Finding(source.file, index, "$", "too-deep", message, hint="flatten it")))


def _behind(finding: Finding) -> Finding:
    """Return what to say of the file where nothing behind a refused element is read."""
    message = f"element {finding.line}: {finding.message}; what stands behind it was not read"
    return replace(finding, line=None, message=message)


def _nothing_behind(stream: Stream, rest: bytes, source: Source) -> None:
    while not rest.strip(BLANK):
        rest = stream.read(BLOCK)
        if not rest:
            return
    message = "something stands behind the end of the array"
    hint = "keep one array in the file, or write one record a line into a .jsonl file"
    raise Damaged(whole_file(source.file, "json", message, hint))
