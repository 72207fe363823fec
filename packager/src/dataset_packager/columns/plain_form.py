"""Typed columns as plain ones: what the records say, at every depth, as the schema alone would have it in Arrow.

Whatever compares, judges or decodes values does it on these; so it knows of no column type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.arrow import items_of
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.metadata import DIGITS, ENCODING, JSON_TEXT, NAMES, ROOT

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, ArrowField
    from dataset_packager.columns.kinds.interface import ColumnType


def plain_table(table: pa.Table) -> pa.Table:
    """Return a table with typed columns as plain ones; one without any as it is."""
    schema = plain_schema(table.schema)
    if schema is table.schema:
        return table
    columns = [
        column if field.equals(plain, check_metadata=True) else _plain_chunks(field, plain, column)
        for field, plain, column in zip(table.schema, schema, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _plain_chunks(field: ArrowField, plain: ArrowField, column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([plain_array(field, chunk) for chunk in column.chunks], plain.type)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema with the fields of typed columns as plain ones; one without any as it is."""
    if not any(map(is_typed, schema)):
        return schema
    return pa.schema([plain_field(field) for field in schema], metadata=schema.metadata)


def is_typed(field: ArrowField) -> bool:
    """Say whether a column, or a part of it, has a column type."""
    if type_of(field) is not None:
        return True
    return any(is_typed(field.type.field(number)) for number in range(field.type.num_fields))


def plain_field(field: ArrowField) -> ArrowField:
    """Return the field of a column as a plain one."""
    kind = type_of(field)
    if kind is not None:
        return pa.field(field.name, kind.plain_type, metadata=_plain_metadata(field, kind))
    inner = field.type
    if pa.types.is_struct(inner):
        return field.with_type(pa.struct([plain_field(each) for each in inner]))
    return field.with_type(pa.list_(plain_field(inner.value_field))) if pa.types.is_list(inner) else field


def _plain_metadata(field: ArrowField, kind: ColumnType) -> dict[str, str] | None:
    kept = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    for key in (ENCODING, NAMES, DIGITS, ROOT):
        kept.pop(key, None)
    return {**kept, **({ENCODING: JSON_TEXT} if kind.replaces else {})} or None


def plain_array(field: ArrowField, array: Array) -> Array:
    """Return the values of a column, or of a part of one, as plain ones."""
    kind = type_of(field)
    if kind is not None:
        return kind.decode(array)
    if not is_typed(field):
        return array
    mask = array.is_null() if array.null_count else None
    if pa.types.is_struct(field.type):
        parts = [plain_array(part, each) for part, each in zip(field.type, array.flatten(), strict=True)]
        return pa.StructArray.from_arrays(parts, fields=list(plain_field(field).type), mask=mask)
    items = plain_array(field.type.value_field, items_of(array))
    lists: Any = pa.ListArray
    return lists.from_arrays(pa.array(offsets(array)), items, type=plain_field(field).type, mask=mask)


def plain_sql(field: ArrowField, value: str, depth: int = 0) -> str:
    """Return SQL (of DuckDB) of the plain value of a stored one, whose SQL is given."""
    kind = type_of(field)
    if kind is not None:
        return kind.sql(value)
    if not is_typed(field):
        return value
    if pa.types.is_list(field.type):
        each = f"each{depth}"
        return f"list_transform({value}, lambda {each}: {plain_sql(field.type.value_field, each, depth + 1)})"
    names = {member.name: '"' + member.name.replace('"', '""') + '"' for member in field.type}
    parts = (f"{names[part.name]} := {plain_sql(part, f'{value}.{names[part.name]}', depth)}" for part in field.type)
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"


def offsets(lists: Array) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return where the items of each list start among those of all, and where the last one's end; null has none."""
    starts = np.zeros(len(lists) + 1, np.int32)
    np.cumsum(lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), out=starts[1:])
    return starts
