"""The ways that strings may be, held against whole columns: compiled, sixteen bytes of a string at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.arrow import places_of
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast import kernel_loader as compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_loader import Kernel
    from dataset_packager.columns.rules.checks import Mask

    Ranges = Sequence[tuple[int, int]]
    Way = tuple[Sequence[Ranges], Iterable[int]]
    """At each place the ranges of bytes that may stand there, and how many places a string may have of these."""

_LANES = 16
_ANY = ((0, 255),)


class TextWays:
    """Some ways that strings of at most ``layout.MOST_PLACES`` bytes may be, as the kernel takes them."""

    def __init__(self, ways: Sequence[Way], unlike: Kernel) -> None:
        self._unlike = unlike
        self._ways = np.zeros((len(ways), layout.WAY), np.uint64)
        bounds = b""
        for row, (places, sizes) in zip(self._ways, ways, strict=True):
            ranges = max(map(len, places), default=0)
            row[layout.SIZES] = sum(1 << size - 1 for size in sizes if size)
            row[layout.EMPTY], row[layout.RANGES], row[layout.BOUNDS] = 0 in sizes, ranges, len(bounds)
            bounds += _bounds(places, ranges)
        self._bounds = np.frombuffer(bounds + b"\0", np.uint8)

    def left(self, texts: Array, asked: Mask) -> Mask:
        """Return which strings of an array, of those that are asked for, are in none of the ways."""
        left = np.zeros(len(texts), np.bool_)
        places, data = places_of(texts), texts.buffers()[2]
        arrays = (self._bounds, np.ascontiguousarray(asked), left)
        addresses = (array.ctypes.data for array in arrays)
        start = data.address if data is not None else places.ctypes.data  # of no string that isn't empty
        ways = self._ways.ctypes.data, len(self._ways)
        self._unlike(start, places.ctypes.data, len(texts), *ways, *addresses)
        return left


def text_ways(ways: Sequence[Way]) -> TextWays | None:
    """Return some ways that strings may be; None where no kernel looks at them."""
    unlike = compiled.matcher()
    return TextWays(ways, unlike) if unlike is not None else None


def word_ways(words: Iterable[bytes]) -> TextWays | None:
    """Return the ways that are some words."""
    return text_ways([([[(byte, byte)] for byte in word], [len(word)]) for word in words])


def _bounds(places: Sequence[Ranges], ranges: int) -> bytes:
    """Return the least bytes of sixteen places, how far the greatest ones are, then both of their other ranges."""
    padded: list[Any] = [*places, *[_ANY] * (-len(places) % _LANES)]
    bounds = b""
    for begin in range(0, len(padded), _LANES):
        for number in range(ranges):
            some = [each[min(number, len(each) - 1)] for each in padded[begin : begin + _LANES]]
            bounds += bytes(least for least, _ in some) + bytes(most - least for least, most in some)
    return bounds
