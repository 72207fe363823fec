"""The files that rows hold: their paths and bytes, wherever in a row they stand."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import contents_of, items_of
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.kinds.files import BYTES, FileType
from dataset_packager.columns.plain_form import offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.columns.arrow import Array, ArrowField


def is_file(field: ArrowField) -> bool:
    """Say whether a column is one of files."""
    return isinstance(type_of(field), FileType)


def holds_files(field: ArrowField) -> bool:
    """Say whether a column, or a part of it, is one of files."""
    if is_file(field):
        return True
    return any(holds_files(field.type.field(number)) for number in range(field.type.num_fields))


def without_bytes(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows that were read without the bytes of files under the schema that they have with them."""

    def paths(kind: FileType, files: Array) -> Array:
        return kind.encode(kind.decode(files))

    columns = [with_files_changed(field, column, paths) for field, column in zip(schema, batch.columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def with_hashes(table: pa.Table) -> pa.Table:
    """Return rows in which each path is followed by the SHA-256 of its file, so that other bytes are another value."""
    columns = [
        pa.chunked_array([_hashed(field, chunk) for chunk in column.chunks], column.type)
        if holds_files(field)
        else column
        for field, column in zip(table.schema, table.columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _hashed(field: ArrowField, array: Array) -> Array:
    def hashed(kind: FileType, files: Array) -> Array:
        told = [
            path if content is None or path is None else f"{path} (SHA-256 {sha256(content).hexdigest()})"
            for path, content in _contents(kind, files)
        ]
        return kind.encode(pa.array(told, pa.string()))

    return with_files_changed(field, array, hashed)


def with_files_changed(field: ArrowField, array: Array, change: Callable[[FileType, Array], Array]) -> Array:
    """Return the values of a column in which all files are what ``change`` makes of them, column by column."""
    kind = type_of(field)
    if isinstance(kind, FileType):
        return change(kind, array)
    if not holds_files(field):
        return array
    mask = array.is_null() if array.null_count else None
    if pa.types.is_struct(field.type):
        parts = [with_files_changed(part, each, change) for part, each in zip(field.type, array.flatten(), strict=True)]
        return pa.StructArray.from_arrays(parts, fields=list(field.type), mask=mask)
    lists: Any = pa.ListArray
    items = with_files_changed(field.type.value_field, items_of(array), change)
    return lists.from_arrays(pa.array(offsets(array)), items, type=field.type, mask=mask)


def files_in(table: pa.Table) -> Iterator[tuple[str, pa.Buffer | None]]:
    """Yield each file that rows hold: its path in the project, and its bytes, if it has any."""
    for field, column in zip(table.schema, table.columns, strict=True):
        for chunk in column.chunks if holds_files(field) else ():
            yield from _files(field, chunk)


def _files(field: ArrowField, array: Array) -> Iterator[tuple[str, pa.Buffer | None]]:
    kind = type_of(field)
    if isinstance(kind, FileType):
        for path, content in _contents(kind, array):
            if path is not None:
                yield kind.within_project(path), content
    elif pa.types.is_struct(field.type):
        for part, each in zip(field.type, array.flatten(), strict=True):
            yield from _files(part, each)
    elif pa.types.is_list(field.type):
        yield from _files(field.type.value_field, items_of(array))


def _contents(kind: FileType, array: Array) -> Iterator[tuple[str | None, pa.Buffer | None]]:
    return zip(kind.decode(array).to_pylist(), contents_of(pc.struct_field(array, BYTES)), strict=True)
