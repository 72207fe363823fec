"""Which rows two releases of a table differ in, by key or, without one, as multisets; in bounded memory.

Keys and digests of all rows are dealt into files, equal ones into the same; DuckDB compares one file after the other.
Rows that differ are read a second time, to say in which members.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.json_diff import Change, member_changes
from dataset_packager.diff.buckets import Buckets, RowSet, buckets_for
from dataset_packager.diff.row_bytes import DIGEST_BYTES, dealt_by_digest, dealt_by_text, row_digest
from dataset_packager.diff.side import DESCRIBED, sorted_text, value_columns
from dataset_packager.shards.keys import connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import duckdb

    from dataset_packager.diff.side import Side
    from dataset_packager.release.release_files import Part, Release

SHOWN = 5
MEMBER_ROWS = 2**14
SHOWN_TEXT = 200  # code points of a record without a key
MEMBERS = pa.schema([("key", pa.string()), ("member", pa.string()), ("digest", pa.binary(DIGEST_BYTES))])


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


def count_rows(release: Release, part: Part) -> int:
    """Return the number of rows of a config, as the footers state it."""
    return sum(release.footer(path).rows for split in part.splits for path in release.shards(part, split))


def compare_rows(old: Side, new: Side, temporary: Path, threads: int) -> RowChanges:
    """Return in which rows two releases differ.

    Raises:
        DataFindings: a shard can't be read back.
    """
    pairs = dealt_pairs(old, new, temporary)
    with connect(temporary, threads) as connection:
        if new.key:
            return _by_key(connection, pairs, old, new, temporary)
        return _as_multisets(connection, pairs, old, new)


def dealt_pairs(old: Side, new: Side, temporary: Path) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield what describes the rows of both sides, in parts: equal keys, or equal rows, are in one part."""
    count = buckets_for(max(old.count, new.count))
    both = []
    for name, side in (("old", old), ("new", new)):
        buckets = Buckets(temporary, name, DESCRIBED, count)
        for table in side.described():
            column = table.column("key" if side.key else "digest").combine_chunks()
            buckets.deal(table, (dealt_by_text if side.key else dealt_by_digest)(column, count))
        buckets.close()
        both.append(buckets.tables())
    return zip(*both, strict=True)


def joined(connection: duckdb.DuckDBPyConnection, pair: tuple[pa.Table, pa.Table], sql: str) -> pa.Table:
    """Return what a query over ``old`` and ``new`` gives."""
    for name, table in zip(("old", "new"), pair, strict=True):
        connection.register(name, table)
    return connection.sql(sql).to_arrow_table()


def _by_key(
    connection: duckdb.DuckDBPyConnection,
    pairs: Iterable[tuple[pa.Table, pa.Table]],
    old: Side,
    new: Side,
    temporary: Path,
) -> RowChanges:
    sql = """SELECT coalesce(new.key, old.key) AS key, old.n AS old, new.n AS new, old.n IS NULL AS added,
        new.n IS NULL AS removed, coalesce(old.digest <> new.digest, false) AS changed,
        coalesce(old.split <> new.split, false) AS moved
        FROM old FULL JOIN new USING (key) WHERE added OR removed OR changed OR moved"""
    counts, examples = Counter[str](), dict[str, list[str]]()
    sets = {"old": RowSet(old.count), "new": RowSet(new.count)}
    for pair in pairs:
        found = joined(connection, pair, sql)
        for word in ("added", "removed", "changed", "moved"):
            rows = found.filter(found.column(word))
            counts[word] += len(rows)
            if len(rows):
                least = rows.take(pc.select_k_unstable(rows, SHOWN, [("key", "ascending")])).column("key").to_pylist()
                examples[word] = nsmallest(SHOWN, [*examples.get(word, ()), *least])
            if word == "changed":
                for name, some in sets.items():
                    some.add(rows.column(name).to_numpy())
    shown = {word: tuple(map(Example, keys)) for word, keys in examples.items()}
    members: tuple[tuple[str, int], ...] = ()
    if counts["changed"]:
        wanted: dict[str, dict[str, Any]] = {key: {} for key in examples["changed"]}
        members = _members(connection, {"old": old, "new": new}, sets, counts["changed"], wanted, temporary)
        shown["changed"] = tuple(
            Example(key, tuple(member_changes(pair["old"], pair["new"]))) for key, pair in wanted.items()
        )
    ways = ("added", "removed", "changed", "moved")
    listed = tuple((word, shown[word]) for word in ways if word in shown)
    return RowChanges(
        counts["added"], counts["removed"], counts["changed"], counts["moved"], members=members, examples=listed
    )


def _members(
    connection: duckdb.DuckDBPyConnection,
    sides: Mapping[str, Side],
    sets: Mapping[str, RowSet],
    changed: int,
    wanted: dict[str, dict[str, Any]],
    temporary: Path,
) -> tuple[tuple[str, int], ...]:
    """Count the changed rows by the members in which they differ, the most frequent first; keep those ``wanted``."""
    side = sides["new"]
    count = buckets_for(changed * max(len(value_columns(side.release, side.part)), 1))
    dealt = []
    for name, side in sides.items():
        buckets = Buckets(temporary, f"{name}-members", MEMBERS, count)
        rows = _member_rows(side, sets[name], wanted, name)
        while some := list(islice(rows, MEMBER_ROWS)):
            table = pa.Table.from_arrays([pa.array(each) for each in zip(*some, strict=True)], schema=MEMBERS)
            buckets.deal(table, dealt_by_text(table.column("key").combine_chunks(), count))
        buckets.close()
        dealt.append(buckets.tables())
    sql = """SELECT member, count(*) AS rows FROM old FULL JOIN new USING (key, member)
        WHERE old.digest IS DISTINCT FROM new.digest GROUP BY member"""
    counts = Counter[str]()
    for pair in zip(*dealt, strict=True):
        counts.update({row["member"]: row["rows"] for row in joined(connection, pair, sql).to_pylist()})
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _member_rows(
    side: Side, changed: RowSet, wanted: Mapping[str, dict[str, Any]], name: str
) -> Iterator[tuple[str, str, bytes]]:
    """Yield key, member and digest of each member of changed records, and keep those that are ``wanted``."""
    text = side.text or sorted_text
    for record in side.records(changed):
        key = side.key_of(record) or ""
        if key in wanted:
            wanted[key][name] = record
        for member, value in record.items() if isinstance(record, dict) else [("", record)]:
            yield key, member, row_digest(text(value))


def _as_multisets(
    connection: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[pa.Table, pa.Table]], old: Side, new: Side
) -> RowChanges:
    counted = "(SELECT digest, split, min(n) AS first, count(*) AS rows FROM {} GROUP BY digest, split)"
    sql = f"""SELECT coalesce(n.rows, 0) - coalesce(o.rows, 0) AS more, coalesce(n.first, 0) AS added,
        coalesce(o.first, 0) AS removed
        FROM {counted.format("old")} o FULL JOIN {counted.format("new")} n USING (digest, split) WHERE more <> 0"""
    counts, first = {"added": 0, "removed": 0}, dict[str, list[int]](added=[], removed=[])
    for pair in pairs:
        found = joined(connection, pair, sql)
        more = found.column("more").to_numpy()
        for word, rows in (("added", more > 0), ("removed", more < 0)):
            counts[word] += abs(int(more[rows].sum()))
            first[word] = nsmallest(SHOWN, [*first[word], *found.column(word).to_numpy()[rows].tolist()])
    shown = {word: _shown(side, first[word]) for word, side in (("added", new), ("removed", old))}
    return RowChanges(
        counts["added"], counts["removed"], examples=tuple((word, few) for word, few in shown.items() if few)
    )


def _shown(side: Side, rows: list[int]) -> tuple[Example, ...]:
    chosen = RowSet(side.count)
    chosen.add(np.array(rows, np.int64))
    text = side.text or sorted_text
    return tuple(Example(text(record).decode("utf-8")[:SHOWN_TEXT]) for record in side.records(chosen))
