"""How many of some bytes are a given one: by NumPy, and by what is faster once that is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def by_numpy(data: bytes, byte: int) -> int:
    """Return how many of some bytes are this one; several times as fast as ``bytes.count``."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == byte))


class _Way:
    count: Callable[[bytes, int], int] = staticmethod(by_numpy)


def count_byte(data: bytes, byte: int) -> int:
    """Return how many of some bytes are this one."""
    return _Way.count(data, byte)


def count_by(way: Callable[[bytes, int], int]) -> None:
    """Count in another way from now on, which gives the same."""
    _Way.count = staticmethod(way)
