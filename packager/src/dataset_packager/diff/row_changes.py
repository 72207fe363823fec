"""Which rows two releases of a table differ in, by key or, without one, as multisets; in bounded memory.

Of every row its key and a digest of its record are laid down; DuckDB compares them. Rows that differ are read a second
time, to say in which members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.json_diff import Change, member_changes
from dataset_packager.base.paths import LIST
from dataset_packager.release.read_records import Row, rows
from dataset_packager.release.views import literal
from dataset_packager.shards.keys import connect
from dataset_packager.shards.split import member_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import duckdb

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.release.release_files import Part, Release

Text = Callable[[Any], bytes]

SHOWN = 5
BATCH_ROWS = 4096
LAID_DOWN = pa.schema([("key", pa.string()), ("digest", pa.binary()), ("split", pa.string()), ("row", pa.int64())])
MEMBERS = pa.schema([("key", pa.string()), ("member", pa.string()), ("digest", pa.binary())])


@dataclass(frozen=True, slots=True)
class Example:
    """One row that differs: its key as JSON text, or the begin of its record where there is no key; what changed."""

    row: str
    members: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How many rows were added, removed, changed, or came into another split, with some examples of each.

    ``members`` counts the changed rows by member.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    moved: int = 0
    members: tuple[tuple[str, int], ...] = ()
    examples: tuple[tuple[str, tuple[Example, ...]], ...] = ()

    def __bool__(self) -> bool:
        """Say whether any row differs."""
        return bool(self.added or self.removed or self.changed or self.moved)


NO_CHANGES = RowChanges()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two releases of a table: the key, and the columns that only one of both has, which don't count."""

    release: Release
    part: Part
    key: tuple[ColumnPath, ...]
    pruned: tuple[ColumnPath, ...]

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield split and row of each row, without the columns that don't count."""
        for split in self.part.splits:
            for row in rows(self.release, self.part, split, hashes=True):
                for path in self.pruned:
                    prune(row.record, path)
                yield split, row


def prune(value: Any, path: ColumnPath) -> None:
    """Remove what stands at ``path`` from a record."""
    for number, step in enumerate(path):
        if step is LIST:
            for item in value if isinstance(value, list) else ():
                prune(item, path[number + 1 :])
            return
        if not isinstance(value, dict):
            return
        if number == len(path) - 1:
            value.pop(step, None)
        value = value.get(step)


def count_rows(release: Release, part: Part) -> int:
    """Return the number of rows of a config, as the footers state it."""
    return sum(release.footer(path).rows for split in part.splits for path in release.shards(part, split))


def compare_rows(old: Side, new: Side, temporary: Path, threads: int, *, canonically: bool) -> RowChanges:
    """Return in which rows two releases differ; ``canonically`` where their columns hold numbers of another type.

    Raises:
        DataFindings: a shard can't be read back.
    """
    text = _canonical if canonically else sorted_text
    files = {"old": temporary / "old.parquet", "new": temporary / "new.parquet"}
    for side, file in zip((old, new), files.values(), strict=True):
        write_rows(file, LAID_DOWN, _laid_down(side, text))
    with connect(temporary, threads) as connection:
        for name, file in files.items():
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({literal(str(file))})")
        return _by_key(connection, old, new, temporary, text) if old.key else _as_multisets(connection)


def sorted_text(value: Any) -> bytes:
    """Return a JSON value as text in which equal values are equal."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return _canonical(value)


def _canonical(value: Any) -> bytes:
    return canonical(value).encode("utf-8")


def row_digest(data: bytes) -> bytes:
    """Return 16 bytes that tell rows apart."""
    return hashlib.blake2b(data, digest_size=16).digest()


def _key_text(side: Side, record: Any) -> str:
    return canonical([member_value(record, path) for path in side.key])


def _laid_down(side: Side, text: Text) -> Iterator[tuple[Any, ...]]:
    for number, (split, row) in enumerate(side.rows()):
        data = text(row.record)
        key = _key_text(side, row.record) if side.key else data.decode("utf-8")[:200]
        yield key, row_digest(data), split, number


def write_rows(file: Path, schema: pa.Schema, values: Iterable[tuple[Any, ...]]) -> None:
    """Lay rows down in a Parquet file, some at a time."""
    source = iter(values)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(source, BATCH_ROWS)):
            columns = list(zip(*batch, strict=True))
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {sql}").fetchone() or (0,)
    return int(count)


def _few(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Example, ...]:
    found = connection.execute(f"SELECT key FROM {sql} ORDER BY key LIMIT {SHOWN}").fetchall()
    return tuple(Example(key) for (key,) in found)


def _by_key(connection: duckdb.DuckDBPyConnection, old: Side, new: Side, temporary: Path, text: Text) -> RowChanges:
    both = "old JOIN new USING (key) WHERE"
    ways = {
        "added": "new ANTI JOIN old USING (key)",
        "removed": "old ANTI JOIN new USING (key)",
        "changed": f"{both} old.digest <> new.digest",
        "moved": f"{both} old.split <> new.split",
    }
    counts = {word: _count(connection, sql) for word, sql in ways.items()}
    examples = {word: _few(connection, sql) for word, sql in ways.items() if counts[word]}
    members: tuple[tuple[str, int], ...] = ()
    if counts["changed"]:
        wanted: dict[str, dict[str, Any]] = {example.row: {} for example in examples["changed"]}
        for name, side in (("old", old), ("new", new)):
            changed = _changed_rows(connection, side, name, ways["changed"])
            write_rows(temporary / f"{name}-members.parquet", MEMBERS, _members(changed, name, wanted, text))
        members = _member_counts(connection, temporary)
        examples["changed"] = tuple(
            Example(key, tuple(member_changes(pair["old"], pair["new"]))) for key, pair in wanted.items()
        )
    return RowChanges(**counts, members=members, examples=tuple(examples.items()))


def _changed_rows(
    connection: duckdb.DuckDBPyConnection, side: Side, name: str, changed: str
) -> Iterator[tuple[str, Any]]:
    """Yield key and record of the changed rows of one side, in its order."""
    cursor = connection.cursor().execute(f"SELECT {name}.row, key FROM {changed} ORDER BY 1")
    wanted = chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH_ROWS), []))
    following = next(wanted, None)
    for number, (_, row) in enumerate(side.rows()):
        if following is None:
            return
        if number == following[0]:
            yield following[1], row.record
            following = next(wanted, None)


def _members(
    changed: Iterable[tuple[str, Any]], name: str, wanted: dict[str, dict[str, Any]], text: Text
) -> Iterator[tuple[str, str, bytes]]:
    """Yield key, member and digest of each member of changed records, and keep those that are ``wanted``."""
    for key, record in changed:
        if key in wanted:
            wanted[key][name] = record
        for member, value in record.items() if isinstance(record, dict) else [("", record)]:
            yield key, member, row_digest(text(value))


def _member_counts(connection: duckdb.DuckDBPyConnection, temporary: Path) -> tuple[tuple[str, int], ...]:
    """Count the changed rows by the members in which they differ, the most frequent first."""
    files = [str(temporary / f"{name}-members.parquet") for name in ("old", "new")]
    sql = """SELECT member, count(*) FROM read_parquet($1) o FULL JOIN read_parquet($2) n USING (key, member)
        WHERE o.digest IS DISTINCT FROM n.digest GROUP BY member ORDER BY 2 DESC, 1"""
    return tuple((member, int(number)) for member, number in connection.execute(sql, files).fetchall())


def _as_multisets(connection: duckdb.DuckDBPyConnection) -> RowChanges:
    counts = {
        name: f"(SELECT digest, split, min(key) AS key, count(*) AS n FROM {name} GROUP BY digest, split)"
        for name in ("old", "new")
    }
    sql = f"""FROM {counts["old"]} o FULL JOIN {counts["new"]} n USING (digest, split)"""
    added, removed = "coalesce(n.n, 0) - coalesce(o.n, 0)", "coalesce(o.n, 0) - coalesce(n.n, 0)"
    numbers, examples = [], {}
    for word, side, more in (("added", "n", added), ("removed", "o", removed)):
        row = connection.execute(f"SELECT coalesce(sum({more}), 0) {sql} WHERE {more} > 0").fetchone() or (0,)
        numbers.append(int(row[0]))
        few = connection.execute(f"SELECT {side}.key {sql} WHERE {more} > 0 ORDER BY 1 LIMIT {SHOWN}").fetchall()
        examples[word] = tuple(Example(key) for (key,) in few)
    return RowChanges(numbers[0], numbers[1], examples=tuple((word, few) for word, few in examples.items() if few))
