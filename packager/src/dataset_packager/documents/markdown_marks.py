"""Comments of Markdown that mark something, and what stands between them, read in time that grows with the text alone.

    <!-- KIND:NAME ARGUMENT --> … <!-- /KIND -->

Nothing here is a regular expression that can try a place twice: the text may be a stranger's.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPENS, CLOSES = "<!--", "-->"


@dataclass(frozen=True, slots=True)
class Mark:
    """A comment that marks something: where it begins and ends, of what kind it is, and what it names.

    ``name`` is empty where it closes what another mark of its kind has opened.
    """

    begin: int
    end: int
    kind: str
    name: str
    argument: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What stands between the mark that opens it and the one that closes it."""

    opening: Mark
    closing: Mark
    text: str


def marks(text: str) -> Iterator[Mark]:
    """Yield the marks of a text, of all kinds, in order."""
    position = 0
    while (end := text.find(CLOSES, position)) >= 0:
        begin = text.rfind(OPENS, position, end)
        if begin >= 0 and (mark := _mark(text[begin + len(OPENS) : end], begin, end + len(CLOSES))):
            yield mark
        position = end + len(CLOSES)


def _mark(comment: str, begin: int, end: int) -> Mark | None:
    said = comment.strip()
    if said.startswith("/"):
        return Mark(begin, end, said[1:], "", "") if said[1:].isalpha() else None
    kind, colon, rest = said.partition(":")
    name, *argument = rest.split(maxsplit=1) if colon and rest and not rest[0].isspace() else [""]
    if not kind.isalpha() or not name or ">" in name or "\n" in rest:
        return None
    return Mark(begin, end, kind, name, "".join(argument))


def marked(text: str, kind: str) -> Iterator[Marked]:
    """Yield what stands between marks of a kind: from each that opens to the next that closes, also across others."""
    opening = None
    for mark in marks(text):
        if mark.kind != kind:
            continue
        if mark.name:
            opening = opening or mark
        elif opening:
            yield Marked(opening, mark, text[opening.end : mark.begin])
            opening = None


def rewritten(text: str, kind: str, change: Callable[[Marked], str]) -> str:
    """Return a text in which what is marked as of a kind, marks included, has been changed."""
    pieces, position = [], 0
    for one in marked(text, kind):
        pieces += [text[position : one.opening.begin], change(one)]
        position = one.closing.end
    return "".join(pieces) + text[position:]


def without_comments(text: str) -> str:
    """Return a text without its comments; one that nothing closes is none."""
    pieces, position = [], 0
    while (begin := text.find(OPENS, position)) >= 0 and (end := text.find(CLOSES, begin + len(OPENS))) >= 0:
        pieces.append(text[position:begin])
        position = end + len(CLOSES)
    return "".join(pieces) + text[position:]


class Lines:
    """The lines of a text by their place in it."""

    def __init__(self, text: str) -> None:
        self._ends = [number for number, character in enumerate(text) if character == "\n"]

    def number(self, position: int) -> int:
        """Return the number of the line that a place is in, counted from 1."""
        return bisect_left(self._ends, position) + 1
