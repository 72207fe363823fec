"""Views: further configs that SQL makes from the tables.

A query runs on one thread and in UTC over the tables' shards, can read nothing else, and its rows are ordered by the
view's key, which is unique and never null; the order of elements in lists that it makes is the query's own business
(``list(x ORDER BY y)``).
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.findings import EnvironmentFailure, Finding, SetupError
from dataset_packager.base.text import shown
from dataset_packager.columns.arrow import no_rows
from dataset_packager.columns.decode import decode
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.plain_form import is_typed, plain_schema, plain_sql
from dataset_packager.release.names import VIEW_SPLIT
from dataset_packager.release.view_order import OrderedRows
from dataset_packager.release.view_rows import Rows, holds_json, is_optional, sql_type
from dataset_packager.shards.keys import connect
from dataset_packager.shards.parquet import GroupSize, ShardWriter
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_packager.columns.table_columns import Refusal, TablePlan
    from dataset_packager.project.config import View, ViewLimits
    from dataset_packager.release.contents import ReleasedConfig
    from dataset_packager.release.view_job import ViewJob
    from dataset_packager.shards.chunk_results import WrittenShard

READ_ROWS = 64  # at once from DuckDB: a row may be large
BATCH_ROWS, BATCH_BYTES = 8192, 2**24
SHARD_ROWS = 500_000
MOST_FINDINGS = 10_000


def make_view(
    job: ViewJob, tables: Sequence[ReleasedConfig], release: Path, staging: Path
) -> tuple[list[WrittenShard], list[Finding]]:
    """Run a view's query over the tables in ``release`` and write its shards into ``staging``.

    Returns its shards, and what its own JSON Schema refuses.

    Raises:
        SetupError: the query fails, or selects other columns than the schema has.
    """
    view = job.view
    with ExitStack() as unfinished:
        folder = Path(unfinished.enter_context(TemporaryDirectory(prefix=f"view-{view.name}-", dir=staging)))
        ordered = OrderedRows(folder, job.keys, job.limits, view.query)
        with connect(folder, 1) as connection, _bounds(connection, view, job.limits):
            _show_tables(connection, tables, release, job.limits)
            findings = _run(connection.sql(job.query), job.plan, view, ordered)
        if findings:
            return [], findings
        writing = _Writing(job, tables, staging)
        unfinished.callback(lambda: writing.writer.abandon())
        with _told(view):
            for batch in ordered.batches(BATCH_ROWS):
                writing.add(batch)
        return writing.finish(), writing.findings


def _run(relation: duckdb.DuckDBPyRelation, plan: TablePlan, view: View, ordered: OrderedRows) -> list[Finding]:
    """Bring all rows into the view's schema, and return what couldn't be brought there."""
    _check_columns(relation.columns, plan, view)
    rows = Rows(view.query, plain_schema(plan.arrow_schema), relation.types, relation.columns, MOST_FINDINGS)
    if rows.findings:
        return rows.findings
    for batch in _gathered(relation.to_arrow_reader(READ_ROWS)):
        try:
            table = rows.fit(batch)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise SetupError(f"{view.query}: a column doesn't fit its type in {view.schema}: {error}") from error
        if not rows.findings:
            ordered.add(table)
    return rows.findings


def _gathered(read: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches of ``BATCH_ROWS``, smaller ones of rows that are large: what is read at once is held by nobody."""
    waiting: list[pa.RecordBatch] = []
    for batch in read:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= BATCH_ROWS or sum(each.nbytes for each in waiting) >= BATCH_BYTES:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


@contextmanager
def _told(view: View) -> Iterator[None]:
    """Say of what DuckDB, Arrow and the system refuse whose query it was.

    Raises:
        SetupError: the query fails, or takes too much memory or room.
        EnvironmentFailure: the disk is full.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if "No space left" in str(error):
            raise EnvironmentFailure(f"{view.query}: {error}: make room, then run the same command again") from error
        setting = "view_disk_bytes" if "max_temp_directory_size" in str(error) else "view_memory_bytes"
        raise SetupError(f"{view.query}: {error}: ask for less, or raise {setting}") from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if "No space left" in str(error):
            raise EnvironmentFailure(f"{view.query}: {error}: make room, then run the same command again") from error
        raise SetupError(f"{view.query}: {error}") from error


@contextmanager
def _bounds(connection: duckdb.DuckDBPyConnection, view: View, limits: ViewLimits) -> Iterator[None]:
    """Let a query run for so long and no longer, and say what is wrong with it.

    Raises:
        SetupError: it fails, or takes too much time, memory or room.
        EnvironmentFailure: the disk is full.
    """
    late, stop = threading.Event(), threading.Event()
    timer = threading.Thread(target=_interrupt, args=(connection, limits.seconds, late, stop), daemon=True)
    timer.start()
    try:
        with _told(view):
            yield
    except SetupError as error:
        if late.is_set():
            raise SetupError(
                f"{view.query}: takes more than {limits.seconds} seconds: ask for less, or raise view_seconds"
            ) from error
        raise
    finally:
        stop.set()
        timer.join()


def _interrupt(
    connection: duckdb.DuckDBPyConnection, seconds: float, late: threading.Event, stop: threading.Event
) -> None:
    """Interrupt whatever runs when the time is up, again and again: there may be a moment in which nothing does."""
    wait = seconds
    while not stop.wait(wait):
        late.set()
        connection.interrupt()
        wait = 0.1


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as a string literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _show_tables(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[ReleasedConfig], release: Path, limits: ViewLimits
) -> None:
    """Make the tables visible under their names, JSON text as JSON, then shut everything else away."""
    files = {table.name: [str(release / shard.path) for shard in table.shards] for table in tables}
    listed = ", ".join(literal(path) for paths in files.values() for path in paths)
    connection.execute(f"SET allowed_paths = [{listed}]")
    for table in tables:
        source = _plain(table.arrow_schema, f"read_parquet([{', '.join(literal(path) for path in files[table.name])}])")
        columns_of = connection.sql(f"SELECT * FROM {source}")
        columns = ", ".join(
            _shown(name, kind, plain_schema(table.arrow_schema))
            for name, kind in zip(columns_of.columns, columns_of.types, strict=True)
        )
        connection.execute(f"CREATE VIEW {_quoted(table.name)} AS SELECT {columns} FROM {source}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET python_enable_replacements = false")
    connection.execute(f"SET memory_limit = '{limits.memory}B'")
    connection.execute(f"SET max_temp_directory_size = '{limits.disk}B'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _plain(schema: pa.Schema, source: str) -> str:
    """Return SQL that gives typed columns as plain ones: a query gives the same, whatever types columns have."""
    typed = [field for field in schema if is_typed(field)]
    if not typed:
        return source
    replaced = ", ".join(f"{plain_sql(field, _quoted(field.name))} AS {_quoted(field.name)}" for field in typed)
    return f"(SELECT * REPLACE ({replaced}) FROM {source})"


def _shown(name: str, kind: Any, schema: pa.Schema) -> str:
    quoted, field = _quoted(name), schema.field(name) if name in schema.names else None
    return f"CAST({quoted} AS {sql_type(kind, field)}) AS {quoted}" if field and holds_json(field) else quoted


def _check_columns(columns: Sequence[str], plan: TablePlan, view: View) -> None:
    known, given = {field.name: field for field in plan.arrow_schema}, set(columns)
    missing = {name for name, field in known.items() if not is_optional(field)} - given
    told = [f"lacks {name!r}" for name in sorted(missing)]
    told += [f"has no place for {name!r}" for name in sorted(given - set(known))]
    if told:
        raise SetupError(f"{view.query}: select what {view.schema} describes: it {', '.join(told)}")


class _Writing:
    """The shards of one view in the making; every row is judged before it is written."""

    def __init__(self, job: ViewJob, tables: Sequence[ReleasedConfig], staging: Path) -> None:
        self.view, self.plan, self.staging = job.view, job.plan, staging
        self.gate = Gate(job.schema, True)
        self.features = features_footer(job.plan.arrow_schema)
        self.footer = {
            "dataset": job.dataset,
            "table": job.view.name,
            "split": VIEW_SPLIT,
            "schema_sha256": job.schema.sources[job.view.schema],
            "query_sha256": job.query_sha256,
            "inputs": [{"table": table.name, "content_digest": table.content} for table in tables],
        }
        self.group = GroupSize()
        self.shards: list[WrittenShard] = []
        self.findings: list[Finding] = []
        self.rows = 0
        self.keys = job.keys
        self.last = no_rows(plain_schema(job.plan.arrow_schema)).select(self.keys)
        self.writer = self._open()

    def _open(self) -> ShardWriter:
        path = self.staging / f"view-{self.view.name}-{len(self.shards):05}.parquet"
        return ShardWriter(path, self.plan.arrow_schema, self.features, self.plan.arrow_schema.names)

    def add(self, table: pa.Table) -> None:
        if self.writer.rows >= SHARD_ROWS:
            self.shards.append(self.writer.finish(self.group.rows, self.footer))
            self.writer = self._open()
        records = list(decode(table))
        found = chain(self._check_keys(table), self._judge(records))
        if any(map(is_typed, self.plan.arrow_schema)):
            table, refusals = self.plan.encode(records, None)
            found = chain(found, map(self._refused, refusals))
        self.findings.extend(islice(found, MOST_FINDINGS - len(self.findings)))
        self.rows += table.num_rows
        self.group.feed(np.full(table.num_rows, table.nbytes // max(table.num_rows, 1)))
        self.writer.add(table)
        if self.group.known:
            self.writer.drain(self.group.rows)

    def _check_keys(self, table: pa.Table) -> Iterator[Finding]:
        """Yield where a key is null, or that of the row before: rows come in the order of their keys."""
        keys = table.select(self.keys)
        before, self.last = pa.concat_tables([self.last, keys]), keys.slice(table.num_rows - 1)
        path = f"$.{self.keys[0]}" if len(self.keys) == 1 else "$"
        for name in self.keys:
            for row in np.flatnonzero(keys.column(name).is_null().to_numpy()).tolist():
                message, hint = f"the key's {name} is null", "give every row its key"
                yield Finding(self.view.query, self.rows + row + 1, path, "key", message, hint=hint)
        same = np.ones(max(before.num_rows - 1, 0), np.bool_)
        for column in before.columns:
            same &= pc.equal(column.slice(1), column.slice(0, len(same))).fill_null(False).to_numpy()
        first = self.rows + table.num_rows - len(same)
        for row in np.flatnonzero(same).tolist():
            told = ", ".join(f"{name} {shown(before.column(name)[row].as_py())}" for name in self.keys)
            message, hint = f"{told} stands already in row {first + row}", "let the query give one row for each key"
            yield Finding(self.view.query, first + row + 1, path, "key", message, hint=hint)

    def _refused(self, refusal: Refusal) -> Finding:
        row = self.rows + refusal.index + 1
        return Finding(
            self.view.query, row, refusal.path, refusal.code, refusal.message, self.view.schema, refusal.hint
        )

    def _judge(self, records: Sequence[Any]) -> Iterator[Finding]:
        for number, record in enumerate(records, self.rows + 1):
            if not self.gate.accepts(record):
                yield from self.gate.explain(record, self.view.query, number)

    def finish(self) -> list[WrittenShard]:
        if not self.rows:
            message = f"the view {self.view.name!r} selects no row, and an empty one can't be loaded"
            self.findings.append(Finding(self.view.query, None, "$", "empty-split", message))
        self.shards.append(self.writer.finish(self.group.rows, self.footer))
        return self.shards
