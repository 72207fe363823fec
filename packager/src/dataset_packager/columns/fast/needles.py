"""Byte strings that whole columns are searched for, all at once: compiled, one pass over the bytes of the texts."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from dataset_packager.columns.fast import kernel_loader as compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_loader import Kernel

FEWEST_BYTES = 3  # of a needle: what is looked at first are two of three bytes in a row
_FREQUENT, _OTHERS = frozenset(b"aehilnorst"), frozenset(b"bcdfgjkmpquvwxyz ")  # of texts; all else is rarer


class Needles:
    """Some byte strings, as the kernel looks for them."""

    def __init__(self, needles: Sequence[bytes], holds_any: Kernel) -> None:
        self._holds_any = holds_any
        sizes = [len(each) for each in needles]
        starts = accumulate(sizes[:-1], initial=0)
        offsets = list(map(_rarest, needles))
        self._pairs = np.zeros(2**16 // 8, np.uint8)
        for needle, offset in zip(needles, offsets, strict=True):
            for at in (offset, offset + 1):
                pair = int.from_bytes(needle[at : at + 2], "little")
                self._pairs[pair // 8] |= 1 << pair % 8
        self._texts = np.frombuffer(b"".join(needles), np.uint8).copy()
        self._places = np.array(list(zip(starts, sizes, offsets, strict=True)), np.int64)

    def held_by(self, texts: Array) -> bool:
        """Say whether the bytes of an array's texts, one text behind the other, have one of the needles in them."""
        _, offsets, data = texts.buffers()
        if data is None or not len(texts):
            return False
        ends = np.frombuffer(offsets, np.int32)
        start, end = int(ends[texts.offset]), int(ends[texts.offset + len(texts)])
        return self.held_at(data.address + start, end - start)

    def held_at(self, address: int, size: int) -> bool:
        """Say whether the bytes at an address have one of the needles in them."""
        places = (array.ctypes.data for array in (self._pairs, self._texts, self._places))
        return bool(self._holds_any(address, size, *places, len(self._places)))


@cache
def needles(wanted: tuple[bytes, ...]) -> Needles | None:
    """Return what looks for some byte strings, None where there is no kernel or one of them is too short for it."""
    holds_any = compiled.function("holds_any")
    if holds_any is None or not wanted or min(map(len, wanted)) < FEWEST_BYTES:
        return None
    return Needles(wanted, holds_any)


def _rarest(needle: bytes) -> int:
    """Return where those three bytes of a needle stand of which texts have the two pairs most rarely."""

    def commonness(at: int) -> int:
        one, two, three = (1 + (byte in _OTHERS) + 2 * (byte in _FREQUENT) for byte in needle[at : at + 3])
        return one * two + two * three

    return min(range(len(needle) - 2), key=commonness)
