"""DuckDB: a database with a table for each table and view, nested columns as they are, keys as constraints.

Its bytes aren't promised, so it only stands beside a release. References aren't constraints there: DuckDB takes them
only with a table's making, and slows every insertion by them.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.files import make_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.columns.metadata import documentation
from dataset_packager.documents.exports.interface import Export
from dataset_packager.documents.exports.plain_rows import plain_rows
from dataset_packager.documents.exports.sql_tables import quoted, sql_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from dataset_packager.documents.exports.sql_tables import SqlTable
    from dataset_packager.documents.release_facts import Facts

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def write_duckdb(facts: Facts, path: Path) -> None:
    """Write a release as a database.

    Raises:
        EnvironmentFailure: DuckDB fails.
    """
    import duckdb  # here: a build that exports nothing needn't wait for it

    make_folder(path.parent)
    tables = sql_tables(plain_rows(facts))[: len(facts.config.configs)]
    try:
        with closing(duckdb.connect(str(path), config=CONFIG)) as database:
            for table in tables:
                _make(database, table)
    except duckdb.Error as error:
        raise EnvironmentFailure(f"{path}: {error}: see to that, or take another format") from error


def _make(database: duckdb.DuckDBPyConnection, table: SqlTable) -> None:
    schema = pa.schema([field.with_name(name) for name, field in table.columns.items()]).remove_metadata()

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in table.batches():
            yield from rows.rename_columns(list(table.columns)).cast(schema).to_batches()

    database.register("incoming", pa.RecordBatchReader.from_batches(schema, batches()))
    database.execute(f"CREATE TABLE {quoted(table.name)} AS SELECT * FROM incoming")  # noqa: S608 - quoted
    database.unregister("incoming")
    for name in table.key:
        database.execute(f"ALTER TABLE {quoted(table.name)} ALTER COLUMN {quoted(name)} SET NOT NULL")
    if table.key:
        listed = ", ".join(map(quoted, table.key))
        database.execute(f"ALTER TABLE {quoted(table.name)} ADD PRIMARY KEY ({listed})")
    for name, field in table.columns.items():
        if told := documentation(field):
            text = "'" + told.replace("'", "''") + "'"
            database.execute(f"COMMENT ON COLUMN {quoted(table.name)}.{quoted(name)} IS {text}")


EXPORT = Export("duckdb", "a DuckDB database", (), lambda _: {}, write_duckdb)
