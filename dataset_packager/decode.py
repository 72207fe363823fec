"""From Arrow tables back to the records, by nothing but the fields' metadata.

``encoding`` says how a field's values are written (``json``, ``json-members``, ``map``), ``required`` that a null is a null and
no absent member, ``holds`` that a column is the whole record, or no part of it. Where ``required`` leaves it open whether a
null was null or absent, it was absent, unless the schema accepts the record only with the null.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns import ABSENT, ENCODING, JSON_MEMBERS, JSON_TEXT, MAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.arrow import Array, ArrowField
    from dataset_packager.schemas import Schema

HOLDS, RECORD, ROW_PROVENANCE = "holds", "record", "row-provenance"
REQUIRED = "required"
_ROWS = 4096


def decode(table: pa.Table, schema: Schema | None = None) -> Iterator[Any]:
    """Yield the records of ``table`` as they went in.

    Args:
        table: rows with the field metadata that ``TablePlan.arrow_schema`` gives; other metadata is ignored.
        schema: settles which nulls a record needs in order to be valid; without it, those that are always required.
    """
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from _records(batch)


def _records(batch: pa.RecordBatch) -> list[Any]:
    fields = [
        (field, column) for field, column in zip(batch.schema, batch.columns, strict=True) if not _says(field, HOLDS)
    ]
    whole = [
        (field, column)
        for field, column in zip(batch.schema, batch.columns, strict=True)
        if _says(field, HOLDS, RECORD)
    ]
    if whole:
        return [None if value is ABSENT else value for value in _values(*whole[0])]
    return _objects([field for field, _ in fields], [column for _, column in fields], batch.num_rows)


def _says(field: ArrowField, key: str, value: str | None = None) -> bool:
    told = (field.metadata or {}).get(key.encode())
    return told is not None if value is None else told == value.encode()


def _values(field: ArrowField, array: Array) -> list[Any]:
    """Return the JSON values of ``array``, ``ABSENT`` where it is null."""
    read = _reader(field)
    return read(field, array)


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


def _plain(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if value is None else value for value in array.to_pylist()]


def _integers(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if value is None else int(value) for value in array.to_pylist()]


def _parsed(_: ArrowField, array: Array) -> list[Any]:
    return [ABSENT if text is None else json.loads(text) for text in array.to_pylist()]


def _structs(field: ArrowField, array: Array) -> list[Any]:
    fields = list(field.type)
    objects = _objects(fields, [array.field(index) for index in range(len(fields))], len(array))
    return _where(array, objects)


def _where(array: Array, values: list[Any]) -> list[Any]:
    if not array.null_count:
        return values
    return [value if valid else ABSENT for value, valid in zip(values, array.is_valid().to_pylist(), strict=True)]


def _objects(fields: list[ArrowField], arrays: list[Array], length: int) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = [{} for _ in range(length)]
    for field, array in zip(fields, arrays, strict=True):
        values = _values(field, array)
        if _says(field, ENCODING, JSON_MEMBERS):
            for target, others in zip(objects, values, strict=True):
                target.update({} if others is ABSENT else others)
            continue
        required = _says(field, REQUIRED)
        for target, value in zip(objects, values, strict=True):
            if value is not ABSENT:
                target[field.name] = value
            elif required:
                target[field.name] = None
    return objects


def _lists(field: ArrowField, array: Array) -> list[Any]:
    items = [None if value is ABSENT else value for value in _values(field.type.value_field, array.flatten())]
    return _cut(array, items)


def _maps(field: ArrowField, array: Array) -> list[Any]:
    entry = field.type.value_type
    entries = array.flatten()
    keys = entries.field(0).to_pylist()
    values = (None if value is ABSENT else value for value in _values(entry.field(1), entries.field(1)))
    pairs = _cut(array, list(zip(keys, values, strict=True)))
    return [pair if pair is ABSENT else dict(pair) for pair in pairs]


def _cut(array: Array, items: list[Any]) -> list[Any]:
    values, begin = [], 0
    for length in array.value_lengths().to_pylist():
        values.append(ABSENT if length is None else items[begin : begin + length])
        begin += length or 0
    return values
