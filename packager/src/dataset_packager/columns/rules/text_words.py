"""The bytes of strings as numbers: eight of them at once, from any byte on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.arrow import places_of

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.rules.checks import Ints, Mask

    Words = np.ndarray[Any, np.dtype[np.uint64]]

WORD = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)
_BITS = np.uint64(64)


@dataclass(frozen=True)
class TextWords:
    """All strings of an array; what lies behind a null is of no meaning.

    Attributes:
        text: the strings one after the other, ``length`` bytes, and room for two words behind them.
        starts, sizes: the first byte of each string, and how many it has.
    """

    text: np.ndarray[Any, np.dtype[np.uint8]]
    length: int
    starts: Ints
    sizes: Ints

    def _at(self, places: Ints) -> Words:
        """Return the eight bytes from each of some places on, the first of them the lowest."""
        words, index = self.text.view("<u8"), places >> 3
        shift = ((places & 7) << 3).astype(np.uint64)
        found = words.take(index, mode="clip") >> shift
        found |= words.take(index + 1, mode="clip") << (_BITS - shift)  # by 64 bits: none of them
        return found

    @cached_property
    def first(self) -> Words:
        """The first eight bytes of each string; zeros behind those of fewer."""
        found = self._at(self.starts)
        found &= _MASKS.take(self.sizes, mode="clip")
        return found

    @cached_property
    def last(self) -> Words:
        """The last eight bytes of each string; the first ones of those of fewer."""
        if not len(self.sizes) or self.sizes.max() <= WORD:
            return self.first
        longer = np.flatnonzero(self.sizes > WORD)
        found = self.first.copy()
        found[longer] = self._at(self.starts[longer] + self.sizes[longer] - WORD)
        return found

    @cached_property
    def plain(self) -> Mask:
        """Which strings have nothing but printable characters of ASCII."""
        odd = self.text[: self.length] - np.uint8(0x20) > np.uint8(0x5E)
        if not odd.any():
            return np.ones(len(self.sizes), np.bool_)
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(odd)])
        return np.asarray(sums[self.starts + self.sizes] == sums[self.starts])


def text_words(texts: Array) -> TextWords:
    """Return the bytes of an array of strings."""
    data = texts.buffers()[2]
    if not len(texts) or data is None:
        return TextWords(np.zeros(2 * WORD, np.uint8), 0, *np.zeros((2, len(texts)), np.int64))
    ends = places_of(texts).astype(np.int64)
    first, size = int(ends[0]), int(ends[-1] - ends[0])
    text = np.zeros((size // WORD + 3) * WORD, np.uint8)
    text[:size] = np.frombuffer(data, np.uint8)[first : first + size]
    return TextWords(text, size, ends[:-1] - first, np.diff(ends))
