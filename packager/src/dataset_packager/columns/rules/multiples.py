"""Which numbers are multiples of a step, told of all doubles or integers of a column at once.

The gate's engine divides decimals: a double stands for its shortest one, 0.3 for three tenths. A step is so many units,
each of them a power of ten. If a number times the units in one is below 10**15, the nearest integer says how many units
a number of that many places has, and divided back it gives the same double exactly if the number is that decimal: two
decimals of at most 15 digits are never one double (IEEE 754, table of conversions in section 5.12.2), and of a product
and a quotient, each rounded once, too little is lost to miss the integer.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dataset_packager.columns.rules.checks import Mask

_MOST = 10.0**15
_MOST_PLACES = 22  # of a power of ten that a double holds


@dataclass(frozen=True)
class Multiples:
    """The multiples of a step of so many ``units``, of which ``in_one`` make one."""

    units: float
    in_one: float

    def among(self, numbers: np.ndarray[Any, Any]) -> tuple[Mask, Mask]:
        """Return which of some numbers are multiples, and of which that can be told; any for what isn't finite."""
        doubles = numbers.astype(np.float64, copy=False)
        with np.errstate(all="ignore"):
            counts = np.rint(doubles * self.in_one)
            told = np.abs(counts) < _MOST
            multiples = told & (counts / self.in_one == doubles)
            if self.units > 1:
                multiples &= np.fmod(counts, self.units) == 0
        return multiples, told


def multiples_of(step: float) -> Multiples | None:
    """Return the multiples of a step, or None for one of very many digits or places."""
    if not 0 < step < _MOST:
        return None
    decimal = Decimal(repr(step)).normalize()
    places = max(-int(decimal.as_tuple().exponent), 0)
    units = decimal.scaleb(places)
    return Multiples(float(units), 10.0**places) if places <= _MOST_PLACES and units < _MOST else None
