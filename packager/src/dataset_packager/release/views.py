"""Views: further configs that SQL makes from the tables.

A query runs on one thread over the tables' shards, can read nothing else, and its rows are ordered by the view's key;
the order of elements in lists that it makes is the query's own business (``list(x ORDER BY y)``).
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from dataset_packager.base.files import file_sha256
from dataset_packager.base.findings import EnvironmentFailure, Finding, SetupError
from dataset_packager.base.paths import inside
from dataset_packager.columns.arrow import as_schema
from dataset_packager.columns.decode import decode
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.metadata import is_encoded
from dataset_packager.columns.table_plan import TablePlan, table_plan
from dataset_packager.columns.types import JSON_MEMBERS
from dataset_packager.schemas import Schema, load_schema
from dataset_packager.shards.keys import connect
from dataset_packager.shards.parquet import GroupSize, ShardWriter
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config, View
    from dataset_packager.release.contents import ReleasedConfig
    from dataset_packager.shards.results import WrittenShard

BATCH_ROWS = 8192
SHARD_ROWS = 500_000
SPLIT = "train"
SECONDS = 3600.0  # that a view's query may take
ROOM = "32GB"  # that it may take for what doesn't fit into memory
MOST_FINDINGS = 10_000


def make_view(
    config: Config, view: View, tables: Sequence[ReleasedConfig], release: Path, staging: Path
) -> tuple[pa.Schema, list[WrittenShard], list[Finding]]:
    """Run a view's query over the tables in ``release`` and write its shards into ``staging``.

    Returns the view's Arrow schema, its shards, and what its own JSON Schema refuses.

    Raises:
        SetupError: the query is no single SELECT, fails, or selects other columns than the schema has.
    """
    schema = load_schema(config.project, view.schema)
    plan = table_plan(schema, provenance=False)
    query = _query(config, view)
    with connect(staging, 1) as connection:
        _show_tables(connection, tables, release)
        with _bounds(connection, view), ExitStack() as unfinished:
            relation = connection.sql(query).order(", ".join(_quoted(name) for name in _key_columns(view, plan)))
            reader = relation.to_arrow_reader(BATCH_ROWS)
            batches = (_typed(pa.Table.from_batches([batch]), plan, view) for batch in reader)
            writing = _Writing(config, view, plan, schema, tables, staging)
            unfinished.callback(lambda: writing.writer.abandon())
            for batch in batches:
                writing.add(batch)
            return plan.arrow_schema, writing.finish(), writing.findings


@contextmanager
def _bounds(connection: duckdb.DuckDBPyConnection, view: View) -> Iterator[None]:
    """Let queries run for so long and no longer, and say what is wrong with them.

    Raises:
        SetupError: they fail, or take too much time, memory or room.
        EnvironmentFailure: the disk is full.
    """
    late = threading.Event()
    timer = threading.Thread(target=_interrupt, args=(connection, late, stop := threading.Event()), daemon=True)
    timer.start()
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if late.is_set():
            raise SetupError(f"{view.query}: takes more than {SECONDS} seconds: ask for less") from error
        if "No space left" in str(error):
            raise EnvironmentFailure(f"{view.query}: {error}: make room, then run the same command again") from error
        raise SetupError(f"{view.query}: {error}") from error
    finally:
        stop.set()
        timer.join()


def _interrupt(connection: duckdb.DuckDBPyConnection, late: threading.Event, stop: threading.Event) -> None:
    """Interrupt whatever runs when the time is up, again and again: there may be a moment in which nothing does."""
    wait = SECONDS
    while not stop.wait(wait):
        late.set()
        connection.interrupt()
        wait = 0.1


def _query(config: Config, view: View) -> str:
    path = inside(config.project, view.query, f"view {view.name}")
    try:
        query = path.read_text(encoding="utf-8")
        statements = duckdb.extract_statements(query)
    except (OSError, UnicodeDecodeError, duckdb.Error) as error:
        raise SetupError(f"{view.query}: {error}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise SetupError(f"{view.query}: a view is one SELECT: remove the other statements")
    return query


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as a string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _show_tables(connection: duckdb.DuckDBPyConnection, tables: Sequence[ReleasedConfig], release: Path) -> None:
    """Make the tables visible under their names, then shut everything else away."""
    files = {table.name: [str(release / shard.path) for shard in table.shards] for table in tables}
    listed = ", ".join(literal(path) for paths in files.values() for path in paths)
    connection.execute(f"SET allowed_paths = [{listed}]")
    for name, paths in files.items():
        source = ", ".join(literal(path) for path in paths)
        connection.execute(f"CREATE VIEW {_quoted(name)} AS SELECT * FROM read_parquet([{source}])")
    connection.execute(f"SET max_temp_directory_size = '{ROOM}'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _key_columns(view: View, plan: TablePlan) -> list[str]:
    names = [str(path[0]) for path in view.key]
    if any(len(path) > 1 for path in view.key) or not set(names) <= set(plan.arrow_schema.names):
        raise SetupError(
            f"view {view.name}: key: name columns of the view, out of {', '.join(plan.arrow_schema.names)}"
        )
    return names


def _typed(table: pa.Table, plan: TablePlan, view: View) -> pa.Table:
    schema = plan.arrow_schema
    for field in schema:  # SQL has one null, which says that a member is absent: such a column may be left out
        if field.name not in table.column_names and is_encoded(field) == JSON_MEMBERS:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    missing, unknown = set(schema.names) - set(table.column_names), set(table.column_names) - set(schema.names)
    if missing or unknown:
        told = [f"lacks {name!r}" for name in sorted(missing)] + [
            f"has no place for {name!r}" for name in sorted(unknown)
        ]
        raise SetupError(f"{view.query}: select what {view.schema} describes: it {', '.join(told)}")
    try:
        return as_schema(table.select(schema.names), schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SetupError(f"{view.query}: a column doesn't fit its type in {view.schema}: {error}") from error


class _Writing:
    """The shards of one view in the making; every row is judged before it is written."""

    def __init__(
        self,
        config: Config,
        view: View,
        plan: TablePlan,
        schema: Schema,
        tables: Sequence[ReleasedConfig],
        staging: Path,
    ) -> None:
        self.view, self.plan, self.schema, self.staging = view, plan, schema, staging
        self.gate = Gate(schema, True)
        self.features = features_footer(plan.arrow_schema)
        self.footer = {
            "dataset": config.name,
            "table": view.name,
            "split": SPLIT,
            "schema_sha256": schema.sources[view.schema],
            "query_sha256": file_sha256(config.project / view.query),
            "inputs": [{"table": table.name, "content_digest": table.content} for table in tables],
        }
        self.group = GroupSize()
        self.shards: list[WrittenShard] = []
        self.findings: list[Finding] = []
        self.rows = 0
        self.writer = self._open()

    def _open(self) -> ShardWriter:
        path = self.staging / f"view-{self.view.name}-{len(self.shards):05}.parquet"
        return ShardWriter(path, self.plan.arrow_schema, self.features, self.plan.arrow_schema.names)

    def add(self, table: pa.Table) -> None:
        if self.writer.rows >= SHARD_ROWS:
            self.shards.append(self.writer.finish(self.group.rows, self.footer))
            self.writer = self._open()
        self.findings.extend(islice(self._judge(table), MOST_FINDINGS - len(self.findings)))
        self.rows += table.num_rows
        self.group.feed(np.full(table.num_rows, table.nbytes // max(table.num_rows, 1)))
        self.writer.add(table)
        if self.group.known:
            self.writer.drain(self.group.rows)

    def _judge(self, table: pa.Table) -> Iterator[Finding]:
        for number, record in enumerate(decode(table), self.rows + 1):
            if not self.gate.accepts(record):
                yield from self.gate.explain(record, self.view.query, number)

    def finish(self) -> list[WrittenShard]:
        if not self.rows:
            message = f"the view {self.view.name!r} selects no row, and an empty one can't be loaded"
            self.findings.append(Finding(self.view.query, None, "$", "empty-split", message))
        self.shards.append(self.writer.finish(self.group.rows, self.footer))
        return self.shards
