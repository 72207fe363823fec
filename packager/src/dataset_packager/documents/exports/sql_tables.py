"""A release's tables as a database has them: names, keys, references, and tables for what lies inside lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.paths import format_path
from dataset_packager.documents.exports.plain_rows import is_plain
from dataset_packager.shards.key_columns import key_schema, key_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.documents.exports.plain_rows import PlainRows

Names = tuple[str, ...]
Paths = tuple["ColumnPath", ...]
ROW = "row"


@dataclass(frozen=True, slots=True)
class Link:
    """Columns that refer to the key of a table."""

    columns: Names
    table: str
    key: Names


@dataclass(frozen=True)
class SqlTable:
    """One table of a database: its columns as plain ones, its constraints, and its rows.

    ``distinct`` says that rows which stand there already are left out.
    """

    name: str
    columns: Mapping[str, pa.Field]
    batches: Callable[[], Iterator[pa.Table]]
    key: Names = ()
    unique: tuple[Names, ...] = ()
    links: tuple[Link, ...] = ()
    distinct: bool = False


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def table_name(name: str) -> str:
    """Return the name of a table in a database: SQLite keeps those that begin with ``sqlite_`` to itself."""
    return f"_{name}" if name.lower().startswith("sqlite_") else name


def distinct_names(names: Iterable[str]) -> list[str]:
    """Return names that also differ without regard to case; the empty one and repeated ones are given others."""
    found: dict[str, str] = {}
    for name in names:
        free, number = name or "column", 2
        while free.lower() in found:
            free, number = f"{name or 'column'}_{number}", number + 1
        found[free.lower()] = free
    return list(found.values())


def sql_tables(release: Mapping[str, PlainRows]) -> list[SqlTable]:
    """Return the tables of a database: all tables and views, then those of what references reach inside columns."""
    own = {name: _table(rows) for name, rows in release.items()}
    targets: dict[tuple[str, Paths], SqlTable] = {}
    sources: dict[tuple[str, Paths], SqlTable] = {}
    for name, rows in release.items():
        for reference in rows.references:
            if not _comparable(rows, reference.columns, release[reference.table], reference.key):
                continue
            own[reference.table] = _with_unique(release[reference.table], own[reference.table], reference.key)
            link = _target(release[reference.table], own[reference.table], reference.key, targets)
            if is_plain(reference.columns):
                own[name] = _linked(own[name], Link(_names(own[name], rows, reference.columns), *link))
            else:
                at = (name, reference.columns)
                sources.setdefault(at, _inside(rows, own[name], reference.columns))
                columns = tuple(map(format_path, reference.columns))
                sources[at] = _linked(sources[at], Link(columns, *link))
    return [*own.values(), *targets.values(), *sources.values()]


def _table(rows: PlainRows) -> SqlTable:
    columns = dict(zip(distinct_names(rows.schema.names), rows.schema, strict=True))
    table = SqlTable(table_name(rows.part.name), columns, rows.batches)
    keys = [_names(table, rows, paths) for paths in (rows.key, *rows.unique) if paths and is_plain(paths)]
    primary = keys[:1] if rows.key and is_plain(rows.key) else []
    return replace(table, key=primary[0] if primary else (), unique=tuple(dict.fromkeys(keys[len(primary) :])))


def _with_unique(rows: PlainRows, table: SqlTable, key: Paths) -> SqlTable:
    """Return a table with what is referred to among its unique columns, if a key among them makes them unique."""
    names = _names(table, rows, key) if is_plain(key) else ()
    known = (table.key, *table.unique)
    if names in known or not any(each and set(each) <= set(names) for each in known):
        return table
    return replace(table, unique=(*table.unique, names))


def _linked(table: SqlTable, link: Link) -> SqlTable:
    return replace(table, links=tuple(dict.fromkeys((*table.links, link))))


def _names(table: SqlTable, rows: PlainRows, paths: Paths) -> Names:
    """Return the names of columns in the database."""
    names = dict(zip(rows.schema.names, table.columns, strict=True))
    return tuple(names[str(path[0])] for path in paths)


def _comparable(rows: PlainRows, columns: Paths, other: PlainRows, key: Paths) -> bool:
    """Say whether a database compares both sides as the build does: values of one type, and not any JSON."""
    here, there = _value_types(rows, columns), _value_types(other, key)
    return all(
        one.type == two.type and not (one.metadata or two.metadata) for one, two in zip(here, there, strict=True)
    )


def _value_types(rows: PlainRows, paths: Paths) -> list[pa.Field]:
    return list(key_schema(rows.part.arrow_schema, paths, rows.part.name))[: len(paths)]


def _target(
    rows: PlainRows, table: SqlTable, key: Paths, targets: dict[tuple[str, Paths], SqlTable]
) -> tuple[str, Names]:
    """Return the table and the columns that a reference to a key leads to."""
    if is_plain(key) and (names := _names(table, rows, key)) in (table.key, *table.unique):
        return table.name, names
    made = targets.setdefault((table.name, key), _distinct(rows, key))
    return made.name, made.key


def _distinct(rows: PlainRows, key: Paths) -> SqlTable:
    """Return the table of all values that a key has, each once."""
    names = tuple(map(format_path, key))
    columns = dict(zip(names, _value_types(rows, key), strict=True))

    def batches() -> Iterator[pa.Table]:
        yield from (found.select(range(len(key))) for found in _values(rows, key))

    name = f"{table_name(rows.part.name)}.{', '.join(names)}, distinct"
    return SqlTable(name, columns, batches, key=names, distinct=True)


def _inside(rows: PlainRows, table: SqlTable, paths: Paths) -> SqlTable:
    """Return the table of what stands at paths into columns, beside the key of each row, or its number."""
    names, fields = list(map(format_path, paths)), _value_types(rows, paths)
    owner = [name for path, name in zip(rows.key, table.key, strict=False) if path not in paths]
    if not table.key:
        labels = distinct_names([ROW, *names])
        beside = [pa.field(ROW, pa.int64())]
    else:
        labels = distinct_names([*owner, *names])
        beside = [table.columns[name] for name in owner]
    numbers = [list(table.columns).index(name) for name in owner]

    def batches() -> Iterator[pa.Table]:
        for plain, found in zip(rows.batches(), _values(rows, paths), strict=True):
            kept = [plain.column(number).take(found.column("line")) for number in numbers]
            kept = kept if table.key else [found.column("number")]
            yield pa.table([*kept, *found.columns[: len(paths)]], names=labels)

    columns = dict(zip(labels, (*beside, *fields), strict=True))
    place = dict(zip(paths, labels[len(beside) :], strict=True)) | dict(
        zip([path for path in rows.key if path not in paths], labels[: len(beside)], strict=False)
    )
    links = (Link(tuple(place[path] for path in rows.key), table.name, table.key),) if table.key else ()
    return SqlTable(f"{table.name}.{', '.join(names)}", columns, batches, links=links)


def _values(rows: PlainRows, paths: Paths) -> Iterator[pa.Table]:
    """Yield for each batch the values at paths, without those of which a part is null.

    ``line`` is a row's index in its batch, ``number`` that in the table, from 1 on.
    """
    before = 0
    for plain in rows.batches():
        table = plain.drop_columns([rows.split_column]) if rows.split_column else plain
        index = pa.array(range(table.num_rows), pa.int64())
        found = key_values(table, paths, pa.nulls(table.num_rows, pa.string()), index)
        found = found.append_column("number", pc.add(found.column("line"), before + 1))
        before += table.num_rows
        values = found.drop_columns(["file"])
        yield values.filter(_present(values, len(paths)))


def _present(values: pa.Table, width: int) -> pa.ChunkedArray:
    return reduce(pc.and_, (pc.is_valid(values.column(number)) for number in range(width)))
