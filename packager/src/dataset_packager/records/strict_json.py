"""Read one record strictly: RFC 8259 in UTF-8, no name twice, every integer exact, nothing replaced without a word.

``orjson`` reads most lines and no other reader is asked. It is silent about two things, names given twice and integers
past 64 bits (which it turns into floats): a line where one of them is possible is read again by the slower ``_strict``.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from dataset_packager.base.text import cut, member_path, quoted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH = 128  # nested arrays and objects in one record, where the configuration says nothing
DEEPEST = 250  # what the configuration may raise it to: writing and explaining JSON recurse
DIGITS = 4300  # of an integer: Python's own limit, since reading more takes quadratic time

_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_NINETEEN = b"0" * 19
_LONG_INTEGER = re.compile(rb"(?:^|[:\[,\s])-?[0-9]{19,}(?![0-9.eE])")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_EXACT = json.JSONDecoder()  # for lines that orjson has read without complaint


class LineError(Exception):
    """Why a line holds no record that can be read.

    Attributes:
        code: ``json`` (not JSON), ``encoding`` (not UTF-8, a byte-order mark, half a surrogate pair),
            ``duplicate-name``, ``range`` (no double and no integer of 4,300 digits holds the number), ``too-deep``.
        message: what is wrong.
        hint: how to mend it, where that is known.
        path: the member, ``$`` where it isn't known.
    """

    def __init__(self, code: str, message: str, hint: str | None = None, path: str = "$") -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.path = code, message, hint, path


def parse(line: bytes, max_depth: int = DEPTH) -> Any:
    """Return the JSON value of ``line``: integers exact, other numbers as doubles.

    Args:
        line: the bytes of one JSON text (RFC 8259), white space around it allowed.
        max_depth: how many arrays and objects may be nested; at most 250.

    Raises:
        LineError: the line isn't such a text; the codes are those of ``LineError``.
    """
    try:
        value = orjson.loads(line)
        written = orjson.dumps(value)
    except (orjson.JSONDecodeError, TypeError):  # TypeError: nested deeper than orjson writes
        return _strict(line, max_depth)
    # A line that orjson would write in the same way hides nothing from it.
    if written != line:
        if _may_drop_a_name(line, written):
            return _strict(line, max_depth)
        if _has_long_integer(line):
            value = _EXACT.decode(line.decode("utf-8"))
    if len(line) > 2 * max_depth and line.count(b"[") + line.count(b"{") > max_depth:
        _check_depth(value, max_depth)
    return value


def _may_drop_a_name(line: bytes, written: bytes) -> bool:
    r"""Say whether a name may stand twice in ``line``; ``written`` is what ``orjson`` made of it.

    Each name has its colon and no string gains one: where a name was dropped, colons are missing, unless an escaped
    colon (``\u003a``) came out plain.
    """
    return line.count(b":") != written.count(b":") or (b"\\" in line and b"\\u003" in line)


def _has_long_integer(line: bytes) -> bool:
    """Say whether ``line`` may hold an integer of more than 18 digits; ``orjson`` makes a double of a long one."""
    return _NINETEEN in line.translate(_ZEROS) and _LONG_INTEGER.search(line) is not None


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(min(max_depth, DEEPEST)):
        below = (child for each in level for child in (each.values() if type(each) is dict else each))
        level = [child for child in below if type(child) is dict or type(child) is list]
        if not level:
            return
    if level:
        raise _too_deep(max_depth)


def _too_deep(max_depth: int) -> LineError:
    limit = min(max_depth, DEEPEST)
    return LineError(
        "too-deep", f"arrays and objects are nested more than {limit} deep", "flatten it, or raise max_depth"
    )


@dataclass(frozen=True)
class _Wrong:
    """What stands in the place of a value that can't be kept, until its path is known."""

    code: str
    message: str
    hint: str | None = None
    name: str | None = None


def _strict(line: bytes, max_depth: int) -> Any:
    """Read a line as the standard library does and note all that it lets pass; slower than ``orjson``, and exact."""
    text = _decoded(line)
    reader = _Reader()
    try:
        value = reader.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(text, error) from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    if text.count("[") + text.count("{") > max_depth:
        _check_depth(value, max_depth)
    if reader.constant:
        found = (each for each in _errors_in(value) if each.code == "json")
        raise next(found, _not_a_value(reader.constant, "$"))
    if reader.wrong or _HALF.search(text):
        for wrong in _errors_in(value):
            raise wrong
    return value


class _Reader:
    """The standard library's reader, which C runs; what can't be kept becomes a ``_Wrong``, and ``wrong`` says so."""

    def __init__(self) -> None:
        self.wrong = False
        self.constant: str | None = None
        self.decode = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        ).decode

    def _object(self, pairs: list[tuple[str, Any]]) -> Any:
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        self.wrong = True
        twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        more = f" (and {len(twice) - 1} more names)" if len(twice) > 1 else ""
        message = f"the name {quoted(twice[0])} stands twice in one object{more}"
        return _Wrong("duplicate-name", message, "keep one of them: readers differ in which one they take", twice[0])

    def _integer(self, text: str) -> Any:
        if len(text) <= DIGITS:
            return int(text)
        self.wrong = True
        return _Wrong("range", f"an integer of {len(text)} characters is longer than {DIGITS}", "write it as a string")

    def _float(self, text: str) -> Any:
        value = float(text)
        if not math.isinf(value):
            return value
        self.wrong = True
        return _Wrong("range", f"{cut(text)} is beyond what a double can hold", "write it as a string")

    def _constant(self, text: str) -> _Wrong:
        self.constant = text
        return _Wrong("json", text)


def _not_a_value(constant: str, path: str) -> LineError:
    hint = "leave the member out, or write null where the schema allows it"
    return LineError("json", f"{constant} is not JSON", hint, path)


def _decoded(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(line, error) from None
    if text.startswith("\ufeff"):
        hint = "save the file as UTF-8 without a byte-order mark"
        raise LineError("encoding", "a byte-order mark (bytes EF BB BF) stands before the record", hint)
    return text


def _not_utf8(line: bytes, error: UnicodeDecodeError) -> LineError:
    wrong = " ".join(f"{byte:02X}" for byte in line[error.start : max(error.end, error.start + 1)])
    hint = "save the file as UTF-8"
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        hint = "the file is UTF-16: save it as UTF-8"
    return LineError("encoding", f"not UTF-8: {wrong} at byte {error.start} (counted from 0) is no character", hint)


def _errors_in(value: Any) -> Iterator[LineError]:
    """Yield an error for each value that can't be kept, in the record's order."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while todo:
        steps, each = todo.pop()
        if isinstance(each, _Wrong):
            yield _error_for(each, steps)
        elif isinstance(each, str):
            yield from _surrogates(each, steps)
        elif isinstance(each, dict):
            for name in each:
                yield from _surrogates(name, steps)
            todo.extend(((*steps, name), child) for name, child in reversed(each.items()))
        elif isinstance(each, list):
            todo.extend(((*steps, index), each[index]) for index in reversed(range(len(each))))


def _error_for(wrong: _Wrong, steps: tuple[str | int, ...]) -> LineError:
    if wrong.code == "json":
        return _not_a_value(wrong.message, member_path(steps))
    return LineError(
        wrong.code, wrong.message, wrong.hint, member_path(steps if wrong.name is None else (*steps, wrong.name))
    )


def _surrogates(text: str, steps: tuple[str | int, ...]) -> Iterator[LineError]:
    found = _LONE.search(text)
    if found:
        message = f"\\u{ord(found[0]):04x} is half of a surrogate pair, and no character"
        yield LineError("encoding", message, "write the character itself, in UTF-8", member_path(steps))


_HINTS = (
    (re.compile(r"'"), "names and strings stand in double quotes"),
    (re.compile(r"(?:True|False|None)\b"), "write true, false or null"),
    (re.compile(r"//|/\*|#"), "JSON has no comments"),
    (re.compile(r"[\]}]"), "no comma after the last element"),
    (re.compile(r"[+.][0-9]"), "a number starts with a digit, or with a minus sign and a digit"),
)


def _not_json(text: str, error: json.JSONDecodeError) -> LineError:
    rest = visible(text[error.pos : error.pos + 20])
    if not text.strip(" \t\r\n"):
        return LineError("json", "not JSON: the line is empty", "take the line out")
    if error.pos >= len(text.rstrip(" \t\r\n")) or error.msg.startswith("Unterminated string"):
        return LineError("json", "not JSON: the line ends within the record", "write each record on one line")
    if error.msg == "Extra data":
        message = f"not JSON: the record ends before character {error.pos} (counted from 0), and {rest} follows"
        comma = "take the comma out: nothing stands between lines" if text[error.pos] == "," else None
        return LineError("json", message, comma or _no_space(text, error.pos) or "write one record on each line")
    hint = next((words for pattern, words in _HINTS if pattern.match(text, error.pos)), None)
    hint = hint or _no_space(text, error.pos)
    problem = error.msg.removesuffix(" at")
    return LineError("json", f"not JSON: {problem}, at character {error.pos} (counted from 0): {rest}", hint)


def _no_space(text: str, at: int) -> str | None:
    """Say what to do about a character that looks like white space, or like nothing, and is none to JSON."""
    character = text[at : at + 1]
    if not character or (character.isprintable() and not character.isspace()):
        return None
    if text.count('"', 0, at) % 2 and ord(character) < 0x20:
        return f"write the character as {visible(character)}"
    return f"take U+{ord(character):04X} out, which looks like white space: to JSON only space, tab and line ends are"
