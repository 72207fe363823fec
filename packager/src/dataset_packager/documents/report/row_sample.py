"""Rows of a release in bounded memory: all of a small table, an even sample of a large one.

A sample takes the first rows of row groups that are spread evenly over the shards, so that the same release always
gives the same sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.shards.large_rows import open_shard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.release.contents import ReleasedConfig

MOST_GROUPS = 8
MOST_BYTES = 32 * 2**20
BATCH_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a config, and how many rows it has."""

    table: pa.Table
    total: int

    @property
    def is_whole(self) -> bool:
        """Say whether these are all its rows."""
        return bool(self.table.num_rows == self.total)


def sample(release: Path, part: ReleasedConfig, most: int) -> Sample:
    """Return at most ``most`` rows of a config, in order, in about 32 MiB of Arrow memory."""
    groups = [
        (shard.path, number)
        for shard in part.shards
        for number in range(_groups(release / shard.path) if part.rows > most else 1)
    ]
    chosen = groups if part.rows <= most else _spread(groups, MOST_GROUPS)
    share = most if part.rows <= most else math.ceil(most / len(chosen))
    batches: list[pa.RecordBatch] = []
    left, room = most, MOST_BYTES
    for path, number in chosen:
        for batch in _first_rows(release / path, None if part.rows <= most else number, min(share, left)):
            batches.append(batch)
            left -= batch.num_rows
            room -= batch.nbytes
            if room <= 0:
                break
        if left <= 0 or room <= 0:
            break
    return Sample(pa.Table.from_batches(batches, schema=_schema(release, part)), part.rows)


def _groups(path: Path) -> int:
    return int(pq.read_metadata(path).num_row_groups)


def _spread(groups: list[tuple[str, int]], most: int) -> list[tuple[str, int]]:
    if len(groups) <= most:
        return groups
    return [groups[position * (len(groups) - 1) // (most - 1)] for position in range(most)]


def _schema(release: Path, part: ReleasedConfig) -> pa.Schema:
    return pq.read_schema(release / part.shards[0].path)


def _first_rows(path: Path, group: int | None, most: int) -> Iterator[pa.RecordBatch]:
    """Yield the first ``most`` rows of a row group, or of a file, in batches of about 4 MiB."""
    with open_shard(path) as file:
        metadata = file.metadata
        size = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        rows = max(1, min(2048, most, BATCH_BYTES * max(1, metadata.num_rows) // max(1, size)))
        for batch in file.iter_batches(rows, row_groups=None if group is None else [group]):
            yield batch.slice(0, most)
            most -= batch.num_rows
            if most <= 0:
                return
