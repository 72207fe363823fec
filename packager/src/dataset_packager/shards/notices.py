"""What a build asks of rows beside their schemas: whether it can be asked, and what is told of accepted rows."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.finding_text import format_finding
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, format_path
from dataset_packager.columns.metadata import shown_name
from dataset_packager.columns.statistics import summed
from dataset_packager.project.config import SECTION
from dataset_packager.shards.chunk_results import shards_of
from dataset_packager.shards.key_columns import leaf_field
from dataset_packager.shards.split import splitter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.statistics import Tally
    from dataset_packager.project.config import Table
    from dataset_packager.shards.chunk_results import ChunkResult

SHOWN = 20


def check_row_rules(tables: Iterable[Table], columns: Mapping[str, pa.Schema]) -> None:
    """See that each column of licences is there and has one text a row; ``columns`` are those of each table.

    Raises:
        SetupError: it isn't, or hasn't.
    """
    for table in tables:
        if path := table.license_column:
            where = f"[{SECTION}.tables.{table.name}] license_column"
            if LIST in path or not pa.types.is_string(leaf_field(columns[table.name], path, where).type):
                raise SetupError(f"{where}: {format_path(path)} has no string in each row: name a column that has one")


def notices(chunks: Sequence[ChunkResult]) -> Iterator[str]:
    """Yield each of the first things noticed in accepted rows, how to mend it in a second line, and how many more."""
    told = [finding for chunk in chunks for finding in chunk.notices][:SHOWN]
    yield from map(format_finding, told)
    if more := sum(chunk.noticed for chunk in chunks) - len(told):
        yield f"{more:,} more values look like secrets or personal data"


def null_groups(tables: Iterable[Table], chunks: Sequence[ChunkResult]) -> Iterator[str]:
    """Yield a line for each table with rows that lack what groups are told by: they are one group, in one split."""
    for table in tables:
        splits = table.splits
        if len(splits.shares) < 2 or not splits.group_by:
            continue
        shards = [shard.written for _, shard in shards_of(chunks, table.name)]
        rows, tallies = sum(shard.rows for shard in shards), summed(shard.tallies for shard in shards)
        lacking = min(rows - _present(tallies, path) for path in splits.group_by)
        if lacking > 1:
            names, split = " and ".join(map(format_path, splits.group_by)), splitter(splits)({})
            number = f"{lacking:,}" if len(splits.group_by) == 1 else f"up to {lacking:,}"
            yield (
                f"{table.name}: {number} of {rows:,} rows have no {names}: they are one group, so all of them are in "
                f"the split {split!r}: give each row a value, or let group_by name a column that every row has"
            )


def _present(tallies: Mapping[str, Tally], path: ColumnPath) -> int:
    """Return how many rows have something at a path, or lists that it goes through."""
    steps = list(takewhile(lambda step: step is not LIST, path))
    tally = tallies.get(".".join(shown_name(str(step)) for step in steps))
    return tally.places - tally.missing if tally else 0
