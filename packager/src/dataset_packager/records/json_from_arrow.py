"""JSON text from Arrow arrays, whole columns at a time: strings, members, objects, lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    Array = Any  # pyarrow's stubs know arrays by their type of value only
    Bools = np.ndarray[Any, np.dtype[np.bool_]]

_ESCAPED = np.zeros(256, np.bool_)
_ESCAPED[:32] = _ESCAPED[ord('"')] = _ESCAPED[ord("\\")] = True
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def content(array: Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the bytes of all values of an array of strings or binaries, one behind the other."""
    if not len(array):
        return np.zeros(0, np.uint8)
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, np.int64 if wide else np.int32)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8)[places[0] : places[-1]] if data else np.zeros(0, np.uint8)


def has_any(array: Array, bytes_of_interest: Bools) -> bool:
    """Say whether any value has one of the bytes that ``bytes_of_interest``, of 256, marks."""
    return bool(bytes_of_interest[content(array)].any())


def is_escaped(array: Array) -> bool:
    """Say whether any string has something that doesn't stand in JSON as it is."""
    return has_any(array, _ESCAPED)


Pieces = tuple[Any, ...]
"""Text in pieces, one behind the other: what is the same for all rows, and arrays of what each row has."""


def strings(array: Array) -> Pieces:
    """Return the JSON text of each string (UTF-8), quotes included."""
    return '"', escaped(array), '"'


def escaped(array: Array) -> Array:
    """Return strings as they stand between the quotes of JSON (RFC 8259, section 7)."""
    array = array.cast(pa.string())
    if not is_escaped(array):
        return array
    array = pc.replace_substring(pc.replace_substring(array, "\\", "\\\\"), '"', '\\"')
    bytes_of_it = content(array)
    for code in np.unique(bytes_of_it[bytes_of_it < 32]).tolist():
        array = pc.replace_substring(array, chr(code), _SHORT.get(chr(code), f"\\u{code:04x}"))
    return array


def joined(pieces: Pieces) -> Array:
    """Return text in pieces as one array."""
    return pieces[0] if len(pieces) == 1 else pc.binary_join_element_wise(*_together(pieces), "")


def objects(members: Sequence[tuple[str, Pieces, Array | None]], end: str = "}") -> Pieces:
    """Return the text of objects.

    Args:
        members: of each its name, as JSON, the text of its values, and where it is absent; None: nowhere.
        end: what stands behind the last member.
    """
    always = [(name, text) for name, text, absent in members if absent is None]
    others = [(name, text, absent) for name, text, absent in members if absent is not None]
    pieces = ["{"]
    for number, (name, text) in enumerate(always):
        pieces += ["," if number else "", f"{name}:", *text]
    optional = [pc.if_else(absent, "", joined((f",{name}:", *text))) for name, text, absent in others]
    if optional and not always:  # the first that is there has a comma too many
        body = pc.binary_slice(joined((*optional, "")).view(pa.binary()), 1)
        return ("{", body.view(pa.string()), end)
    return (*pieces, *optional, end)


def _together(pieces: Pieces) -> list[Any]:
    """Return the pieces with those that are the same for all rows put together where they stand side by side."""
    merged: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged
