"""Prose of Markdown as plain text on one line, for fields that programs read: no marks, and links by their words.

What is read is CommonMark's inline part (0.31, section 6), as far as prose in a datasheet has it. The text may be a
stranger's, so no place is looked at again and again.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.documents.markdown_marks import without_comments

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFINITION = re.compile(r" {0,3}\[([^\[\]\\]+)\]:\s*(\S+)")
_LEFT_OUT = re.compile(r"\s*(?:\||```|~~~)")  # rows of tables, fences of code
_LINE_MARK = re.compile(r"^\s*(?:#{1,6}|>|[-+*])\s+")
_TOKEN = re.compile(r"\\.|`+|\*+|_+|~~|!\[|[\[\]<]|[^\\`<\[\]!*_~]+|.")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>")
_TARGET = re.compile(r"\( ?(<[^<>]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)(?: (?:\"[^\"]*\"|'[^']*'|\([^()]*\)))? ?\)")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>")
_LABEL = re.compile(r"\[([^\[\]]*)\]")


@dataclass(slots=True)
class _Run:
    """Characters that may stress what stands beside them: how many there are, and on which side it may be."""

    character: str
    left: int
    opens: bool
    closes: bool

    def __str__(self) -> str:
        return self.character * self.left


def plain_text(markdown: str) -> str:
    """Return Markdown as one line of text: tables left out, addresses on the Web in brackets behind their links."""
    addresses, lines = {}, []
    for line in without_comments(markdown).splitlines():
        if definition := _DEFINITION.match(line):
            addresses[definition[1].casefold()] = definition[2]
        elif not _LEFT_OUT.match(line) and not (line and set(line) <= set("-=_* ")):  # a rule, or below a heading
            lines.append(_LINE_MARK.sub("", line, count=1))
    pieces = _pieces(" ".join(" ".join(lines).split()), addresses)
    _take_stress_away([piece for piece in pieces if isinstance(piece, _Run)])
    return " ".join("".join(map(str, pieces)).split())


def _pieces(text: str, addresses: dict[str, str]) -> list[str | _Run]:
    """Return the text in pieces: what stays as it is, and runs of characters that may stress something."""
    pieces: list[str | _Run] = []
    opened: list[tuple[int, int]] = []  # brackets: the piece that each is, and where its words begin
    ticks, position = _closing_ticks(text), 0
    while token := _TOKEN.match(text, position):  # whose last alternative matches whatever is left
        word, end = token[0], token.end()
        if word[0] == "`" and position in ticks:
            pieces.append(text[end : ticks[position]].strip())
            end = ticks[position] + len(word)
        elif word == "<" and (link := _AUTOLINK.match(text, position)):
            pieces.append(link[1].removeprefix("mailto:"))
            end = link.end()
        elif word == "<" and (tag := _TAG.match(text, position)):
            end = tag.end()
        elif word == "]" and opened and (target := _target(text, end, addresses)):
            piece, begin = opened.pop()
            is_same = len(target[0]) == position - begin and text.startswith(target[0], begin)
            is_shown = pieces[piece] == "[" and "://" in target[0] and not is_same
            pieces[piece] = ""
            pieces.append(f" ({target[0]})" if is_shown else "")
            end = target[1]
        elif word[0] in "*_~":
            pieces.append(_run(text, position, end))
        else:
            if word in ("[", "!["):
                opened.append((len(pieces), end))
            elif word == "]" and opened:
                opened.pop()
            is_escape = len(word) == 2 and word[0] == "\\" and not word[1].isalnum()
            pieces.append(word[1:] if is_escape else html.unescape(word))
        position = end
    return pieces


def _target(text: str, position: int, addresses: dict[str, str]) -> tuple[str, int] | None:
    """Return the address behind a link's words, and where it ends."""
    if target := _TARGET.match(text, position):
        return target[1].strip("<>"), target.end()
    if (label := _LABEL.match(text, position)) and label[1].casefold() in addresses:
        return addresses[label[1].casefold()], label.end()
    return None


def _closing_ticks(text: str) -> dict[int, int]:
    """Return where each run of backticks that begins code is followed by one as long, which ends it."""
    runs = [(run.start(), run.end() - run.start()) for run in re.finditer("`+", text)]
    following: dict[int, int] = {}
    closing = {}
    for begin, length in reversed(runs):
        if length in following:
            closing[begin] = following[length]
        following[length] = begin
    return closing


def _run(text: str, begin: int, end: int) -> _Run:
    """Return a run of marks, which opens or closes a stress by what stands beside it (CommonMark 0.31, section 6.2)."""
    before, behind = text[begin - 1 : begin] or " ", text[end : end + 1] or " "
    left = not behind.isspace() and (_is_word(behind) or not _is_word(before))
    right = not before.isspace() and (_is_word(before) or not _is_word(behind))
    if text[begin] == "_":  # within words it is a character like others
        left, right = left and (not right or not _is_word(before)), right and (not left or not _is_word(behind))
    return _Run(text[begin], end - begin, left, right)


def _is_word(character: str) -> bool:
    return character.isalnum()


def _take_stress_away(runs: Sequence[_Run]) -> None:
    """Take the marks out of runs that belong together, the inner ones first."""
    opened: list[_Run] = []
    waiting: Counter[str] = Counter()  # of each character, how many runs are open
    for run in runs:
        while run.closes and run.left and waiting[run.character]:
            opening = opened.pop()
            waiting[opening.character] -= 1
            if opening.character == run.character:
                width = min(opening.left, run.left)
                opening.left, run.left = opening.left - width, run.left - width
                if opening.left:
                    opened.append(opening)
                    waiting[opening.character] += 1
        if run.opens and run.left:
            opened.append(run)
            waiting[run.character] += 1
