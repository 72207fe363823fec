"""Of each column type: columns that have it, JSON values at the edges of what they hold, and the features they give."""

from __future__ import annotations

import base64
import json
import math
import struct
import uuid
from typing import Any

from hypothesis import strategies as st

STRING, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer"}
CLASSES = ["neg", "", "ja, 'na\"", "Ünï", "0"]
VECTOR = {"type": "array", "minItems": 3, "maxItems": 3}

COLUMNS: dict[str, tuple[dict[str, Any], Any]] = {
    "label": ({"type": "string", "enum": CLASSES}, "class-label"),
    "day": (STRING, "date"),
    "ms": (STRING, {"type": "timestamp"}),
    "seconds": (STRING, {"type": "timestamp", "digits": 0}),
    "us": (STRING, {"type": "timestamp", "unit": "us"}),
    "ns": (STRING, {"type": "timestamp", "unit": "ns"}),
    "price": (STRING, {"type": "decimal", "precision": 12, "scale": 2}),
    "tiny": (STRING, {"type": "decimal", "precision": 38, "scale": 20}),
    "whole": (STRING, {"type": "decimal", "precision": 38, "scale": 0}),
    "data": (STRING, "base64"),
    "uid": (STRING, "uuid"),
    "f32": (NUMBER, "float32"),
    "f64": (NUMBER, "float64"),
    **{name: (INTEGER, name) for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    "vector": ({**VECTOR, "items": NUMBER}, "vector"),
    "doubles": ({**VECTOR, "items": NUMBER}, {"type": "vector", "item": "float64"}),
    "bytes": ({**VECTOR, "items": INTEGER}, {"type": "vector", "item": "uint8"}),
    "any": ({}, "json"),
}

HELD: dict[str, list[Any]] = {
    "label": CLASSES,
    "day": ["0001-01-01", "9999-12-31", "2000-02-29", "1582-10-10"],
    "ms": ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
    "seconds": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2016-12-31T23:59:59Z"],
    "us": ["0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59.999999Z"],
    "ns": ["1677-09-21T00:12:44.000000000Z", "2262-04-11T23:47:16.854775806Z", "1970-01-01T00:00:00.000000001Z"],
    "price": ["0.00", "-0.01", "12.30", "9999999999.99", "-9999999999.99"],
    "tiny": ["0." + "0" * 19 + "1", "-1." + "0" * 20, "123456789012345678." + "9" * 20],
    "whole": ["0", "-1", "9" * 38, "-" + "9" * 38],
    "data": ["", "AA==", "AB8=", "+/+/", "AAAA"],
    "uid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "f32": [0.0, -0.0, 0.1, 1e-45, 3.4028235e38, 16777216.0, -1e-7, 1, 0.3, 1e20],
    "f64": [0.0, -0.0, 0.1, 5e-324, 1.7976931348623157e308, 2**53, 0.30000000000000004],
    **{f"int{bits}": [0, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 1.0] for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": [0, 2**bits - 1, 3.0] for bits in (8, 16, 32, 64)},
    "vector": [[0.5, -0.0, 0.1], [1, 2, 3]],
    "doubles": [[0.30000000000000004, 1e308, -0.0]],
    "bytes": [[0, 255, 1]],
    "any": ["null", {"a": [1, None, {"b": -0.0}]}, "123", 2**63, -(2**63), 2**64 - 1, 0.1, [], {}, "", [[]], True],
}
NOT_HELD: dict[str, list[Any]] = {
    "day": ["0000-01-01", "10000-01-01", "2001-02-29", "2001-2-03", "2001-02-03 ", "20010203", "", "-001-01-01"],
    "ms": [
        "2016-12-31T23:59:60.000Z", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59.00Z", "2016-12-31t23:59:59.000z",
        "2016-12-31T23:59:59.000+00:00", "2016-12-31 23:59:59.000Z", "0000-12-31T23:59:59.000Z", "",
        "2016-12-31T24:00:00.000Z", "2016-12-31T23:59:59.000", "2016-12-31T23:59:59.0000Z",
    ],
    "seconds": ["2016-12-31T23:59:59.Z", "2016-12-31T23:59:59.0Z", "2016-12-31T23:59:60Z"],
    "us": ["2016-12-31T23:59:59.000Z", "2016-12-31T23:59:59.000000000Z"],
    "ns": [
        "1677-09-21T00:12:43.145224192Z", "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775808Z",
        "9999-12-31T23:59:59.999999999Z",
    ],
    "price": [
        "-0.00", "0012.30", "+1.00", ".50", "1e2", "1.0", "1.000", "1", "10000000000.00", "1,00", "", " 1.00", "1.00\n",
        "NaN", "١.٠٠",
    ],
    "tiny": ["0.1", "1234567890123456789." + "9" * 20, "-0." + "0" * 20],
    "whole": ["-0", "1.", "00", "1" + "0" * 38],
    "data": ["AB==", "AA", "AA=", "A", "AAAA\n", "AA==AA==", "AA-_", " AAAA", "====", "AAAA="],
    "uid": [
        "FFFFFFFF-ffff-ffff-ffff-ffffffffffff", "ffffffffffffffffffffffffffffffff",
        "{ffffffff-ffff-ffff-ffff-ffffffffffff}", "ffffffff-ffff-ffff-ffff-fffffffffff", "",
        "ffffffff-ffff-ffff-ffff-ffffffffffff\n",
    ],
    "f32": [0.10000000149011612, 16777217, 1e-46, 3.5e38, 0.30000001192092896, 1 / 3, 5e-324],
    **{f"int{bits}": [-(2 ** (bits - 1)) - 1, 2 ** (bits - 1)] for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": [-1, 2**bits] for bits in (8, 16, 32, 64)},
    "vector": [[1.0, 1 / 3, 1.0]],
    "bytes": [[0, 256, 1], [-1, 0, 0]],
    "any": [2**64, -(2**63) - 1, 10**21, 10**20, {"deep": [5e-324]}, 0.12345678901234568],
}  # fmt: skip
"""Values that the schema takes and the type doesn't."""
FEATURES: dict[str, Any] = {
    "label": {"names": CLASSES, "_type": "ClassLabel"},
    "day": {"dtype": "date32", "_type": "Value"},
    "ms": {"dtype": "timestamp[ms, tz=UTC]", "_type": "Value"},
    "seconds": {"dtype": "timestamp[ms, tz=UTC]", "_type": "Value"},
    "us": {"dtype": "timestamp[us, tz=UTC]", "_type": "Value"},
    "ns": {"dtype": "timestamp[ns, tz=UTC]", "_type": "Value"},
    "price": {"dtype": "decimal128(12, 2)", "_type": "Value"},
    "tiny": {"dtype": "decimal128(38, 20)", "_type": "Value"},
    "whole": {"dtype": "decimal128(38, 0)", "_type": "Value"},
    "data": {"dtype": "binary", "_type": "Value"},
    "uid": {"dtype": "fixed_size_binary[16]", "_type": "Value"},
    "f32": {"dtype": "float32", "_type": "Value"},
    "f64": {"dtype": "float64", "_type": "Value"},
    **{name: {"dtype": name, "_type": "Value"} for name in COLUMNS if name.startswith(("int", "uint"))},
    "vector": {"feature": {"dtype": "float32", "_type": "Value"}, "length": 3, "_type": "List"},
    "doubles": {"feature": {"dtype": "float64", "_type": "Value"}, "length": 3, "_type": "List"},
    "bytes": {"feature": {"dtype": "uint8", "_type": "Value"}, "length": 3, "_type": "List"},
    "any": {"_type": "Json"},
}


def schema(*, nested: bool = False) -> dict[str, Any]:
    """Return a schema whose members have the types by ``x-column``; ``nested`` in objects of a list."""
    members = {name: {**rule, "x-column": choice} for name, (rule, choice) in COLUMNS.items()}
    if nested:
        item = {"type": "object", "properties": members, "additionalProperties": False}
        members = {"inner": {"type": "array", "items": item}}
    return {"type": "object", "properties": members, "additionalProperties": False}


_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_SINGLE = st.floats(allow_nan=False, allow_infinity=False, width=32)


def _shortest(value: float) -> float:
    """Return the double of a single's shortest text, by trying one number of digits after the other."""
    for digits in range(1, 10):
        near = float(f"{value:.{digits}g}")
        if abs(near) < 3.5e38 and struct.unpack("f", struct.pack("f", near))[0] == value:
            return near
    return value


def _texts(*patterns: str) -> st.SearchStrategy[str]:
    return st.one_of(*(st.from_regex(pattern, fullmatch=True) for pattern in patterns))


_YEAR, _DAY = "(000[01]|1677|1969|20[0-9][0-9]|2262|9999)", "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = f"{_YEAR}-{_DAY}T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | _FINITE | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "label": st.sampled_from(CLASSES),
    "day": _texts(r"[0-9]{4}-[0-1][0-9]-[0-3][0-9]"),
    "ms": _texts(_TIME + r"\.[0-9]{3}Z", _TIME + r"(\.[0-9]{1,4})?(Z|z|\+00:00)"),
    "seconds": _texts(_TIME + "Z"),
    "us": _texts(_TIME + r"\.[0-9]{6}Z"),
    "ns": _texts(_TIME + r"\.[0-9]{9}Z"),
    "price": _texts(r"[-+]?[0-9]{1,11}\.[0-9]{2}", r"[-+]?[0-9]{0,11}(\.[0-9]{0,3})?(e[0-9])?"),
    "tiny": _texts(r"-?(0|[1-9][0-9]{0,18})\.[0-9]{20}", r"-?0\.0{15,19}[0-9]{1,5}"),
    "whole": _texts(r"-?[0-9]{1,39}"),
    "data": st.binary(max_size=12).map(lambda data: base64.b64encode(data).decode()) | _texts("[A-Za-z0-9+/=]{0,8}"),
    "uid": st.uuids().map(str) | _texts(r"[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{11,12}"),
    "f32": _SINGLE.map(_shortest) | _SINGLE | _FINITE | st.integers(-(2**53), 2**53),
    "f64": _FINITE,
    **{
        f"{sign}int{bits}": st.integers(-(2**bits), 2 ** (bits + 1)) | st.integers(-300, 300)
        for sign in ("", "u") for bits in (8, 16, 32, 64)
    },
    "vector": st.lists(_SINGLE.map(_shortest), min_size=3, max_size=3) | st.lists(_FINITE, min_size=3, max_size=3),
    "doubles": st.lists(_FINITE, min_size=3, max_size=3),
    "bytes": st.lists(st.integers(0, 255) | st.integers(-1, 256), min_size=3, max_size=3),
    "any": _JSON.filter(lambda value: value is not None),
}  # fmt: skip


def lines(values: list[Any]) -> bytes:
    """Return values as JSON Lines, in the shortest text of each number."""
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


def is_single(value: float) -> bool:
    """Say whether a double is the one of a single's shortest text, without the code under test."""
    if not math.isfinite(value) or abs(value) > 3.4028235e38:
        return False
    return _shortest(struct.unpack("f", struct.pack("f", value))[0]) == value


def is_uuid(text: str) -> bool:
    """Say whether a text is a UUID as Python writes it."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
