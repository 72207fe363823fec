"""Bytes that tell the rows of equal columns apart, made of whole columns at a time; and the keys of rows as JSON text.

The bytes of a row are the text of its values, one behind the other, between bytes that UTF-8 never has: two rows have
the same ones if and only if all their values are the same.
"""

from __future__ import annotations

import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.paths import LIST
from dataset_packager.columns.arrow import items_of
from dataset_packager.columns.metadata import ENCODING, MAP, said
from dataset_packager.columns.plain_form import is_typed, offsets
from dataset_packager.records.json_from_arrow import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.arrow import Array, ArrowField

DIGEST_BYTES = 16
NULL = b"\xc0"
BETWEEN = tuple(bytes([byte]) for byte in range(0xFF, 0xF4, -1))  # values, by depth
_TEXT = pa.large_binary()


def row_digest(data: bytes) -> bytes:
    """Return 16 bytes that tell rows apart."""
    return blake2b(data, digest_size=DIGEST_BYTES).digest()


def has_bytes(field: ArrowField, depth: int = 1) -> bool:
    """Say whether equal values of a column are equal records, and can be told apart by bytes; not those of a map."""
    if is_typed(field) or said(field, ENCODING) == MAP or depth == len(BETWEEN):
        return False
    kind = field.type
    if pa.types.is_struct(kind):
        return all(has_bytes(member, depth + 1) for member in kind)
    if pa.types.is_list(kind):
        return has_bytes(kind.value_field, depth + 1)
    tests = (pa.types.is_string, pa.types.is_boolean, pa.types.is_integer, pa.types.is_float64, pa.types.is_null)
    return any(test(kind) for test in tests)


def row_digests(columns: Sequence[Array], rows: int) -> Array:
    """Return the digest of each row of columns for which ``has_bytes`` holds."""
    texts = _together([_bytes(column, 1) for column in columns], rows, 0)
    return pa.array(map(row_digest, texts.to_pylist()), pa.binary(DIGEST_BYTES))


def _together(texts: list[Array], rows: int, depth: int) -> Array:
    if len(texts) < 2:
        return texts[0] if texts else pa.repeat(pa.scalar(b"", _TEXT), rows)
    return pc.binary_join_element_wise(*texts, pa.scalar(BETWEEN[depth], _TEXT))


def _bytes(array: Array, depth: int) -> Array:
    kind = array.type
    if pa.types.is_null(kind):
        return pa.repeat(pa.scalar(NULL, _TEXT), len(array))
    if pa.types.is_struct(kind):
        begin = pa.repeat(pa.scalar(b"", _TEXT), len(array))  # an object whose one member is null isn't null
        text = _together([begin, *(_bytes(member, depth + 1) for member in array.flatten())], len(array), depth)
    elif pa.types.is_list(kind):
        lists: Any = pa.LargeListArray
        items = lists.from_arrays(pa.array(offsets(array), pa.int64()), _bytes(items_of(array), depth + 1))
        counts = array.value_lengths().fill_null(0).cast(pa.string()).cast(_TEXT)  # no item isn't one empty text
        between = pa.scalar(BETWEEN[depth], _TEXT)
        text = pc.binary_join_element_wise(counts, pc.binary_join(items, between), between)
    else:
        text = array.cast(pa.string()).cast(_TEXT)
    return pc.if_else(array.is_valid(), text, pa.scalar(NULL, _TEXT)) if array.null_count else text


def has_key_text(schema: pa.Schema, path: ColumnPath) -> bool:
    """Say whether a key's values can be written as JSON text by whole columns: strings, integers and true and false."""
    fields, field = list(schema), None
    for step in path:
        field = next((each for each in fields if step is not LIST and each.name == step), None)
        if field is None or said(field, ENCODING) or is_typed(field):
            return False
        fields = list(field.type) if pa.types.is_struct(field.type) else []
    kind = field.type if field is not None else pa.null()
    return bool(pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def key_texts(batch: pa.RecordBatch, key: Sequence[ColumnPath]) -> Array:
    """Return the key of each row as the canonical JSON text of an array, where ``has_key_text`` holds for each path."""
    texts = [_json(_values(batch, path)) for path in key]
    return pc.binary_join_element_wise("[", pc.binary_join_element_wise(*texts, ","), "]", "")


def _values(batch: pa.RecordBatch, path: ColumnPath) -> Array:
    values: Any = batch.column(str(path[0]))
    for step in path[1:]:
        values = values.flatten()[values.type.get_field_index(str(step))]
    return values


def _json(values: Array) -> Array:
    if pa.types.is_string(values.type):
        text = pc.binary_join_element_wise('"', escaped(values), '"', "")
    else:
        text = values.cast(pa.string())
    return text.fill_null("null")


def dealt_by_text(texts: Array, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a number below ``count`` for each text, the same for the same."""
    numbers = map(zlib.crc32, texts.cast(pa.binary()).to_pylist())
    return np.fromiter(numbers, np.int64, len(texts)) % count


def dealt_by_digest(digests: Array, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a number below ``count`` for each digest, the same for the same."""
    begin = digests.offset * DIGEST_BYTES
    data = np.frombuffer(digests.buffers()[1], np.uint8)[begin : begin + len(digests) * DIGEST_BYTES]
    numbers = np.ascontiguousarray(data.reshape(-1, DIGEST_BYTES)[:, :4]).view(np.uint32).ravel()
    return numbers.astype(np.int64) % count
