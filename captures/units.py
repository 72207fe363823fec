"""Units: values in SI units, computed from UCUM codes (ucum.org, The Unified Code for Units of Measure)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fractions import Fraction

_SYMBOLS = {
    "meter": "m", "second": "s", "kilogram": "kg", "kelvin": "K", "ampere": "A", "mole": "mol", "candela": "cd",
}  # fmt: skip
DIGITS = 12  # of a value: more would be the arithmetic's, not the unit's


class UnknownUnitError(ValueError):
    """A code that isn't UCUM, or whose unit isn't made of the SI's base units."""


def in_si(value: float, code: str) -> float:
    """Return a value given in the unit of a UCUM code, in the coherent SI unit, to twelve significant digits.

    Raises:
        UnknownUnitError: the code isn't UCUM.
    """
    magnitude = _converted(value, code).magnitude
    return float(f"{float(magnitude):.{DIGITS}g}")


@cache
def si_unit(code: str) -> str:
    """Return the coherent SI unit of what a UCUM code measures, in UCUM: ``m2``, ``m.s-1``, ``1`` for pure numbers.

    Raises:
        UnknownUnitError: the code isn't UCUM, or its unit isn't made of the SI's base units.
    """
    parts = dict(_converted(1, code).unit_items())
    if unknown := sorted(parts.keys() - _SYMBOLS):
        raise UnknownUnitError(f"{code!r} measures in {', '.join(unknown)}, which the SI's base units don't make up")
    written = (_SYMBOLS[name] + ("" if parts[name] == 1 else f"{parts[name]:g}") for name in _SYMBOLS if name in parts)
    return ".".join(written) or "1"


def _converted(value: float | Fraction, code: str) -> Any:
    registry = _registry()
    try:
        unit = registry.from_ucum(code)
    except Exception as error:  # the grammar's errors have no common class
        raise UnknownUnitError(f"{code!r} is no code of UCUM") from error
    return registry.Quantity(value * unit.magnitude, unit.units).to_base_units()


@cache
def _registry() -> Any:
    from ucumvert import PintUcumRegistry  # it takes seconds, and few commands need it

    return PintUcumRegistry()
