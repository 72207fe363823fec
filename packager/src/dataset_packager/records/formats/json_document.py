"""JSON: one record in a file, or one array of them (RFC 8259); only the element that is being read is held.

The array may lie within an object: where ``records_at`` says, or among the features of GeoJSON (RFC 7946, section 3.3).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import orjson

from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.paths import format_path, parse_path
from dataset_packager.records.formats.interface import BLANK, BLOCK, Damaged, Raw, too_large, whole_file

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dataset_packager.records.formats.interface import File, Reading, Source, Stream

DEEPEST = 10_000  # where looking for the end of an array's element is given up
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]|"', re.DOTALL)
_STEP = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},:]|"', re.DOTALL)  # with what makes a string a name
_MARK = re.compile(rb'"FeatureCollection"')


class JsonDocument:
    """Files of JSON."""

    suffixes = (".json", ".geojson")
    compressed = True
    utf8 = True
    sections = ("records_at",)

    def cuts(self, name: str, file: File, reading: Reading) -> None:
        """Return None: where an element ends, only its beginning tells."""

    def read(self, source: Source) -> Iterator[Raw]:
        """Yield the record, or the elements of the array."""
        stream, head = source.stream, b""
        while not head.strip(BLANK) and (block := stream.read(BLOCK)):
            head = block
        if (within := source.reading.options.get("records_at")) and head.strip(BLANK):
            yield from _elements_within(stream, head, source, _steps(within))
        elif head.strip(BLANK)[:1] == b"[":
            yield from _array(stream, head, source)
        elif _is_lines(head):
            message = (
                "the file has a record on each line (JSON Lines), and its name says that it is one record or one array"
            )
            raise Damaged(whole_file(source.file, "json", message, _called_lines(source.file)))
        elif head.strip(BLANK):
            yield from _single(stream, head, source)


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


def _single(stream: Stream, head: bytes, source: Source) -> Iterator[Raw]:
    """Yield the one record that a file is, or the features that it collects."""
    parts, size = [head], len(head)
    while block := stream.read(BLOCK):
        parts.append(block)
        size += len(block)
        if size > source.limits.line_bytes:
            break
    data = b"".join(parts)
    if size > source.limits.line_bytes:
        if _MARK.search(head):
            yield from _elements_within(stream, data, source, ("features",))
        else:
            yield too_large(source.file, 1, source.limits)
    elif _MARK.search(data) and _collects_features(data):
        yield from _elements_within(stream, data, source, ("features",))
    else:
        yield Raw(1, data.strip(BLANK))


def _collects_features(data: bytes) -> bool:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    features = value.get("features") if isinstance(value, dict) else None
    return isinstance(features, list) and value.get("type") == "FeatureCollection"


def _steps(path: str) -> tuple[str, ...]:
    steps = tuple(step for step in parse_path(path) if step is not None)
    if len(steps) < len(parse_path(path)):
        raise SetupError(f"records_at: {path!r} leads through a list: name members of objects only")
    return steps


class _Tokens:
    """The tokens of JSON text, as far as they are needed to find one's way; only what isn't passed yet is held."""

    def __init__(self, stream: Stream, head: bytes, source: Source) -> None:
        self._stream, self._source = stream, source
        self.buffer, self.at = head, 0

    def next(self) -> bytes:
        """Return the next string or mark.

        Raises:
            Damaged: there is none any more, or a string is too large.
        """
        while True:
            token = _STEP.search(self.buffer, self.at)
            if token and token[0] != b'"':
                self.at = token.end()
                return token[0]
            self.buffer, self.at = self.buffer[token.start() :] if token else b"", 0
            if len(self.buffer) > self._source.limits.line_bytes:
                message = "a text around the records is too large"
                raise Damaged(whole_file(self._source.file, "too-large", message, "raise max_line_bytes"))
            if not (block := self._stream.read(BLOCK)):
                message = "the file ends within an object"
                raise Damaged(whole_file(self._source.file, "json", message, "the file is cut off: get it whole"))
            self.buffer += block


def _elements_within(stream: Stream, head: bytes, source: Source, steps: tuple[str, ...]) -> Iterator[Raw]:
    """Yield the elements of the array that members of objects lead to."""
    tokens = _Tokens(stream, head, source)
    _insist(source, steps, 0, tokens.next(), b"{")
    depth, found, name = 1, 0, b""
    while found < len(steps):
        token = tokens.next()
        if token == b":" and depth == found + 1 and _text(name) == steps[found]:
            found += 1
            _insist(source, steps, found, tokens.next(), b"[" if found == len(steps) else b"{")
            depth += 1
        depth += token in (b"{", b"[")
        depth -= token in (b"}", b"]")
        if depth <= found:
            what = format_path(steps[: found + 1])
            raise Damaged(whole_file(source.file, "json", f"the file has no member {what}", "correct records_at"))
        _check_depth(source, 1, depth)
        name = token
    rest = yield from _elements(stream, b"[" + tokens.buffer[tokens.at :], source)
    tokens = _Tokens(stream, rest, source)
    for _ in steps:
        below = 1
        while below:
            token = tokens.next()
            below += token in (b"{", b"[")
            below -= token in (b"}", b"]")
    _nothing_behind(stream, tokens.buffer[tokens.at :], source)


def _insist(source: Source, steps: tuple[str, ...], found: int, token: bytes, mark: bytes) -> None:
    if token != mark:
        kind = "an array" if mark == b"[" else "an object"
        what = format_path(steps[:found]) if found else "the file"
        raise Damaged(whole_file(source.file, "json", f"{what} is not {kind}", "correct records_at, or the file"))


def _text(name: bytes) -> str | None:
    try:
        return str(orjson.loads(name))
    except orjson.JSONDecodeError:
        return None


def _array(stream: Stream, head: bytes, source: Source) -> Iterator[Raw]:
    """Yield the elements of the array that a file is."""
    rest = yield from _elements(stream, head, source)
    _nothing_behind(stream, rest, source)


def _elements(stream: Stream, head: bytes, source: Source) -> Generator[Raw, None, bytes]:
    """Yield each element of one array, and return what was read beyond it; only the bytes of one element are held."""
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
            return buffer[position:]


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
