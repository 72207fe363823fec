"""Columns of Arrow straight into a table's columns, where they are of one kind: no JSON is made of them.

Only what surely gives the same value as by way of its JSON text goes so: text, whole numbers of 64 bits, doubles and
single precision, truth values, and lists and objects of these. Anything else is said to be none, block by block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import BooleanColumn, IntegerColumn, NumberColumn, StringColumn
from dataset_packager.columns.nested import ListColumn, StructColumn
from dataset_packager.columns.typed_column import TypedColumn

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.encode import Column
    from dataset_packager.columns.nested import Part
    from dataset_packager.columns.table_columns import TablePlan


class _Another(Exception):  # no error: the rows go by way of JSON
    """These values aren't of their column's kind, or it isn't sure that they are."""


def direct_columns(plan: TablePlan, batch: pa.RecordBatch) -> list[Array] | None:
    """Return the columns of a plan, without row provenance, from those of a batch; None where JSON has to be made."""
    if not isinstance(plan.record, StructColumn) or len(set(batch.schema.names)) < batch.num_columns:
        return None
    try:
        batch.validate(full=True)
        return _members(plan.record, dict(zip(batch.schema.names, batch.columns, strict=True)), batch.num_rows)
    except (_Another, pa.ArrowInvalid):
        return None


def _members(column: StructColumn, arrays: dict[str, Array], count: int) -> list[Array]:
    if arrays.keys() - {part.name for part in column.members}:
        raise _Another
    found = []
    for part in column.members:
        array = arrays.get(part.name)
        found.append(pa.nulls(count, part.column.arrow_type) if array is None else _part(part, array))
    return [*found, pa.nulls(count, pa.string())] if column.rest is not None else found


def _part(part: Part, array: Array) -> Array:
    if array.null_count and part.hides_null:
        raise _Another
    return _fit(part.column, array)


def _fit(column: Column, array: Any) -> Array:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if isinstance(column, TypedColumn):
        return _typed(column, _fit(column.plain, array))
    if type(column) is StringColumn and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return array.cast(pa.string())
    if type(column) is IntegerColumn and pa.types.is_integer(kind) and column.arrow_type == pa.int64():
        return array.cast(pa.int64())
    if type(column) is NumberColumn and pa.types.is_floating(kind):
        doubles = array.cast(pa.float64())
        if pc.all(pc.is_finite(doubles)).as_py() is not False:
            return doubles
    if type(column) is BooleanColumn and pa.types.is_boolean(kind):
        return array
    if type(column) is ListColumn and pa.types.is_list(kind):
        return _list(column, array)
    if type(column) is StructColumn and pa.types.is_struct(kind):
        return _struct(column, array)
    raise _Another


def _typed(column: TypedColumn, plain: Array) -> Array:
    stored, held = column.kind.held(plain)
    if held is not None:
        raise _Another
    return stored


def _list(column: ListColumn, array: Any) -> Array:
    values = _part(column.item, array.values)
    lists: Any = pa.ListArray
    mask = array.is_null() if array.null_count else None
    return lists.from_arrays(_from_zero(array.offsets), values, type=column.arrow_type, mask=mask)


def _from_zero(offsets: Any) -> Any:
    """Return offsets that lie at the beginning of their memory, as those beside a mask have to."""
    return pa.concat_arrays([offsets.slice(0, 0), offsets]) if offsets.offset else offsets


def _struct(column: StructColumn, array: Any) -> Array:
    names = array.type.names if hasattr(array.type, "names") else [field.name for field in array.type]
    if len(set(names)) < len(names):
        raise _Another
    arrays = _members(column, dict(zip(names, array.flatten(), strict=True)), len(array))
    structs: Any = pa.StructArray
    mask = array.is_null() if array.null_count else None
    return structs.from_arrays(arrays, fields=list(column.arrow_type), mask=mask)
