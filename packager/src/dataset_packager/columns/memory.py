"""How much room values take in memory: the same for the same values, however their arrays were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.arrow import items_of, places_of, valid_of

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType

OFFSET = 4  # bytes for each string and list


def memory_of(table: pa.Table) -> int:
    """Return the bytes that a table's values take as Arrow has them, without marks of nulls; it adds up over rows."""
    return sum(_of_array(chunk) for column in table.columns for chunk in column.chunks)


def _of_array(array: Array) -> int:
    kind: Any = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _of_array(array.storage)
    if pa.types.is_struct(kind):
        return sum(_of_array(array.field(number)) for number in range(kind.num_fields))
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
        return OFFSET * len(array) + _of_array(items_of(array))
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return OFFSET * len(array) + _of_text(array)
    return len(array) * max(kind.bit_width // 8, 1) if not pa.types.is_null(kind) else 0


def _of_text(array: Array) -> int:
    places = places_of(array)
    if not array.null_count:
        return int(places[-1]) - int(places[0])
    return int((np.diff(places) * valid_of(array)).sum(dtype=np.int64))  # text may lie behind nulls, too


def widest_object(schema: pa.Schema) -> int:
    """Return the most bytes that an object without any member takes: a row, or an object in a list."""
    lists: list[DataType] = []
    widths = [sum(_width(field.type, lists) for field in schema)]
    while lists:
        widths.append(_width(lists.pop(), lists))
    return max(widths)


def _width(kind: Any, lists: list[DataType]) -> int:
    if isinstance(kind, pa.BaseExtensionType):
        return _width(kind.storage_type, lists)
    if pa.types.is_struct(kind):
        return sum(_width(kind.field(number).type, lists) for number in range(kind.num_fields))
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size) * _width(kind.value_type, lists)
    if pa.types.is_list(kind):
        lists.append(kind.value_type)
        return OFFSET
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return OFFSET
    return max(kind.bit_width // 8, 1) if not pa.types.is_null(kind) else 0
