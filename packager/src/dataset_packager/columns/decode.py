"""From Arrow tables back to the records, by nothing but the fields' metadata.

``encoding`` says how a field's values are written (``json``, ``json-members``, ``map``); ``required`` that a null is a
null, not an absent member; ``nullable`` that it can be either; ``holds`` that a column is the whole record, or no part
of it. A null that can be either was absent, unless the schema accepts the record only with the null.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns.nulls import settle
from dataset_packager.columns.types import ABSENT, ENCODING, JSON_MEMBERS, JSON_TEXT, MAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.columns.arrow import Array, ArrowField
    from dataset_packager.schemas import Schema
    from dataset_packager.validation.gate import Gate

HOLDS, RECORD, ROW_PROVENANCE = "holds", "record", "row-provenance"
REQUIRED, NULLABLE = "required", "nullable"
_ROWS = 4096


def decode(table: pa.Table, schema: Schema | None = None) -> Iterator[Any]:
    """Yield the records of ``table`` as they went in.

    Args:
        table: rows with the field metadata that ``TablePlan.arrow_schema`` gives; metadata of others is ignored.
        schema: settles which nulls a record needs in order to be valid; without it, those that are always required.
    """
    doubtful = schema is not None and any(_doubtful(field) for field in table.schema)
    gate = _gate(schema) if schema is not None and doubtful else None
    for batch in table.to_batches(max_chunksize=_ROWS):
        for index, record in enumerate(_FEW_NULLS.records(batch)):
            if gate is None or gate.accepts(record):
                yield record
            else:
                (with_nulls,) = _ALL_NULLS.records(batch.slice(index, 1))
                yield settle(record, with_nulls, gate)


def _gate(schema: Schema) -> Gate:
    from dataset_packager.validation.gate import Gate  # here: most tables need none

    return Gate(schema, assert_formats=False)


def _says(field: ArrowField, key: str, value: str | None = None) -> bool:
    told = (field.metadata or {}).get(key.encode())
    return told is not None if value is None else told == value.encode()


def _doubtful(field: ArrowField) -> bool:
    """Say whether a null in this field, or in a part of it, can be null or absent."""
    kind = field.type
    return _says(field, NULLABLE) or any(_doubtful(kind.field(index)) for index in range(kind.num_fields))


class _Decoder:
    """Decodes with a null for each member that is null in Arrow and of which the metadata say one of ``nulls``."""

    def __init__(self, *nulls: str) -> None:
        self._nulls = nulls

    def records(self, batch: pa.RecordBatch) -> list[Any]:
        columns = list(zip(batch.schema, batch.columns, strict=True))
        for field, column in columns:
            if _says(field, HOLDS, RECORD):
                return [None if value is ABSENT else value for value in self._values(field, column)]
        fields, arrays = zip(*((each, column) for each, column in columns if not _says(each, HOLDS)), strict=True)
        return self._objects(fields, arrays, batch.num_rows)

    def _values(self, field: ArrowField, array: Array) -> list[Any]:
        """Return the JSON values of ``array``, ``ABSENT`` where it is null."""
        return self._reader(field)(field, array)

    def _reader(self, field: ArrowField) -> Callable[[ArrowField, Array], list[Any]]:
        if _says(field, ENCODING, JSON_TEXT) or _says(field, ENCODING, JSON_MEMBERS):
            return _parsed
        if _says(field, ENCODING, MAP):
            return self._maps
        if pa.types.is_struct(field.type):
            return self._structs
        if pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
            return self._lists
        return _integers if pa.types.is_decimal(field.type) else _plain

    def _structs(self, field: ArrowField, array: Array) -> list[Any]:
        fields = list(field.type)
        objects = self._objects(fields, [array.field(index) for index in range(len(fields))], len(array))
        if not array.null_count:
            return objects
        return [value if valid else ABSENT for value, valid in zip(objects, array.is_valid().to_pylist(), strict=True)]

    def _objects(self, fields: Any, arrays: Any, length: int) -> list[dict[str, Any]]:
        objects: list[dict[str, Any]] = [{} for _ in range(length)]
        for field, array in zip(fields, arrays, strict=True):
            null = None if any(_says(field, key) for key in self._nulls) else ABSENT
            if array.null_count == length and null is ABSENT:
                continue
            values = self._values(field, array)
            if _says(field, ENCODING, JSON_MEMBERS):
                for target, others in zip(objects, values, strict=True):
                    target.update({} if others is ABSENT else others)
                continue
            for target, value in zip(objects, values, strict=True):
                found = null if value is ABSENT else value
                if found is not ABSENT:
                    target[field.name] = found
        return objects

    def _lists(self, field: ArrowField, array: Array) -> list[Any]:
        items = self._values(field.type.value_field, array.flatten())
        return _cut(array, [None if value is ABSENT else value for value in items])

    def _maps(self, field: ArrowField, array: Array) -> list[Any]:
        entry, entries = field.type.value_type, array.flatten()
        values = self._values(entry.field(1), entries.field(1))
        pairs = zip(entries.field(0).to_pylist(), (None if value is ABSENT else value for value in values), strict=True)
        return [value if value is ABSENT else dict(value) for value in _cut(array, list(pairs))]


_FEW_NULLS, _ALL_NULLS = _Decoder(REQUIRED), _Decoder(REQUIRED, NULLABLE)


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
