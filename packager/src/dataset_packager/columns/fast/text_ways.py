"""The ways that strings may be, held against whole columns: compiled, sixteen bytes of a string at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.arrow import places_of
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast import kernel_loader as compiled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.rules.checks import Mask

    Ranges = Sequence[tuple[int, int]]
    Way = tuple[Sequence[Ranges], Collection[int], bool]
    """At each place the ranges of bytes that may stand there; of which sizes strings may be; whether all begin so."""

_LANES = 16
_ANY = ((0, 255),)


class TextWays:
    """Some ways that strings of at most ``layout.MOST_PLACES`` bytes may be, as the kernel takes them."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self._ways = np.zeros((len(ways), layout.WAY), np.int64)
        bounds = b""
        for row, (places, sizes, begins) in zip(self._ways, ways, strict=True):
            ranges = max(map(len, places), default=0)
            row[layout.SIZES] = np.uint64(sum(1 << size - 1 for size in sizes if size)).view(np.int64)
            row[layout.EMPTY], row[layout.BEGINNING] = 0 in sizes, len(places) if begins else layout.WHOLE
            row[layout.RANGES], row[layout.BOUNDS] = ranges, len(bounds)
            bounds += _bounds(places, ranges)
        self._bounds = np.frombuffer(bounds + b"\0", np.uint8)

    def left(self, texts: Array, asked: Mask) -> Mask:
        """Return which strings of an array, of those that are asked for, are in none of the ways.

        Without a kernel these are all; ``compiled.function`` says whether there is one.
        """
        unlike = compiled.function("unlike")
        if unlike is None:
            return asked
        left = np.zeros(len(texts), np.bool_)
        places, data = places_of(texts), texts.buffers()[2]
        arrays = (self._bounds, np.ascontiguousarray(asked), left)
        addresses = (array.ctypes.data for array in arrays)
        start = data.address if data is not None else places.ctypes.data  # of no string that isn't empty
        ways = self._ways.ctypes.data, len(self._ways)
        unlike(start, places.ctypes.data, len(texts), *ways, *addresses)
        return left


def word_ways(words: Iterable[bytes]) -> TextWays:
    """Return the ways that are some words."""
    return TextWays([([[(byte, byte)] for byte in word], [len(word)], False) for word in words])


def _bounds(places: Sequence[Ranges], ranges: int) -> bytes:
    """Return the least bytes of sixteen places, how far the greatest ones are, then both of their other ranges."""
    padded: list[Any] = [*places, *[_ANY] * (-len(places) % _LANES)]
    bounds = b""
    for begin in range(0, len(padded), _LANES):
        for number in range(ranges):
            some = [each[min(number, len(each) - 1)] for each in padded[begin : begin + _LANES]]
            bounds += bytes(least for least, _ in some) + bytes(most - least for least, most in some)
    return bounds
