"""Canonical JSON text: equal values give equal text, and the text gives the value back exactly.

Order of names and escapes are those of RFC 8785 (JSON Canonicalization Scheme). Integers keep all their digits and
minus zero its sign, where RFC 8785 would round and drop them. A double that is an integer is written like that integer
below 10^21; other doubles as ECMAScript does: the shortest digits that give the same double.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

# A number token stands after one of these, or at the start; a string has a quote there. The fast encoders write all
# numbers as wanted but integral doubles (5.0) and those with an exponent.
_OTHER_NUMBER = re.compile(r"(?:^|[:,\[])-?[0-9]+(?:\.0(?![0-9])|(?:\.[0-9]+)?e)")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LIMIT = 10.0**21

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
_string = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> str:
    """Return the canonical JSON text of a JSON value (str, int, float, bool, None, list, dict with str keys).

    Raises:
        ValueError: a number is not finite, or an integer has more digits than Python converts (4,300).
        RecursionError: the value is nested too deeply.
    """
    text = _fast(value)
    if (not text.isascii() and _ASTRAL.search(text)) or _OTHER_NUMBER.search(text):
        parts: list[str] = []
        _write(value, parts)
        return "".join(parts)
    return text


def _fast(value: Any) -> str:
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, an unpaired surrogate, more than 254 levels
        return _encode(value)
    return _encode(value) if "null" in text else text  # it writes infinity as null


def _write(value: Any, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(_string(value))
    elif isinstance(value, float):
        parts.append(number(value))
    elif isinstance(value, dict):
        before = "{"
        for name in sorted(value, key=_utf16):
            parts.append(f"{before}{_string(name)}:")
            _write(value[name], parts)
            before = ","
        parts.append("}" if value else "{}")
    elif isinstance(value, list):
        before = "["
        for element in value:
            parts.append(before)
            _write(element, parts)
            before = ","
        parts.append("]" if value else "[]")
    else:
        parts.append(_encode(value))


def number(value: float) -> str:
    """Return the canonical text of a double.

    Raises:
        ValueError: it is not finite.
    """
    if value.is_integer() and abs(value) < _LIMIT:
        return "-0.0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    digits, _, exponent = repr(abs(value)).partition("e")
    return ("-" if value < 0 else "") + _ecmascript(digits, int(exponent or 0))


def _ecmascript(digits: str, exponent: int) -> str:
    """Return the digits of ``repr`` as ECMA-262 (Number::toString) places them: positional from 1e-6 up to 1e21."""
    whole, _, fraction = digits.partition(".")
    significant = (whole + fraction).strip("0") if fraction != "0" else whole.rstrip("0")
    point = len(whole) + exponent if whole != "0" else exponent - (len(fraction) - len(fraction.lstrip("0")))
    if 0 < point <= 21 and len(significant) > point:
        return f"{significant[:point]}.{significant[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + significant
    power = point - 1
    mantissa = f"{significant[0]}.{significant[1:]}" if len(significant) > 1 else significant
    return f"{mantissa}e{power:+}"


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")
