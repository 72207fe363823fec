"""The rows of one config in a delta: added, changed and removed ones, and where all of the newer release come from.

Rows are compared as ``row_changes`` does, in parts; what is found is put into order again in parts, too.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.columns.arrow import as_schema, rows_chosen
from dataset_packager.diff.buckets import Buckets, RowSet, buckets_for
from dataset_packager.diff.row_changes import dealt_pairs, joined
from dataset_packager.diff.side import Side, equal_shards, sorted_text, text_needed
from dataset_packager.release.read_records import reading_back
from dataset_packager.shards.keys import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.diff.buckets import Numbers
    from dataset_packager.release.release_files import Part, Release

ADDED, CHANGED, REMOVED, ORDER = "added", "changed", "removed", "order"
RUNS = pa.schema([("shard", pa.string()), ("source", pa.string()), ("row", pa.int64()), ("rows", pa.int64()),
                  ("file", pa.string()), ("shift", pa.int64())])  # fmt: skip
PLACED = pa.schema([("n", pa.int64()), ("shard", pa.int32()), ("file", pa.string()), ("line", pa.int64()),
                    ("old_shard", pa.int32()), ("old_row", pa.int64()), ("old_line", pa.int64()),
                    ("known", pa.bool_())])  # fmt: skip
GROUP_ROWS, GROUP_BYTES = 2**16, 2**24  # of the files of rows


def write_rows(old: Release, new: Release, part: Part, scratch: Path, folder: Path, threads: int) -> None:
    """Write the files of a config of the newer release into ``folder``.

    Raises:
        DataFindings: a shard can't be read back.
    """
    _Comparison(old, new, part, scratch, threads).write(folder)


class _Comparison:
    """One config of two releases, on its way into a delta."""

    def __init__(self, old: Release, new: Release, part: Part, scratch: Path, threads: int) -> None:
        before, key = old.parts.get(part.name), _key(new, part)
        self.scratch, self.threads = scratch, threads
        self.new = Side(new, part, key, sorted_text)
        self.old = None if before is None else Side(old, before, key, sorted_text)
        self.same: Mapping[str, str] = {}
        """Older shards by the newer ones that are the same, byte by byte."""
        self.comparable = self.old is not None and _columns(self.old) == _columns(self.new) and _key(old, part) == key
        if self.old is not None and self.comparable:
            text, left_out = text_needed(self.old, self.new), equal_shards(self.old, self.new, bytewise=True)
            older = {old.sha256(path): path for path in left_out[0]}
            self.same = {path: older[new.sha256(path)] for path in left_out[1]}
            self.old = replace(self.old, text=text, left_out=set(left_out[0]))
            self.new = replace(self.new, text=text, left_out=set(left_out[1]))

    def write(self, folder: Path) -> None:
        """Write the config's files."""
        placed, removed = self._compared()
        added, changed = RowSet(self.new.count), RowSet(self.new.count)
        with pq.ParquetWriter(folder / f"{ORDER}.parquet", RUNS, compression="zstd") as writer:
            for runs in self._runs(placed, added, changed):
                writer.write_table(runs)
        _write_chosen(self.new, added, folder / f"{ADDED}.parquet")
        _write_chosen(self.new, changed, folder / f"{CHANGED}.parquet")
        if self.old is not None:
            _write_chosen(self.old, removed, folder / f"{REMOVED}.parquet")

    def _compared(self) -> tuple[Iterator[pa.Table], RowSet]:
        """Return where the newer release's rows come from, in its order, and which of the older one are gone."""
        old, keyed = self.old or replace(self.new, left_out=set(self.new.paths)), bool(self.new.key)
        ranked = "1" if keyed else "row_number() OVER (PARTITION BY digest ORDER BY n)"
        sides = ", ".join(f"{name}_ AS (SELECT *, {ranked} AS k FROM {name})" for name in ("old", "new"))
        match = "new_.digest = old_.digest AND new_.k = old_.k" if self.comparable else "false"
        known = "new_.key IN (SELECT key FROM old)" if keyed else "false"
        placed = f"""WITH {sides} SELECT new_.n, new_.shard, new_.file, new_.line, old_.shard AS old_shard,
            old_.row AS old_row, old_.line AS old_line, {known} AS known FROM new_ LEFT JOIN old_ ON {match}"""
        one, all_of_it = ("key", "SELECT key FROM new") if keyed else ("(digest, k)", "SELECT (digest, k) FROM new_")
        gone = f"WITH {sides} SELECT n FROM old_ WHERE {one} NOT IN ({all_of_it})"
        count = self.new.count
        buckets, removed = Buckets(self.scratch, "placed", PLACED, buckets_for(count)), RowSet(old.count)
        width = max(-(-count // len(buckets)), 1)
        with connect(self.scratch, self.threads) as connection:
            for pair in dealt_pairs(old, self.new, self.scratch):
                table = joined(connection, pair, placed).cast(PLACED)
                buckets.deal(table, table.column("n").to_numpy() // width)
                removed.add(joined(connection, pair, gone).column("n").to_numpy())
        buckets.close()
        return (table.sort_by("n") for table in buckets.tables()), removed

    def _runs(self, placed: Iterator[pa.Table], added: RowSet, changed: RowSet) -> Iterator[pa.Table]:
        """Yield runs in the newer release's order, and take note of rows that are added and changed."""
        news, olds = self.new.paths, self.old.paths if self.old else []
        whole = iter([(at, path) for at, path in enumerate(news) if path in self.same])
        following = next(whole, None)
        counts = {ADDED: 0, CHANGED: 0}
        for table in placed:
            if not len(table):
                continue
            starts, runs = _runs_of(table, news, olds, counts, {ADDED: added, CHANGED: changed})
            while following and following[0] < starts[-1]:
                at = int(np.searchsorted(starts, following[0]))
                yield runs.slice(0, at)
                yield self._whole(following[1])
                starts, runs, following = starts[at:], runs.slice(at), next(whole, None)
            yield runs
        for _, path in chain([following] if following else [], whole):
            yield self._whole(path)

    def _whole(self, path: str) -> pa.Table:
        rows = self.new.release.footer(path).rows
        run = {"shard": path, "source": self.same[path], "row": 0, "rows": rows, "file": None, "shift": 0}
        return pa.Table.from_pylist([run] if rows else [], schema=RUNS)


def _runs_of(
    rows: pa.Table, news: list[str], olds: list[str], counts: dict[str, int], chosen: Mapping[str, RowSet]
) -> tuple[Numbers, pa.Table]:
    """Return runs, and the number of each one's shard: rows that stand one after the other, their lines shifted alike.

    Rows that no older one equals are counted, and taken note of, as added or changed.
    """
    column = {name: rows.column(name).combine_chunks() for name in PLACED.names}
    shards, numbers = column["shard"].to_numpy(), column["n"].to_numpy()
    stays = column["old_row"].is_valid().to_numpy(zero_copy_only=False)
    known = column["known"].to_numpy(zero_copy_only=False)
    sources = np.where(stays, column["old_shard"].fill_null(0).to_numpy(), len(olds) + known)
    place = column["old_row"].fill_null(0).to_numpy().copy()
    for number, kind in enumerate((ADDED, CHANGED), len(olds)):
        here = sources == number
        place[here] = np.arange(counts[kind], counts[kind] + int(here.sum()))
        counts[kind] += int(here.sum())
        chosen[kind].add(numbers[here])
    files = column["file"].dictionary_encode()
    codes = np.where(stays, files.indices.fill_null(-1).to_numpy(), -1)
    shift = np.where(codes >= 0, pc.subtract(column["line"], column["old_line"]).fill_null(0).to_numpy(), 0)
    begins = np.ones(len(rows), np.bool_)
    begins[1:] = place[1:] != place[:-1] + 1
    for each in (shards, sources, codes, shift):
        begins[1:] |= each[1:] != each[:-1]
    at = np.flatnonzero(begins)
    lengths = np.diff(np.append(at, len(rows)))
    names = pa.array([*olds, ADDED, CHANGED], pa.string())
    told = files.dictionary.take(pa.array(codes[at], mask=codes[at] < 0))
    columns = [pa.array(news, pa.string()).take(pa.array(shards[at])), names.take(pa.array(sources[at])),
               pa.array(place[at]), pa.array(lengths), told, pa.array(shift[at])]  # fmt: skip
    return shards[at], pa.Table.from_arrays(columns, schema=RUNS)


def _write_chosen(side: Side, chosen: RowSet, file: Path) -> None:
    """Write some rows of a side as they stand in its shards; without a row there is no file."""
    writer: pq.ParquetWriter | None = None
    waiting = list[pa.Table]()
    for table in chain(_chosen(side, chosen), [None]):
        waiting += [] if table is None else [table]
        many = sum(map(len, waiting)) >= GROUP_ROWS or sum(each.nbytes for each in waiting) >= GROUP_BYTES
        if waiting and (many or table is None):
            writer = writer or pq.ParquetWriter(file, waiting[0].schema, compression="zstd")
            schema = writer.schema
            writer.write_table(pa.concat_tables(as_schema(each, schema) for each in waiting))
            waiting.clear()
    if writer:
        writer.close()


def _chosen(side: Side, chosen: RowSet) -> Iterator[pa.Table]:
    begin = 0
    for _, path, _ in side.shards():
        with reading_back(path), pq.ParquetFile(side.release.folder / path) as file:
            for group in range(file.num_row_groups):
                rows = file.metadata.row_group(group).num_rows
                marks = chosen.among(begin, rows)
                begin += rows
                if marks.any():
                    table = rows_chosen(file.read_row_group(group), pa.array(marks))
                    yield table.replace_schema_metadata(None)


def _key(release: Release, part: Part) -> tuple[ColumnPath, ...]:
    if part.is_view:
        return next((view.key for view in release.config.views if view.name == part.name), ())
    return release.config.table[part.name].key if part.name in release.config.table else ()


def _columns(side: Side) -> pa.Schema:
    return side.release.footer(side.paths[0]).schema.remove_metadata()
