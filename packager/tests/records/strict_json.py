"""A slow reader of JSON written after RFC 8259 alone, rule by rule: what the fast one is compared with."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
HEX = re.compile(r"[0-9a-fA-F]{4}")


class NotJSON(Exception):
    """The text breaks the grammar."""


@dataclass
class Reading:
    """A value as far as it can be kept, and the codes of all that is wrong with it."""

    value: Any = None
    wrong: set[str] = field(default_factory=set)


def read(line: bytes, max_depth: int) -> Reading:
    """Read one line; ``wrong`` is empty for a text that can be kept as it is."""
    reading = Reading()
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        reading.wrong.add("encoding")
        return reading
    if text.startswith("\ufeff"):
        reading.wrong.add("encoding")
        return reading
    try:
        reading.value, end = Reader(text, reading.wrong, max_depth).value(skip(text, 0), 1)
    except NotJSON:
        reading.wrong.add("json")
        return reading
    if skip(text, end) != len(text):
        reading.wrong.add("json")
    return reading


def skip(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    assert match
    return match.end()


@dataclass
class Reader:
    """Reads values from a text by recursive descent."""

    text: str
    wrong: set[str]
    max_depth: int

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        start = self.text[at : at + 1]
        if start in ("[", "{") and start:
            if depth > self.max_depth:
                self.wrong.add("too-deep")
            return self.array(at + 1, depth) if start == "[" else self.object(at + 1, depth)
        if start == '"':
            return self.string(at + 1)
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, at):
                return value, at + len(word)
        return self.number(at)

    def array(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = skip(self.text, at)
        if self.text[at : at + 1] == "]":
            return items, at + 1
        while True:
            item, at = self.value(skip(self.text, at), depth + 1)
            items.append(item)
            at = skip(self.text, at) + 1
            if self.text[at - 1 : at] == "]":
                return items, at
            if self.text[at - 1 : at] != ",":
                raise NotJSON

    def object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        members: dict[str, Any] = {}
        at = skip(self.text, at)
        if self.text[at : at + 1] == "}":
            return members, at + 1
        while True:
            at = skip(self.text, at)
            if self.text[at : at + 1] != '"':
                raise NotJSON
            name, at = self.string(at + 1)
            at = skip(self.text, at)
            if self.text[at : at + 1] != ":":
                raise NotJSON
            if name in members:
                self.wrong.add("duplicate-name")
            members[name], at = self.value(skip(self.text, at + 1), depth + 1)
            at = skip(self.text, at) + 1
            if self.text[at - 1 : at] == "}":
                return members, at
            if self.text[at - 1 : at] != ",":
                raise NotJSON

    def string(self, at: int) -> tuple[str, int]:
        units: list[str] = []
        while True:
            match = PLAIN.match(self.text, at)
            assert match
            units.append(match[0])
            at = match.end()
            mark = self.text[at : at + 1]
            if mark == '"':
                return self.joined("".join(units)), at + 1
            if mark != "\\":
                raise NotJSON
            letter = self.text[at + 1 : at + 2]
            if letter == "u":
                digits = HEX.match(self.text, at + 2)
                if not digits:
                    raise NotJSON
                units.append(chr(int(digits[0], 16)))
                at += 6
            elif letter in ESCAPES and letter:
                units.append(ESCAPES[letter])
                at += 2
            else:
                raise NotJSON

    def joined(self, text: str) -> str:
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if any("\ud800" <= c <= "\udfff" for c in re.sub("[\ud800-\udbff][\udc00-\udfff]", "", text)):
            self.wrong.add("encoding")
        return joined

    def number(self, at: int) -> tuple[Any, int]:
        match = NUMBER.match(self.text, at)
        if not match:
            raise NotJSON
        if match[1] is None and match[2] is None:
            if len(match[0]) > 4300:
                self.wrong.add("range")
                return 0, match.end()
            return int(match[0]), match.end()
        number = float(match[0])
        if math.isinf(number):
            self.wrong.add("range")
        return number, match.end()
