"""Which numbers lie between the limits of a schema, as a guess that the gate's engine confirms at its edges."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.columns.rules.checks import Mask

    Numbers = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Bounds:
    """The numbers from ``least`` to ``most``."""

    least: float
    most: float

    def valid(self, numbers: Numbers, here: Mask, accept: Callable[[list[Any]], bool]) -> Mask | None:
        """Return which of some numbers are valid by rules that hold between two limits, and nowhere else.

        The engine has to ``accept`` the least and the greatest of them, and to refuse those next to them; None where it
        doesn't. NaN, which is no number of JSON, counts as valid.
        """
        if not here.any() or accept(_ends(numbers, here)):
            return here
        below, above = here & (numbers < self.least), here & (numbers > self.most)
        within = here & ~below & ~above
        if within.any() and not accept(_ends(numbers, within)):
            return None
        next_to = [*_ends(numbers, below)[1:], *_ends(numbers, above)[:1]]
        return None if any(accept([number]) for number in next_to) else within


def bounds_of(asked: dict[str, Any]) -> Bounds:
    """Return the doubles between the limits that keywords set; in draft 4 exclusion is said beside a limit."""
    limits = {name: _double(value) for name, value in asked.items() if not isinstance(value, bool | str | list)}
    least, most = limits.get("minimum", -np.inf), limits.get("maximum", np.inf)
    beyond = least if asked.get("exclusiveMinimum") is True else limits.get("exclusiveMinimum", -np.inf)
    before = most if asked.get("exclusiveMaximum") is True else limits.get("exclusiveMaximum", np.inf)
    return Bounds(max(least, float(np.nextafter(beyond, np.inf))), min(most, float(np.nextafter(before, -np.inf))))


def least_and_greatest(numbers: Numbers, here: Mask) -> tuple[Any, Any]:
    """Return the least and the greatest of some numbers, of which there are any; NaN only where all are."""
    chosen = numbers if here.all() else numbers.compress(here)
    least = chosen.min()
    if np.isnan(least):  # which is no number of JSON, and says nothing of the others
        return np.fmin.reduce(chosen), np.fmax.reduce(chosen)
    return least, chosen.max()


def _ends(numbers: Numbers, here: Mask) -> list[Any]:
    return [end.item() for end in least_and_greatest(numbers, here)] if here.any() else []


def _double(number: float) -> float:
    return float(max(min(number, sys.float_info.max), -sys.float_info.max))
