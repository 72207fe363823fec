"""Passages: the paragraphs, sentences and quotations of a document's text, as spans in its capture.

A paragraph is what stands in segments of the asked labels between two line breaks; a segment of another label inside it
(an inserted note) is cut out, so that the sentence around it stays one sentence.

Sentences are cut by ``sentencex``: it is kept up, and where it and ``pysbd`` differed on real pages it was right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sentencex  # type: ignore[import-untyped]  # it has no stubs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from captures.corpus import Document

_WORD = re.compile(r"\w")
_QUOTED = re.compile(r"[“”„«»\"]|(?<!\w)‘|’(?!\w)")
_OPENING, _CLOSING = frozenset("“„«‘"), frozenset("”»’")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that may be interrupted: its pieces in the capture, in order, and what they say together."""

    pieces: tuple[tuple[int, int], ...]
    text: str

    def part(self, start: int, end: int) -> Passage:
        """Return the passage of ``text[start:end]``, with its own pieces in the capture."""
        pieces = []
        position = 0
        for left, right in self.pieces:
            first, last = max(start, position), min(end, position + right - left)
            if first < last:
                pieces.append((left + first - position, left + last - position))
            position += right - left
        return Passage(tuple(pieces), self.text[start:end])

    def touches(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Say whether one of the spans overlaps a piece of the passage."""
        return any(start < right and left < end for left, right in self.pieces for start, end in spans)

    @property
    def start(self) -> int:
        """Where its first piece begins."""
        return self.pieces[0][0]

    @property
    def end(self) -> int:
        """Where its last piece ends."""
        return self.pieces[-1][1]


def paragraphs(document: Document, labels: frozenset[str]) -> Iterator[Passage]:
    """Yield the paragraphs that the document's segments of these labels make."""
    pieces: list[tuple[int, int]] = []
    broken = True
    for segment in document.segments:
        if broken and pieces:
            yield _joined(document, pieces)
            pieces = []
        if segment.label in labels:
            pieces.append((segment.start, segment.end))
        broken = "\n" in document.text[segment.start : segment.end]
    if pieces:
        yield _joined(document, pieces)


def _joined(document: Document, pieces: list[tuple[int, int]]) -> Passage:
    return Passage(tuple(pieces), "".join(document.text[start:end] for start, end in pieces))


def sentences(paragraph: Passage, language: str) -> Iterator[Passage]:
    """Yield the sentences of a paragraph that hold a word; ``language`` is a BCP 47 tag."""
    position = 0
    for sentence in sentencex.segment(language.partition("-")[0], paragraph.text):
        start = paragraph.text.index(sentence, position)
        position = start + len(sentence)
        if _WORD.search(sentence):
            yield _trimmed(paragraph, start, position)


def quotations(paragraph: Passage) -> Iterator[Passage]:
    """Yield what stands between each pair of quotation marks, the inner pairs too.

    A quotation without its closing mark reaches to the end of the paragraph, one without its opening mark begins with
    the paragraph. Apostrophes are told from closing single marks by the letter behind them, so one at the end of a
    word counts only where a single mark is open.
    """
    open_marks: list[tuple[str, int]] = []
    for match in _QUOTED.finditer(paragraph.text):
        mark = match[0]
        if mark in _OPENING or (mark == '"' and _opens(paragraph.text, match.start())):
            open_marks.append((mark, match.end()))
            continue
        begins = _begin(open_marks, mark)
        if begins is not None:
            yield from _quoted(paragraph, begins, match.start())
    for _, begins in open_marks:
        yield from _quoted(paragraph, begins, len(paragraph.text))


def _opens(text: str, at: int) -> bool:
    """Say whether the straight mark at this offset opens a quotation, by what stands on either side of it."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before.isspace() or before in "([{—–-") and bool(after) and not after.isspace()


_PAIRS = {"”": '“„"', "»": "«", "’": "‘", '"': '"“„'}


def _begin(open_marks: list[tuple[str, int]], closing: str) -> int | None:
    """Close the innermost open quotation that this mark can close, and return where it begins."""
    for index in reversed(range(len(open_marks))):
        if open_marks[index][0] in _PAIRS[closing]:
            begins = open_marks[index][1]
            del open_marks[index]
            return begins
    return None if closing == "’" else 0


def _quoted(paragraph: Passage, start: int, end: int) -> Iterator[Passage]:
    if _WORD.search(paragraph.text, start, end):
        yield _trimmed(paragraph, start, end)


def _trimmed(paragraph: Passage, start: int, end: int) -> Passage:
    """Return the part without white space around it."""
    text = paragraph.text[start:end]
    return paragraph.part(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))
