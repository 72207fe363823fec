"""Keys and references: unique, never null, never dangling, checked over all shards in bounded memory.

The values of key and referring columns are laid down beside the shards under plain names (k0, k1, …), each with the
file and line of its row, and DuckDB compares them there: names that DuckDB would fold never reach it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.base.canonical_json import number as canonical_number
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.base.text import cut, shown
from dataset_packager.columns.metadata import ENCODING, JSON_TEXT, MAP, said
from dataset_packager.columns.plain_form import plain_schema, plain_table

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from dataset_packager.project.config import Reference, Table

_TYPED = b"typed"
LONGEST_SHOWN = 120
MEMORY_LIMIT = "350MB"  # DuckDB overshoots by about half: this stays below 512 MB
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
    fields = [_key_field(f"k{number}", leaf_field(schema, path, where)) for number, path in enumerate(paths)]
    lists = {_list_prefix(path) for path in paths} - {()}
    if len(lists) > 1:
        raise SetupError(f"{where}: {' and '.join(map(format_path, paths))} go through different lists: use one list")
    return pa.schema([*fields, pa.field("file", pa.string()), pa.field("line", pa.int64())])


def _key_field(name: str, leaf: pa.Field) -> pa.Field:
    """Return the field of a key's values; those of JSON text are laid down as ``typed_text`` has them."""
    return pa.field(name, leaf.type, metadata={_TYPED: b""} if _is_json(leaf) else None)


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
    return _TYPED in (schema.field(number).metadata or {})


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
    return pq.ParquetWriter(
        path, schema, compression="lz4", write_statistics=False,
        use_dictionary=["file"], column_encoding={"line": "DELTA_BINARY_PACKED"},
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


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the laid-down values are: Parquet files by table and columns. Of ``distinct`` ones none stands twice."""

    files: Mapping[tuple[str, ColumnPaths], Sequence[str]]
    schemas: Mapping[tuple[str, ColumnPaths], pa.Schema]
    distinct: Container[tuple[str, ColumnPaths]] = ()
    splits: Mapping[tuple[str, ColumnPaths], Sequence[str]] = field(default_factory=dict)
    """Of each file the split that its rows are in."""


def check_keys(tables: Sequence[Table], keys: KeyFiles, temporary: Path, *, threads: int = 1) -> Iterator[Finding]:
    """Yield what is wrong with keys, references and splits.

    That is a finding for each key that is null or stands twice, for each reference that leads nowhere, and for each
    row that shares with a row of another split what is to be disjoint.

    Memory stays below 512 MB; what doesn't fit is spilled into the folder ``temporary``.
    """
    unsure = {
        table.name: [paths for paths in table.keys if (table.name, paths) not in keys.distinct] for table in tables
    }
    if not any(unsure[table.name] or table.references or table.disjoint for table in tables):
        return
    with connect(temporary, threads) as connection:
        connection.create_function("canonical_number", canonical_number, ["DOUBLE"], "VARCHAR")
        for table in tables:
            for paths in unsure[table.name]:
                yield from _check_key(connection, table, paths, keys)
            for paths in table.disjoint:
                yield from _check_leaks(connection, table, paths, keys)
            for reference in table.references:
                yield from _check_reference(connection, table, reference, keys)


def connect(temporary: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection that keeps to its memory limit and loads no extension."""
    import duckdb

    return duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": str(threads),
            "preserve_insertion_order": "false",
            "temp_directory": str(temporary),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any]) -> Iterator[tuple[Any, ...]]:
    cursor = connection.execute(sql, parameters)
    while rows := cursor.fetchmany(1000):
        yield from rows


def _check_key(
    connection: duckdb.DuckDBPyConnection, table: Table, paths: ColumnPaths, keys: KeyFiles
) -> Iterator[Finding]:
    files = keys.files.get((table.name, paths), ())
    if not files:
        return
    schema = keys.schemas[table.name, paths]
    names = [f"k{number}" for number in range(len(paths))]
    listed, source = ", ".join(names), "read_parquet($1)"
    nulls = " OR ".join(f"{name} IS NULL" for name in names)
    path = _as_member(paths)
    for row in _rows(
        connection, f"SELECT {listed}, file, line FROM {source} WHERE {nulls} ORDER BY file, line", [files]
    ):
        part = format_path(paths[row.index(None)])
        yield Finding(row[-2], row[-1], path, "key", f"the key's {part} is null", hint="give every row its key")
    yield from _no_single_values(connection, paths, schema, files, "key")
    twice = f"SELECT {listed} FROM {source} WHERE NOT ({nulls}) GROUP BY {listed} HAVING count(*) > 1"
    sql = f"""SELECT {listed}, file, line, first_value(file) OVER w, first_value(line) OVER w, row_number() OVER w
        FROM {source} SEMI JOIN ({twice}) USING ({listed})
        WINDOW w AS (PARTITION BY {listed} ORDER BY file, line) ORDER BY file, line"""
    for row in _rows(connection, sql, [files]):
        *values, file, line, first_file, first_line, number = row
        if number > 1:
            message = f"{_shown(paths, values, schema)} stands already at {_place(first_file, first_line)}"
            yield Finding(
                file, line, path, "key", message, hint="give every row a key of its own, or remove one of them"
            )


def _check_leaks(
    connection: duckdb.DuckDBPyConnection, table: Table, paths: ColumnPaths, keys: KeyFiles
) -> Iterator[Finding]:
    schema, by_split = keys.schemas[table.name, paths], dict[str, list[str]]()
    for split in table.splits.names:
        by_split[split] = []
    files = keys.files.get((table.name, paths), ())
    for file, split in zip(files, keys.splits.get((table.name, paths), ()), strict=True):
        by_split[split].append(file)
    for row in equal_in_two_splits(connection, by_split, schema.names[:-2]):
        message = (
            f"{_shown(paths, row.values, schema)} stands in the split {row.split} here, and in "
            f"{row.first_split} at {row.first_place}"
        )
        hint = "remove one of the two rows, or put both into one split"
        yield Finding(row.file, row.line, _as_member(paths), "leak", message, hint=hint)


SplitFiles = dict[str, list[str]]
"""The files of laid-down values of each split, splits in the configuration's order."""


@dataclass(frozen=True, slots=True)
class EqualRow:
    """A row whose values stand in an earlier split, too, where they stand first."""

    values: Sequence[Any]
    file: str
    line: int
    split: str
    first_place: str
    first_split: str

    @property
    def place(self) -> str:
        """Its file and line."""
        return _place(self.file, self.line)


def equal_in_two_splits(
    connection: duckdb.DuckDBPyConnection, files: SplitFiles, names: Sequence[str]
) -> Iterator[EqualRow]:
    """Yield the rows that are equal in the columns of these names to a row of an earlier split; null equals nothing."""
    splits = [split for split, listed in files.items() if listed]
    if len(splits) < 2:
        return
    listed, present = ", ".join(names), " AND ".join(f"{name} IS NOT NULL" for name in names)
    source = " UNION ALL ".join(
        f"SELECT {number} AS s, {listed}, file, line FROM read_parquet(${number + 1}) WHERE {present}"
        for number in range(len(splits))
    )
    sql = f"""SELECT {listed}, file, line, s, first_value(file) OVER w, first_value(line) OVER w, first_value(s) OVER w
        FROM ({source}) SEMI JOIN (SELECT {listed} FROM ({source}) GROUP BY {listed} HAVING min(s) < max(s))
        USING ({listed}) WINDOW w AS (PARTITION BY {listed} ORDER BY s, file, line) ORDER BY s, file, line"""
    for row in _rows(connection, sql, [files[split] for split in splits]):
        *values, file, line, number, first_file, first_line, first = row
        if number != first:
            yield EqualRow(values, file, line, splits[number], _place(first_file, first_line), splits[first])


def _check_reference(
    connection: duckdb.DuckDBPyConnection, table: Table, reference: Reference, keys: KeyFiles
) -> Iterator[Finding]:
    own, target = (table.name, reference.columns), (reference.table, reference.key)
    if not keys.files.get(own):
        return
    typed = _mixed_types(table, reference, keys.schemas[own], keys.schemas[target])
    names = [f"k{number}" for number in range(len(reference.columns))]
    listed, present = ", ".join(names), " AND ".join(f"{name} IS NOT NULL" for name in names)
    known = keys.files.get(target)
    ours = _compared(keys.schemas[own], typed)
    join = (
        f"ANTI JOIN (SELECT DISTINCT {_compared(keys.schemas[target], typed)} FROM read_parquet($2)) USING ({listed})"
        if known
        else ""
    )
    sql = f"""SELECT {listed}, file, line FROM (SELECT {ours}, file, line FROM read_parquet($1)) {join}
        WHERE {present} ORDER BY file, line, {listed}"""
    for *values, file, line in _rows(connection, sql, [keys.files[own], *([known] if known else [])]):
        key = ", ".join(format_path(path) for path in reference.key)
        told = _shown(reference.columns, values, keys.schemas[own], typed)
        message = f"{told} stands nowhere as {key} of {reference.table}"
        hint = f"add the row to {reference.table}, or correct the reference"
        yield Finding(file, line, _as_member(reference.columns), "reference", message, hint=hint)


def _no_single_values(
    connection: duckdb.DuckDBPyConnection, paths: ColumnPaths, schema: pa.Schema, files: Sequence[str], code: str
) -> Iterator[Finding]:
    """Yield a finding for each list or object where a key needs one value."""
    for number, path in enumerate(paths):
        if _TYPED in (schema.field(number).metadata or {}):
            sql = f"""SELECT k{number}, file, line FROM read_parquet($1) WHERE k{number}[1] = 'j' ORDER BY file, line"""
            for value, file, line in _rows(connection, sql, [files]):
                what = "a list" if value[1] == "[" else "an object"
                message = f"{format_path(path)} is {what}, and a key has one value: {shown(json.loads(value[1:]))}"
                yield Finding(file, line, _as_member(paths), code, message, hint="give it a string or a number")


def _mixed_types(table: Table, reference: Reference, own: pa.Schema, target: pa.Schema) -> frozenset[int]:
    """Return the numbers of the columns whose values are compared as typed text, since their types differ.

    Raises:
        SetupError: two types have no value in common.
    """
    mixed = set()
    for number, path in enumerate(reference.columns):
        here, there = own.field(number), target.field(number)
        if _kind(here) & _kind(there) and (here.type != there.type or here.metadata != there.metadata):
            mixed.add(number)
        elif here.type != there.type:
            raise SetupError(
                f"{table.name}: {format_path(path)} is {here.type}, but {format_path(reference.key[number])} of "
                f"{reference.table} is {there.type}: give both the same type in their schemas"
            )
    return frozenset(mixed)


def _kind(field: pa.Field) -> frozenset[str]:
    if _TYPED in (field.metadata or {}):
        return frozenset("sbn")
    kind = field.type
    return frozenset("s" if pa.types.is_string(kind) else "b" if pa.types.is_boolean(kind) else "n")


def _compared(schema: pa.Schema, typed: frozenset[int]) -> str:
    """Return the SQL of key columns as they are compared: those numbered in ``typed`` as ``typed_text`` has them."""
    return ", ".join(
        f"{_as_typed(schema.field(number), name)} AS {name}" if number in typed else name
        for number, name in enumerate(schema.names[:-2])
    )


def _as_typed(field: pa.Field, name: str) -> str:
    if _TYPED in (field.metadata or {}):
        return name
    if pa.types.is_string(field.type):
        return f"'s' || {name}"
    if pa.types.is_floating(field.type):
        return f"'n' || canonical_number({name})"
    return f"'{'b' if pa.types.is_boolean(field.type) else 'n'}' || CAST({name} AS VARCHAR)"


def _as_member(paths: Iterable[ColumnPath]) -> str:
    first = list(paths)
    return f"$.{format_path(first[0])}" if len(first) == 1 else "$"


def _shown(paths: ColumnPaths, values: Sequence[Any], schema: pa.Schema, typed: frozenset[int] = frozenset()) -> str:
    told = []
    for number, (path, value) in enumerate(zip(paths, values, strict=True)):
        as_text = number in typed or _TYPED in (schema.field(number).metadata or {})
        plain = (value[1:] if value[0] != "s" else repr(value[1:])) if as_text else repr(value)
        told.append(f"{format_path(path)} {cut(plain, LONGEST_SHOWN)}")
    return ", ".join(told)


def _place(file: str | None, line: int | None) -> str:
    return f"{file}:{line}"
