"""Rows that stand in two splits as they are: told of where nobody said what is to be ``disjoint``.

Beside each shard lies a hash of each of its rows, made by DuckDB, with the row's place; a split that is named by a
column is left out of it. Memory is bounded as that of keys is.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns.plain_form import plain_table
from dataset_packager.shards.chunk_results import shards_of
from dataset_packager.shards.key_columns import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.config import Table
    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.shards.judge import TableJob

SCHEMA = pa.schema([pa.field("k0", pa.uint64()), *PLACE])
SHOWN = 3


def are_compared(table: Table) -> bool:
    """Say whether rows of two splits may be equal, and nobody said in what they must not be.

    Splits by share keep equal rows together, and a key without the split's name is one row's alone.
    """
    splits = table.splits
    if table.disjoint or len(splits.names) < 2 or not (splits.column or splits.files):
        return False
    return all(splits.column in key for key in table.keys)


def row_hashes(rows: pa.Table, split_column: ColumnPath, file: pa.Array, line: pa.Array) -> pa.Table:
    """Return a hash of each row, of 64 bits, with its place; rows come without the column of their provenance."""
    plain = plain_table(rows)
    columns = [_without(plain.column(name).combine_chunks(), name, split_column) for name in plain.schema.names]
    kept = [column for column in columns if column is not None]
    names = [f"c{number}" for number in range(len(kept))]
    if not kept:
        return pa.table([pa.array([0] * len(rows), pa.uint64()), file, line], schema=SCHEMA)
    hashed = _hashing().from_arrow(pa.table(kept, names=names)).project(f"hash({', '.join(names)}) AS k0")
    return pa.table([hashed.to_arrow_table().column(0), file, line], schema=SCHEMA)


@cache
def _hashing() -> duckdb.DuckDBPyConnection:
    """Return a connection that keeps the order of rows."""
    import duckdb

    return duckdb.connect(config={"threads": "1", "autoinstall_known_extensions": "false"})


def _without(array: Any, name: str, path: ColumnPath) -> Any:
    """Return a column, or a member, without what stands at the path in it; None where nothing is left."""
    if not path or path[0] != name:
        return array
    if len(path) == 1 or not pa.types.is_struct(array.type):
        return None
    members = [
        (field.name, _without(part, field.name, path[1:]))
        for field, part in zip(array.type, array.flatten(), strict=True)
    ]
    left = {each: part for each, part in members if part is not None}
    if not left:
        return None
    return pa.StructArray.from_arrays(list(left.values()), names=list(left), mask=array.is_null())


def equal_rows(
    jobs: Mapping[str, TableJob], chunks: Sequence[ChunkResult], temporary: Path, threads: int
) -> Iterator[str]:
    """Yield a line for each table whose rows stand in two splits as they are: how many, and the first places.

    ``temporary`` takes what doesn't fit into memory.
    """
    for name, job in jobs.items():
        if not are_compared(job.table):
            continue
        from dataset_packager.shards.keys import SplitFiles, connect, equal_in_two_splits  # here: few ask for it

        files: SplitFiles = {split: [] for split in job.table.splits.names}
        for folder, shard in shards_of(chunks, name):
            files[shard.split].append(str(folder / shard.keys[len(job.keys)]))
        with connect(temporary, threads) as connection:
            rows = equal_in_two_splits(connection, files, ("k0",))
            first = list(islice(rows, SHOWN))
            more = sum(1 for _ in rows)
        if first:
            yield _told(name, len(first) + more, [f"{each.place} as {each.first_place}" for each in first], more)


def _told(name: str, number: int, places: Sequence[str], more: int) -> str:
    how_many = "a row stands" if number == 1 else f"{number:,} rows stand"
    listed = "; ".join(places) + (f"; and {more:,} more" if more else "")
    return (
        f"{name}: {how_many} in two splits as a whole, so that one gives the other away: {listed}; "
        "remove them, or state in 'disjoint' what no two splits may share"
    )
