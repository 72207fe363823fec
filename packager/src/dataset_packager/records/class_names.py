"""The classes that ``datasets`` left in the metadata of an Arrow schema, and the names that their numbers stand for.

Such a column is numbers to Arrow. Where a table's schema has text for it and no numbers, each number is read as the
name of its class, so that one table may have files whose classes stand in another order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.paths import LIST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.records.formats.interface import ValueType
    from dataset_packager.records.json_from_arrow import Array

Classes = dict[tuple[str | None, ...], tuple[str, ...]]
"""The names of classes, by the path of their column."""

NO_CLASS = -1  # what ``datasets`` writes where a row has no label


def classes_of(schema: pa.Schema) -> Classes:
    """Return the classes that a schema's metadata tells of; none where it tells of none, or in no known form."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return dict(found for field in schema for found in _classes(field.type, features[field.name], (field.name,)))
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _classes(kind: pa.DataType, feature: Any, path: ColumnPath) -> Iterator[tuple[ColumnPath, tuple[str, ...]]]:
    names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
    if pa.types.is_integer(kind) and isinstance(names, list):
        if names and all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            yield path, tuple(names)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _classes(field.type, feature.get(field.name), (*path, field.name))
    elif _is_list(kind):
        yield from _classes(
            kind.value_type, feature["feature"] if isinstance(feature, dict) else feature[0], (*path, LIST)
        )


def named(batch: pa.RecordBatch, classes: Mapping[ColumnPath, tuple[str, ...]]) -> pa.RecordBatch:
    """Return a batch with the names of classes for their numbers; a number that no class has stays one, as text."""
    if not classes:
        return batch
    columns = [_named(array, (field.name,), classes) for field, array in zip(batch.schema, batch.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def read_as_names(classes: Classes, kind: ValueType | None) -> Classes:
    """Return the classes whose columns the schema of a table has text for, and no numbers."""
    return {path: names for path, names in classes.items() if _takes_text(kind, path)}


def _takes_text(kind: ValueType | None, path: ColumnPath) -> bool:
    for step in path:
        if kind is None:
            return False
        if step is LIST:
            kind = kind.item()
        else:
            member = kind.member(step)
            kind = member[0] if member else None
    return kind is not None and "string" in kind.kinds and not kind.kinds & {"integer", "number"}


def _named(array: Array, path: ColumnPath, classes: Mapping[ColumnPath, tuple[str, ...]]) -> Array:
    if path in classes:
        return _names(array.cast(pa.int64()), classes[path])
    if not any(each[: len(path)] == path for each in classes):
        return array
    if pa.types.is_struct(array.type):
        parts = [
            _named(part, (*path, field.name), classes) for field, part in zip(array.type, array.flatten(), strict=True)
        ]
        return pa.StructArray.from_arrays(parts, names=[field.name for field in array.type], mask=array.is_null())
    if not pa.types.is_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    items = _named(array.values, (*path, LIST), classes)
    buffers = array.buffers()[:2]
    return pa.Array.from_buffers(pa.list_(items.type), len(array), buffers, offset=array.offset, children=[items])


def _names(numbers: Array, names: tuple[str, ...]) -> Array:
    """Return the names of numbers, null for what has no class."""
    numbers = pc.if_else(pc.equal(numbers, NO_CLASS), pa.scalar(None, pa.int64()), numbers)
    known = pc.and_(pc.greater_equal(numbers, 0), pc.less(numbers, len(names)))
    found = pa.array(names, pa.string()).take(pc.if_else(known, numbers, pa.scalar(None, pa.int64())))
    return found if pc.all(known, min_count=0).as_py() else pc.coalesce(found, numbers.cast(pa.string()))


def _is_list(kind: pa.DataType) -> bool:
    return any(is_it(kind) for is_it in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))
