"""The JSON text that columns of Arrow mean, whole columns at a time.

What a type means stands in docs/records.md. A value that JSON can't have (NaN, a day in the year 10000) becomes
``NONE``, which no JSON text has in it; a type that JSON can't carry is refused by name.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.paths import LIST, format_path
from dataset_packager.base.text import quoted
from dataset_packager.records import json_from_arrow

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.records.formats.interface import ValueType
    from dataset_packager.records.json_from_arrow import Array, Pieces

NONE = "\0"
"""Stands for a value that JSON can't have."""
Text = Any  # an array of strings: JSON text, null where the value is null


class NoJson(Exception):
    """Why a column can't be JSON: its type, or its name."""

    def __init__(self, path: ColumnPath, problem: str) -> None:
        super().__init__(f"the column {quoted(format_path(path))} {problem}")


def row_texts(schema: pa.Schema, columns: list[Array], count: int, kind: ValueType | None) -> Array:
    """Return the JSON text of rows, each with a line end behind it.

    Raises:
        NoJson: a column has a type that JSON can't carry.
    """
    members = _members([(field.name, column) for field, column in zip(schema, columns, strict=True)], kind, ())
    return (
        json_from_arrow.joined(json_from_arrow.objects(members, "}\n"))
        if members
        else pa.repeat(pa.scalar("{}\n"), count)
    )


def _members(
    fields: list[tuple[str, Array]], kind: ValueType | None, path: ColumnPath
) -> list[tuple[str, Pieces, Array | None]]:
    """Return the members of objects: a null is null where the schema takes null, absent where it may be absent."""
    members, seen = [], set[str]()
    for name, array in fields:
        if name in seen:
            raise NoJson((*path, name), "stands there twice: JSON has each name once")
        seen.add(name)
        found = kind.member(name) if kind else None
        below = found[0] if found else None
        text: Any = text_of(array, below, (*path, name))
        absent = None
        if text.null_count:
            if found is not None and not found[1] and "null" not in found[0].kinds:
                absent = pc.is_null(text)
            text = pc.fill_null(text, "null")
        members.append((orjson.dumps(name).decode(), (text,), absent))
    return members


def text_of(array: Array, kind: ValueType | None, path: ColumnPath) -> Text:
    """Return the JSON text of each value, null where it is null.

    Raises:
        NoJson: JSON can't carry its type.
    """
    if isinstance(array, pa.ExtensionArray):
        return _extension(array, kind, path)
    for fits, text in _WAYS:
        if fits(array.type):
            return text(array, kind, path)
    raise NoJson(path, f"is {array.type}, which JSON can't carry exactly")


def _extension(array: Any, kind: ValueType | None, path: ColumnPath) -> Text:
    name = array.type.extension_name
    if name == "arrow.uuid":
        values = [None if raw is None else raw.hex() for raw in array.storage.to_pylist()]
        dashed = [None if h is None else f'"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"' for h in values]
        return pa.array(dashed, pa.string())
    if name == "arrow.bool8":
        return text_of(pc.not_equal(array.storage, 0), kind, path)
    if name == "arrow.json":
        texts = [_one_line(text) for text in array.storage.to_pylist()]
        return pa.array(texts, pa.string())
    return text_of(array.storage, kind, path)


def _one_line(text: str | None) -> str | None:
    """Return JSON text without line ends, which never stand in its strings."""
    if text is None:
        return None
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return NONE
    return text.replace("\n", " ").replace("\r", " ")


def _plain(array: Array, _kind: Any, _path: Any) -> Text:
    return array.cast(pa.string())


def _floating(array: Array, _kind: Any, _path: Any) -> Text:
    text = array.cast(pa.float64()).cast(pa.string())
    finite = pc.is_finite(array)
    if not pc.all(finite).as_py():
        text = pc.if_else(finite, text, NONE)
    negative_zero = pc.equal(text, "-0")
    return pc.if_else(negative_zero, "-0.0", text) if pc.any(negative_zero).as_py() else text


def _decimal(array: Array, kind: ValueType | None, _path: Any) -> Text:
    """Return numbers where the schema has numbers and no text, or there is no fraction; else text with all digits."""
    values = [None if value is None else f"{value:f}" for value in array.to_pylist()]
    text = pa.array(values, pa.string())
    wants_text = kind is None or "string" in kind.kinds
    return text if array.type.scale <= 0 or not wants_text else json_from_arrow.joined(('"', text, '"'))


def _text(array: Array, _kind: Any, _path: Any) -> Text:
    return json_from_arrow.joined(json_from_arrow.strings(array.cast(pa.string())))


def _binary(array: Array, _kind: Any, _path: Any) -> Text:
    values = [None if raw is None else f'"{base64.b64encode(raw).decode()}"' for raw in array.to_pylist()]
    return pa.array(values, pa.string())


def _date(array: Array, _kind: Any, _path: Any) -> Text:
    return _dated(array.cast(pa.date32()).cast(pa.string()), '"')


def _time(array: Array, _kind: Any, _path: Any) -> Text:
    return json_from_arrow.joined(('"', _without_zeros(array.cast(pa.string())), '"'))


def _timestamp(array: Array, _kind: Any, _path: Any) -> Text:
    naive = array.cast(pa.int64()).cast(pa.timestamp(array.type.unit))
    text = pc.replace_substring(naive.cast(pa.string()), " ", "T", max_replacements=1)
    return _dated(_without_zeros(text), 'Z"' if array.type.tz else '"')


def _without_zeros(text: Text) -> Text:
    """Return times without a fraction of nothing but zeros."""
    return pc.replace_substring_regex(text, r"\.0+\z", "")


def _dated(text: Text, end: str) -> Text:
    fits = pc.match_substring_regex(text, r"^[0-9]{4}-")  # RFC 3339 has no other years
    text = json_from_arrow.joined(('"', text, end))
    return text if pc.all(fits).as_py() else pc.if_else(fits, text, NONE)


def _dictionary(array: Any, kind: ValueType | None, path: ColumnPath) -> Text:
    texts = text_of(array.dictionary, kind, path)
    return texts.take(array.indices)


def _list(array: Array, kind: ValueType | None, path: ColumnPath) -> Text:
    if not pa.types.is_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    items = text_of(array.values, kind.item() if kind else None, (*path, LIST))
    items = pc.fill_null(items, "null")
    lists: Any = pa.ListArray
    text = json_from_arrow.joined(("[", pc.binary_join(lists.from_arrays(array.offsets, items), ","), "]"))
    return _null_like(array, text)


def _map(array: Any, kind: ValueType | None, path: ColumnPath) -> Text:
    if not _is_text(array.type.key_type):
        raise NoJson(path, f"is {array.type}, and names of members are text")
    below = kind.member("")[0] if kind and kind.member("") else None  # type: ignore[index]
    values = pc.fill_null(text_of(array.items, below, (*path, LIST)), "null")
    pairs = json_from_arrow.joined((*json_from_arrow.strings(array.keys.cast(pa.string())), ":", values))
    lists: Any = pa.ListArray
    text = json_from_arrow.joined(("{", pc.binary_join(lists.from_arrays(array.offsets, pairs), ","), "}"))
    return _null_like(array, text)


def _struct(array: Any, kind: ValueType | None, path: ColumnPath) -> Text:
    fields = [(field.name, values) for field, values in zip(array.type, array.flatten(), strict=True)]
    members = _members(fields, kind, path)
    text = (
        json_from_arrow.joined(json_from_arrow.objects(members)) if members else pa.repeat(pa.scalar("{}"), len(array))
    )
    return _null_like(array, text)


def _null_like(array: Array, text: Text) -> Text:
    """Return the text, null where ``array`` is."""
    return pc.if_else(pc.is_valid(array), text, pa.scalar(None, pa.string())) if array.null_count else text


def _null(array: Array, _kind: Any, _path: Any) -> Text:
    return pa.nulls(len(array), pa.string())


def _is_text(kind: pa.DataType) -> bool:
    return any(is_it(kind) for is_it in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _is_binary(kind: pa.DataType) -> bool:
    views = pa.types.is_binary_view(kind)
    return views or any(
        is_it(kind) for is_it in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    )


def _is_list(kind: pa.DataType) -> bool:
    known = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    views = (pa.types.is_list_view, pa.types.is_large_list_view)
    return any(is_it(kind) for is_it in (*known, *views))


_WAYS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any, Any, Any], Text]], ...] = (
    (_is_text, _text),
    (lambda kind: pa.types.is_integer(kind) or pa.types.is_boolean(kind), _plain),
    (pa.types.is_floating, _floating),
    (pa.types.is_dictionary, _dictionary),
    (pa.types.is_struct, _struct),
    (pa.types.is_map, _map),
    (_is_list, _list),
    (pa.types.is_timestamp, _timestamp),
    (pa.types.is_date, _date),
    (pa.types.is_time, _time),
    (pa.types.is_decimal, _decimal),
    (_is_binary, _binary),
    (pa.types.is_null, _null),
    (pa.types.is_run_end_encoded, lambda array, kind, path: text_of(pc.run_end_decode(array), kind, path)),
)
