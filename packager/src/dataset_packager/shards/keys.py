"""Keys and references: unique, never null, never dangling, checked over all shards in bounded memory.

The values of key and referring columns are laid down beside the shards under plain names (k0, k1, …), each with the
file and line of its row, and DuckDB compares them there: names that DuckDB would fold never reach it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.canonical_json import number as canonical_number
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.paths import ColumnPath, format_path
from dataset_packager.base.text import cut, shown
from dataset_packager.shards.key_columns import TYPED, ColumnPaths

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from dataset_packager.project.config import Reference, Table
LONGEST_SHOWN = 120
MEMORY_LIMIT = "350MB"  # DuckDB overshoots by about half: this stays below 512 MB
PART_ROWS = 16_000_000  # that are compared at a time: in so much memory DuckDB compares some 30 million, and no more


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


def _find(connection: duckdb.DuckDBPyConnection, names: str, sql: str, parameters: Sequence[Sequence[str]]) -> None:
    """Lay down as the table ``found`` what a query finds that compares equal values, some of all values at a time.

    The query has ``{part}`` where it chooses them by the hash of the columns of these ``names``, and its parameters are
    the files that it reads: there are as many parts as all their rows need.
    """
    counts = [connection.execute("SELECT count(*) FROM read_parquet($1)", [files]).fetchall() for files in parameters]
    parts = max(-(-sum(number for ((number,),) in counts) // PART_ROWS), 1)
    for part in range(parts):
        made = "INSERT INTO found" if part else "CREATE OR REPLACE TEMP TABLE found AS"
        chosen = sql.replace("{part}", f"hash({names}) % {parts} = {part}")
        connection.execute(f"{made} {chosen}", list(parameters))


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
    twice = f"SELECT {listed} FROM {source} WHERE NOT ({nulls}) AND {{part}} GROUP BY {listed} HAVING count(*) > 1"
    _find(connection, listed, twice, [files])
    sql = f"""SELECT {listed}, file, line, first_value(file) OVER w, first_value(line) OVER w, row_number() OVER w
        FROM {source} SEMI JOIN found USING ({listed})
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
    of_splits = [files[split] for split in splits]
    several = f"SELECT {listed} FROM ({source}) WHERE {{part}} GROUP BY {listed} HAVING min(s) < max(s)"
    _find(connection, listed, several, of_splits)
    sql = f"""SELECT {listed}, file, line, s, first_value(file) OVER w, first_value(line) OVER w, first_value(s) OVER w
        FROM ({source}) SEMI JOIN found
        USING ({listed}) WINDOW w AS (PARTITION BY {listed} ORDER BY s, file, line) ORDER BY s, file, line"""
    for row in _rows(connection, sql, of_splits):
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
    target_values = f"SELECT {_compared(keys.schemas[target], typed)} FROM read_parquet($2)" if known else ""
    join = f"ANTI JOIN (SELECT DISTINCT * FROM ({target_values}) WHERE {{part}}) USING ({listed})" if known else ""
    dangling = f"""SELECT {listed}, file, line FROM
        (SELECT * FROM (SELECT {ours}, file, line FROM read_parquet($1)) WHERE {present} AND {{part}}) {join}"""
    _find(connection, listed, dangling, [keys.files[own], *([known] if known else [])])
    for *values, file, line in _rows(connection, f"SELECT * FROM found ORDER BY file, line, {listed}", []):
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
        if TYPED in (schema.field(number).metadata or {}):
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
    if TYPED in (field.metadata or {}):
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
    if TYPED in (field.metadata or {}):
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
        as_text = number in typed or TYPED in (schema.field(number).metadata or {})
        plain = (value[1:] if value[0] != "s" else repr(value[1:])) if as_text else repr(value)
        told.append(f"{format_path(path)} {cut(plain, LONGEST_SHOWN)}")
    return ", ".join(told)


def _place(file: str | None, line: int | None) -> str:
    return f"{file}:{line}"
