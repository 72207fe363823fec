"""The columns of keys and references: which are compared, of what types, and their values with the place of each row.

They are laid down under plain names (k0, k1, …), which DuckDB can't fold.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.columns.metadata import ENCODING, JSON_TEXT, MAP, said
from dataset_packager.columns.plain_form import plain_schema, plain_table
from dataset_packager.columns.table_columns import LISTED_TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataset_packager.project.config import Table

TYPED = b"typed"
PLACE = tuple(LISTED_TYPE)
"""What tells where a row stands; files are few."""
ColumnPaths = tuple[ColumnPath, ...]
KeySpan = tuple[Any, Any]
"""The least and the greatest value of a key of one column."""


def wanted_keys(tables: Sequence[Table]) -> dict[str, tuple[ColumnPaths, ...]]:
    """Return for each table the sets of columns whose values are compared, in a stable order."""
    wanted: dict[str, list[ColumnPaths]] = {table.name: [] for table in tables}
    for table in tables:
        wanted[table.name].extend((*table.keys, *table.disjoint))
        for reference in table.references:
            wanted[table.name].append(reference.columns)
            wanted[reference.table].append(reference.key)
    return {name: tuple(dict.fromkeys(paths)) for name, paths in wanted.items()}


def key_schema(schema: pa.Schema, paths: ColumnPaths, where: str) -> pa.Schema:
    """Return the types of key columns, named k0, k1, …, and of the place beside them.

    Raises:
        SetupError: a path leads nowhere, through JSON text, or to names that differ only by case.
    """
    leaves = [leaf_field(schema, path, where) for path in paths]
    fields = [  # of JSON text ``typed_text`` is laid down
        pa.field(f"k{number}", leaf.type, metadata={TYPED: b""} if _is_json(leaf) else None)
        for number, leaf in enumerate(leaves)
    ]
    lists = {_list_prefix(path) for path in paths} - {()}
    if len(lists) > 1:
        raise SetupError(f"{where}: {' and '.join(map(format_path, paths))} go through different lists: use one list")
    return pa.schema([*fields, *PLACE])


def _is_json(field: pa.Field) -> bool:
    return said(field, ENCODING) == JSON_TEXT


def typed_text(text: str | None) -> str | None:
    """Return canonical JSON text as text that tells values of all types apart; None for null.

    A string stands behind ``s``, a number behind ``n``, true and false behind ``b``, a list or object behind ``j``.
    """
    if text is None or text == "null":
        return None
    if text[0] == '"':
        return "s" + str(json.loads(text))
    kind = "b" if text in ("true", "false") else "j" if text[0] in "[{" else "n"
    return kind + text


def is_typed(schema: pa.Schema, number: int) -> bool:
    """Say whether a key's values of this number are laid down as ``typed_text`` has them."""
    return TYPED in (schema.field(number).metadata or {})


def leaf_field(schema: pa.Schema, path: ColumnPath, where: str) -> pa.Field:
    """Return the field of the single value that a path leads to, as a plain column has it.

    Raises:
        SetupError: as ``key_schema``.
    """
    fields: Sequence[pa.Field] = list(plain_schema(schema))
    field = pa.field("", pa.null())
    for number, step in enumerate(path):
        here = format_path(path[: number + 1])
        if number and pa.types.is_string(field.type) and said(field, ENCODING):
            raise SetupError(
                f"{where}: {format_path(path)} leads through a column of encoded text, since the schema gives "
                f"{format_path(path[:number])} no one type: declare its type and members, or name a typed member"
            )
        if step is LIST:
            if not pa.types.is_list(field.type):
                raise SetupError(f"{where}: {here}: not a list: leave the [] out")
            field = field.type.value_field
        else:
            fields = fields if number == 0 else list(field.type) if pa.types.is_struct(field.type) else []
            field = _member(fields, step, here, where)
    if pa.types.is_nested(field.type) or (said(field, ENCODING) and not _is_json(field)):
        of_map = said(field, ENCODING) == MAP
        mend = "name its keys with [].key, or its values with [].value" if of_map else ""
        raise SetupError(
            f"{where}: {format_path(path)} has no single value: "
            f"{mend or 'name a member of it, or its elements with []'}"
        )
    return field


def _member(fields: Sequence[pa.Field], name: str, here: str, where: str) -> pa.Field:
    same = [field for field in fields if field.name.lower() == name.lower()]
    exact = [field for field in same if field.name == name]
    if not exact:
        raise SetupError(
            f"{where}: {here}: no such column: known are {', '.join(field.name for field in fields) or 'none'}"
        )
    if len(same) > 1:
        raise SetupError(f"{where}: {here}: names that differ only by case can't be told apart in a key: rename one")
    return exact[0]


def _list_prefix(path: ColumnPath) -> ColumnPath:
    last = max((number for number, step in enumerate(path) if step is LIST), default=-1)
    return path[: last + 1]


def key_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return what writes the values of key columns; the file is the build's own, and is to be written in no time."""
    integers = [field.name for field in schema if pa.types.is_integer(field.type)]
    return pq.ParquetWriter(
        path, schema, compression="lz4", write_statistics=False, store_schema=False,
        use_dictionary=["file"], column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
    )  # fmt: skip


def span_of(values: pa.ChunkedArray) -> KeySpan | None:
    """Return the least and the greatest of integers or strings that strictly ascend, None of all others."""
    whole = values.combine_chunks()
    if not len(whole) or whole.null_count or not (pa.types.is_integer(whole.type) or pa.types.is_string(whole.type)):
        return None
    ascending = pc.all(pc.less(whole[:-1], whole[1:])).as_py() if len(whole) > 1 else True
    return (whole[0].as_py(), whole[-1].as_py()) if ascending else None


def are_distinct(spans: Sequence[KeySpan | None]) -> bool:
    """Say whether values surely differ from one another, since each span lies behind the one before it."""
    known = sorted(span for span in spans if span)
    return len(known) == len(spans) and all(one[1] < other[0] for one, other in pairwise(known))


def key_values(table: pa.Table, paths: ColumnPaths, file: pa.Array, line: pa.Array) -> pa.Table:
    """Return the values of key columns with the place of their row; one row for each element where a path has lists."""
    prefix = next((p for p in map(_list_prefix, paths) if p), ())
    columns, parents = [], None
    table = plain_table(table.select(list(dict.fromkeys(str(path[0]) for path in paths))))
    for path in paths:
        values, rows = _walk(table, path)
        if _is_json(leaf_field(table.schema, path, "")):
            values = pa.array(map(typed_text, values.to_pylist()), pa.string())
        columns.append(values)
        parents = rows if _list_prefix(path) and parents is None else parents
    if prefix and parents is not None:
        columns = [
            column if _list_prefix(path) else column.take(parents) for path, column in zip(paths, columns, strict=True)
        ]
        file, line = file.take(parents), line.take(parents)
    names = [*(f"k{number}" for number in range(len(paths))), "file", "line"]
    return pa.table([*columns, file, line], names=names)


def _walk(table: pa.Table, path: ColumnPath) -> tuple[pa.Array, pa.Array | None]:
    values = table.column(str(path[0])).combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    rows = None
    for step in path[1:]:
        if step is LIST:
            parents = pc.list_parent_indices(values)
            rows = parents if rows is None else rows.take(parents)
            values = pc.list_flatten(values)
        else:
            values = pc.struct_field(values, [values.type.get_field_index(step)])
    return values, rows
