"""From Arrow tables back to the records, by nothing but the fields' metadata.

``encoding`` says how a field's values are written (``json``, ``json-members``, ``map``, or a column type);
``required`` that a null is a null, not an absent member; ``holds`` that a column is the whole record, or no part of it.
A member that is null where it could also be absent stands among the ``json-members`` of its object.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns.encode import ABSENT
from dataset_packager.columns.metadata import (
    ENCODING,
    HOLDS,
    JSON_MEMBERS,
    JSON_TEXT,
    MAP,
    RECORD,
    REQUIRED,
    said,
)
from dataset_packager.columns.plain_form import is_typed, plain_array, plain_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.columns.arrow import Array, ArrowField

_ROWS = 4096


def decode(table: pa.Table) -> Iterator[Any]:
    """Yield the records of ``table`` as they went in.

    Args:
        table: rows with the field metadata that ``TablePlan.arrow_schema`` gives; metadata of others is ignored.
    """
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from _records(batch)


def _says(field: ArrowField, key: str, value: str | None = None) -> bool:
    told = said(field, key)
    return told is not None if value is None else told == value


def _records(batch: pa.RecordBatch) -> list[Any]:
    columns = list(zip(batch.schema, batch.columns, strict=True))
    for field, column in columns:
        if _says(field, HOLDS, RECORD):
            return [None if value is ABSENT else value for value in values_of(field, column)]
    fields, arrays = zip(*((each, column) for each, column in columns if not _says(each, HOLDS)), strict=True)
    return _objects(fields, arrays, batch.num_rows)


def values_of(field: ArrowField, array: Array) -> list[Any]:
    """Return the JSON values of ``array``, ``ABSENT`` where it is null."""
    if is_typed(field):
        field, array = plain_field(field), plain_array(field, array)
    return _reader(field)(field, array)


def _reader(field: ArrowField) -> Callable[[ArrowField, Array], list[Any]]:
    if _says(field, ENCODING, JSON_TEXT) or _says(field, ENCODING, JSON_MEMBERS):
        return _parsed
    if _says(field, ENCODING, MAP):
        return _maps
    if pa.types.is_struct(field.type):
        return _structs
    if pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
        return _lists
    return _integers if pa.types.is_decimal(field.type) else _plain


def _structs(field: ArrowField, array: Array) -> list[Any]:
    fields = list(field.type)
    objects = _objects(fields, [array.field(index) for index in range(len(fields))], len(array))
    if not array.null_count:
        return objects
    return [value if valid else ABSENT for value, valid in zip(objects, array.is_valid().to_pylist(), strict=True)]


def _objects(fields: Any, arrays: Any, length: int) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = [{} for _ in range(length)]
    for field, array in zip(fields, arrays, strict=True):
        null = None if _says(field, REQUIRED) else ABSENT
        if array.null_count == length and null is ABSENT:
            continue
        values = values_of(field, array)
        if _says(field, ENCODING, JSON_MEMBERS):
            for target, others in zip(objects, values, strict=True):
                target.update({} if others is ABSENT else others)
            continue
        for target, value in zip(objects, values, strict=True):
            found = null if value is ABSENT else value
            if found is not ABSENT:
                target[field.name] = found
    return objects


def _lists(field: ArrowField, array: Array) -> list[Any]:
    items = values_of(field.type.value_field, array.flatten())
    return _cut(array, [None if value is ABSENT else value for value in items])


def _maps(field: ArrowField, array: Array) -> list[Any]:
    entry, entries = field.type.value_type, array.flatten()
    values = values_of(entry.field(1), entries.field(1))
    pairs = zip(entries.field(0).to_pylist(), (None if value is ABSENT else value for value in values), strict=True)
    return [value if value is ABSENT else dict(value) for value in _cut(array, list(pairs))]


def _plain(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if value is None else value for value in array.to_pylist()]


def _integers(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if value is None else int(value) for value in array.to_pylist()]


def _parsed(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if text is None else json.loads(text) for text in array.to_pylist()]


def _cut(array: Array, items: list[Any]) -> list[Any]:
    values, begin = [], 0
    for length in array.value_lengths().to_pylist():
        values.append(ABSENT if length is None else items[begin : begin + (length or 0)])
        begin += length or 0
    return values
