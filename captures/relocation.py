"""Relocation: finding spans again in another capture of the same article, by their hashes alone.

Every window of a span's length is hashed and compared, so what is found is exactly what was read; nothing is matched by
likeness. Where the same words stand more than once, the place nearest to where their neighbours moved is taken.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Span = tuple[int, int, str]  # start, end (code points in the first capture), SHA-256


class Relocation:
    """Where the spans of one capture stand in the text of another one; ``moved`` has those that were found."""

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        """Look for all spans, long ones first: they are least likely to stand in two places."""
        self._text = text
        self._anchors: list[tuple[int, int]] = []
        self._windows: dict[int, dict[str, list[int]]] = {}
        self.moved: dict[Span, tuple[int, int]] = {}
        for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
            self._find(span)

    def _find(self, span: Span) -> None:
        start, end, sha256 = span
        length, expected = end - start, start + self._shift(start)
        if 0 <= expected <= len(self._text) - length and self._hash(expected, length) == sha256:
            places = [expected]
        else:
            places = self._places(length).get(sha256, [])
        if places:
            found = min(places, key=lambda place: (abs(place - expected), place))
            self.moved[span] = found, found + length
            if len(places) == 1:
                insort(self._anchors, (start, found - start))

    def _shift(self, start: int) -> int:
        """Return by how much the nearest span that was found has moved."""
        at = bisect_left(self._anchors, (start, 0))
        near = self._anchors[max(at - 1, 0) : at + 1]
        return min(near, key=lambda anchor: abs(anchor[0] - start), default=(0, 0))[1]

    def _places(self, length: int) -> dict[str, list[int]]:
        """Return where each hash of a window of this length stands."""
        if length not in self._windows:
            windows: dict[str, list[int]] = {}
            for start in range(len(self._text) - length + 1):
                windows.setdefault(self._hash(start, length), []).append(start)
            self._windows[length] = windows
        return self._windows[length]

    @cached_property
    def _encoded(self) -> tuple[bytes, list[int]]:
        """Return the text in UTF-8, and the byte at which each code point begins."""
        offsets, position = [0], 0
        for character in self._text:
            position += len(character.encode("utf-8"))
            offsets.append(position)
        return self._text.encode("utf-8"), offsets

    def _hash(self, start: int, length: int) -> str:
        data, offsets = self._encoded
        return hashlib.sha256(data[offsets[start] : offsets[start + length]]).hexdigest()
