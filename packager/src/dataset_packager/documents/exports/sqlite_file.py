"""SQLite: a database with a table for each table and view, their keys and references as constraints.

Objects and lists are JSON text. A reference from or to what lies inside them stands at a table of its own that has the
values: ``TABLE.COLUMNS`` beside the key of each row, or ``TABLE.COLUMNS, distinct`` for what is referred to.
The same release gives the same bytes with the same version of SQLite, whose number the file's header has.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.files import failures, fsync_folder, make_folder, to_disk
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.documents.exports.interface import Export
from dataset_packager.documents.exports.plain_rows import plain_rows, scalars
from dataset_packager.documents.exports.sql_tables import quoted, sql_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataset_packager.documents.exports.interface import Writer
    from dataset_packager.documents.exports.sql_tables import SqlTable
    from dataset_packager.documents.release_facts import Facts

PATTERN = "exports/*.sqlite"
MOST_COLUMNS = 2000  # of a table, unless SQLite was compiled otherwise
WRITER_AT = 96  # where a file's header has the number of the SQLite that wrote it
SETTINGS = ("page_size = 4096", "encoding = 'UTF-8'", "auto_vacuum = NONE", "journal_mode = OFF", "synchronous = OFF",
            "foreign_keys = OFF", "temp_store = FILE")  # fmt: skip


def write_sqlite(facts: Facts, path: Path) -> None:
    """Write a release as a database.

    Raises:
        SetupError: a table has more columns than SQLite takes.
        EnvironmentFailure: SQLite fails.
        DataFindings: a shard can't be read back.
    """
    tables = sql_tables(plain_rows(facts))
    for table in tables:
        if len(table.columns) > MOST_COLUMNS:
            told = f"{len(table.columns):,} columns, and SQLite takes {MOST_COLUMNS:,}"
            raise SetupError(f"{table.name}: {told}: leave 'sqlite' out of 'exports'")
    make_folder(path.parent)
    try:
        with failures(path), closing(sqlite3.connect(path, isolation_level=None)) as database:
            for setting in SETTINGS:
                database.execute(f"PRAGMA {setting}")
            database.execute("BEGIN")
            for table in tables:
                database.execute(_created(table))
            for table in tables:
                _fill(database, table)
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise EnvironmentFailure(f"{path}: {error}: see to that, or leave 'sqlite' out") from error
    with failures(path), path.open("rb") as file:
        to_disk(file.fileno())  # SQLite itself was told to leave that
    fsync_folder(path.parent)


def _created(table: SqlTable) -> str:
    """Return the statement that makes a table."""
    needed = set(table.key) if table.key else set()
    lines = [
        f"{quoted(name)} {_type(field)}{' NOT NULL' if name in needed else ''}{_check(name, field)}"
        for name, field in table.columns.items()
    ]
    if table.key:
        lines.append(f"PRIMARY KEY ({_listed(table.key)})")
    lines += [f"UNIQUE ({_listed(columns)})" for columns in table.unique]
    lines += [
        f"FOREIGN KEY ({_listed(link.columns)}) REFERENCES {quoted(link.table)} ({_listed(link.key)})"
        for link in table.links
    ]
    return f"CREATE TABLE {quoted(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))


def _type(field: pa.Field) -> str:
    """Return the type of a column; BIGINT isn't INTEGER, by which a key would become the rows' number."""
    kind = field.type
    if pa.types.is_boolean(kind) or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)):
        return "BIGINT"
    return "REAL" if pa.types.is_floating(kind) else "TEXT"


def _check(name: str, field: pa.Field) -> str:
    return f" CHECK ({quoted(name)} IN (0, 1))" if pa.types.is_boolean(field.type) else ""


def _fill(database: sqlite3.Connection, table: SqlTable) -> None:
    slots = ", ".join("?" * len(table.columns))
    insert = f"INSERT {'OR IGNORE ' if table.distinct else ''}INTO {quoted(table.name)} VALUES ({slots})"  # noqa: S608
    for rows in table.batches():
        columns = [
            _texts(field, scalars(field, column))
            for field, column in zip(table.columns.values(), rows.columns, strict=True)
        ]
        database.executemany(insert, zip(*columns, strict=True))


def _texts(field: pa.Field, values: list[object]) -> list[object]:
    """Return values as SQLite takes them: numbers beyond 64 bits, with sign, are text."""
    if _type(field) == "TEXT" and not pa.types.is_string(field.type):
        return [None if value is None else str(value) for value in values]
    return values


def _in_release(facts: Facts) -> Mapping[str, Writer]:
    return {PATTERN.replace("*", facts.config.name): partial(write_sqlite, facts)}


def writer_of(path: Path) -> str:
    """Return the version of the SQLite that wrote a file, empty where it is the one that is here."""
    with path.open("rb") as file:
        file.seek(WRITER_AT)
        number = int.from_bytes(file.read(4), "big")
    here = sqlite3.sqlite_version_info
    version = (number // 1_000_000, number // 1000 % 1000, number % 1000)
    return "" if version == here else "SQLite " + ".".join(map(str, version))


EXPORT = Export("sqlite", "an SQLite database", (PATTERN,), _in_release, write_sqlite, made_by=writer_of)
