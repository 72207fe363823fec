"""How pandas reads JSON, which is how ``datasets`` gives the values of its feature Json: not every number survives.

Its parser (``ujson``) sums up the digits of a number in doubles, so many numbers of more than 15 digits come out as
their neighbours, and it refuses integers beyond 64 bits and values nested deeper than 1,024 levels. This says which
values come out as they went in, without pandas; a test holds it against pandas itself.
"""

from __future__ import annotations

import json
import math
from functools import partial

_MOST_DECIMALS, _MOST_DEPTH = 15, 1000
_POWERS = [float(f"1e-{places}") for places in range(_MOST_DECIMALS + 1)]


class _Changed(Exception):  # no error: a value that isn't held
    pass


def survives(text: str) -> bool:
    """Say whether pandas reads canonical JSON text as the value that it stands for."""
    if text.count("[") + text.count("{") > _MOST_DEPTH and _depth(text) > _MOST_DEPTH:
        return False
    try:
        _read(text)
    except (_Changed, RecursionError):
        return False
    return True


def _integer(text: str) -> int:
    value = int(text) if len(text) <= len("-18446744073709551615") else 2**64
    if not -(2**63) <= value < 2**64:
        raise _Changed
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if as_pandas(text) != value:
        raise _Changed
    return value


_read = partial(json.loads, parse_int=_integer, parse_float=_fraction)


def as_pandas(text: str) -> float:
    """Return what pandas makes of a number with a fraction or an exponent; infinity where it refuses it."""
    digits, _, exponent = text.lower().partition("e")
    sign = -1.0 if digits.startswith("-") else 1.0
    whole, _, decimals = digits.lstrip("-").partition(".")
    if int(whole) >= 2**64:
        return math.inf
    decimals, summed = decimals[:_MOST_DECIMALS], 0.0
    for digit in decimals:
        summed = summed * 10.0 + int(digit)
    value = (float(int(whole)) + summed * _POWERS[len(decimals)]) * sign
    if not exponent:
        return value
    try:
        return value * math.pow(10.0, float(exponent))
    except OverflowError:
        return math.inf


def _depth(text: str) -> int:
    """Return how deep arrays and objects are nested in JSON text."""
    deepest = depth = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
