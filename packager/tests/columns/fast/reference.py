"""From lines to rows and their content digest once more, slowly, with other tools: nothing of the build is used.

``json`` reads, ``jsonschema`` validates (formats off), ``pyarrow`` takes each value by itself under the Arrow schema
of a release, whose metadata say how values are encoded. The digest follows ``docs/formats.md`` byte by byte.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jsonschema
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ABSENT: Any = object()
MOST_DEPTH = 128


class Refused(Exception):
    """The record can't be read, isn't valid, or doesn't fit its columns."""


def rows_of(lines: list[bytes], document: dict[str, Any], schema: pa.Schema) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the numbers of the lines that are accepted, and their rows as Arrow gives them back."""
    validator = jsonschema.validators.validator_for(document)(document)
    numbers, rows = [], []
    for number, line in enumerate(lines, 1):
        if not line.strip(b" \t\r\n"):
            continue
        try:
            record = read(line)
            if validator.is_valid(record):
                rows.append(row_of(record, schema))
                numbers.append(number)
        except Refused:
            continue
    return numbers, rows


def read(line: bytes) -> Any:
    """Return the value of one line."""
    try:
        value = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=once_each,
            parse_constant=refused,
            parse_float=finite,
            parse_int=integer,
        )
    except (ValueError, RecursionError):
        raise Refused from None
    if depth(value) > MOST_DEPTH or any("\ud800" <= each <= "\udfff" for each in texts(value)):
        raise Refused
    return value


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise Refused
    return dict(pairs)


def refused(_: str) -> Any:
    raise Refused


def finite(text: str) -> float:
    return float(text) if math.isfinite(float(text)) else refused(text)


def integer(text: str) -> int:
    return int(text) if len(text) <= 4300 else refused(text)


def depth(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


def texts(value: Any) -> Iterator[str]:
    """Yield the characters of all strings and names in a value."""
    if isinstance(value, str):
        yield from value
    for each in value if isinstance(value, dict | list) else ():
        yield from texts(each)
    if isinstance(value, dict):
        yield from texts(list(value.values()))


def row_of(record: Any, schema: pa.Schema) -> dict[str, Any]:
    """Return a record as a row: each value through an array of its own."""
    first = schema.field(0)
    if says(first, "holds", "record"):
        values = {first.name: held(first, record)}
    elif isinstance(record, dict):
        values = members(list(schema), record)
    else:
        raise Refused
    return {field.name: pa.array([values[field.name]], field.type)[0].as_py() for field in schema}


def says(field: pa.Field, key: str, value: str) -> bool:
    return (field.metadata or {}).get(key.encode()) == value.encode()


def members(fields: list[pa.Field], record: dict[str, Any]) -> dict[str, Any]:
    rest = next((field.name for field in fields if says(field, "encoding", "json-members")), None)
    named = [field for field in fields if field.name != rest]
    known = {field.name: field for field in named}
    others = {
        name: value
        for name, value in record.items()
        if name not in known or (value is None and rest is not None and says_no_null(known[name]))
    }
    if others and rest is None:
        raise Refused
    values = {field.name: held(field, record.get(field.name, ABSENT)) for field in named}
    return values if rest is None else {**values, rest: text_of(others) if others else None}


def says_no_null(field: pa.Field) -> bool:
    """Say whether null in a column reads as absent, so that a member that is null has to stand elsewhere."""
    return not says(field, "required", "true") and not says(field, "encoding", "json")


def held(field: pa.Field, value: Any) -> Any:
    """Return what Arrow is given for a value."""
    kind = field.type
    if says(field, "encoding", "json"):
        return None if value is ABSENT else text_of(value)
    if value is None or value is ABSENT:
        return None
    if says(field, "encoding", "map"):
        entry = kind.value_type
        return [
            {"key": name, entry.field(1).name: held(entry.field(1), each)} for name, each in of(dict, value).items()
        ]
    if pa.types.is_struct(kind):
        return members([kind.field(number) for number in range(kind.num_fields)], of(dict, value))
    if pa.types.is_list(kind):
        return [held(kind.value_field, each) for each in of(list, value)]
    return scalar(kind, value)


def of(kind: type, value: Any) -> Any:
    return value if type(value) is kind else refused("")


def scalar(kind: pa.DataType, value: Any) -> Any:
    if pa.types.is_string(kind):
        return of(str, value)
    if pa.types.is_boolean(kind):
        return of(bool, value)
    if type(value) not in (int, float):
        raise Refused
    if pa.types.is_float64(kind):
        return double(value)
    if value != int(value):
        raise Refused
    whole = int(value)
    if pa.types.is_decimal(kind):
        return Decimal(whole) if abs(whole) < 10**kind.precision else refused("")
    return whole if -(2**63) <= whole < 2**63 else refused("")


def double(value: float) -> float:
    try:
        return float(value) if float(value) == value else refused("")
    except OverflowError:
        raise Refused from None


def text_of(value: Any) -> str:
    """Return canonical JSON text: RFC 8785, but integers with all their digits, and minus zero with its sign."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{text_of(name)}:{text_of(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, float):
        return ("-" if math.copysign(1, value) < 0 else "") + unsigned(abs(value), math.copysign(1, value) < 0)
    return json.dumps(value, ensure_ascii=False)


def unsigned(value: float, negative: bool) -> str:
    """Return a double as ECMA-262 (Number::toString) writes it, but for the sign of zero."""
    if value.is_integer() and value < 1e21:
        return "0.0" if negative and not value else str(int(value))
    _, parts, exponent = Decimal(repr(value)).as_tuple()
    point = len(parts) + int(exponent)
    digits = "".join(map(str, parts)).lstrip("0").rstrip("0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    return digits[0] + (f".{digits[1:]}" if digits[1:] else "") + f"e{point - 1:+}"


PACKED: dict[str, Callable[[Any], bytes]] = {
    "string": lambda text: text.encode("utf-8") + b"\xff",
    "int64": lambda number: struct.pack("<q", number),
    "double": lambda number: struct.pack("<d", number),
    "bool": lambda flag: b"\1" if flag else b"\0",
    "null": lambda _: b"",
}


def digest(rows: list[dict[str, Any]], schema: pa.Schema) -> str:
    """Return the content digest of rows."""
    leaves: dict[tuple[str | int, ...], Leaf] = defaultdict(Leaf)
    for row in [*rows, None]:  # the last one is none: it makes the leaves of a table without rows
        for field in schema:
            shred(leaves, field.type, (field.name,), None if row is None else row[field.name], 0, 0, 0)
    told = [leaf.told(path) for path, leaf in leaves.items()]
    text = json.dumps({"leaves": told, "rows": len(rows), "version": 1}, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Leaf:
    """The levels and values of one leaf column."""

    def __init__(self) -> None:
        self.kind, self.levels, self.values = "", b"", b""

    def add(self, kind: pa.DataType, repetition: int, definition: int, value: Any) -> None:
        self.kind = str(kind)
        self.levels += bytes([repetition, definition + (value is not None)])
        if value is not None and self.kind.startswith("decimal"):
            self.values += int(value).to_bytes(16, "little", signed=True)
        elif value is not None:
            self.values += PACKED[self.kind](value)

    def told(self, path: tuple[str | int, ...]) -> list[Any]:
        return [list(path), self.kind, *(hashlib.sha256(part).hexdigest() for part in (self.levels[:-2], self.values))]


def shred(
    leaves: dict[tuple[str | int, ...], Leaf],
    kind: pa.DataType,
    path: tuple[str | int, ...],
    value: Any,
    repetition: int,
    definition: int,
    lists: int,
) -> None:
    """Add a value's entries to its leaves."""
    here = definition + (value is not None)
    if pa.types.is_struct(kind):
        for field in (kind.field(number) for number in range(kind.num_fields)):
            part = None if value is None else value[field.name]
            shred(leaves, field.type, (*path, field.name), part, repetition, here, lists)
    elif pa.types.is_list(kind):
        shred(
            leaves, kind.value_type, (*path, 0), value[0] if value else None, repetition, here + bool(value), lists + 1
        )
        for item in (value or ())[1:]:
            shred(leaves, kind.value_type, (*path, 0), item, lists + 1, here + 1, lists + 1)
    else:
        leaves[path].add(kind, repetition, definition, value)
