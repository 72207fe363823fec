"""Records of a release, read back from its shards in bounded memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.findings import DataFindings, PackagerError, SetupError
from dataset_packager.base.text import cause
from dataset_packager.columns.decode import decode
from dataset_packager.columns.file_values import with_hashes
from dataset_packager.columns.table_columns import PROVENANCE
from dataset_packager.release.release_files import Release, resolved
from dataset_packager.shards.parquet import batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.release.release_files import Part

BATCH_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """A record with the place that it came from (None without row provenance), its shard and its index in there."""

    record: Any
    place: tuple[str, int] | None
    shard: str
    index: int


def release_in(folder: Path) -> Release:
    """Return the release in a folder.

    Raises:
        SetupError: there is none, or its configuration can't be read.
    """
    place = resolved(folder)
    release = Release(place, place)
    try:
        release.parts  # noqa: B018 - it is read here
    except (ValueError, OSError, PackagerError) as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        raise SetupError(f"{folder}: {cause(error)}") from error
    return release


def rows(release: Release, part: Part, split: str, *, hashes: bool = False) -> Iterator[Row]:
    """Yield the rows of a split, in order; with ``hashes`` each path of a file is followed by the SHA-256 of its bytes.

    Raises:
        DataFindings: a shard can't be read back; ``verify`` says more.
    """
    for shard in release.shards(part, split):
        yield from shard_rows(release, part, shard, hashes=hashes)


def shard_rows(release: Release, part: Part, shard: str, *, hashes: bool = False) -> Iterator[Row]:
    """Yield the rows of one shard, as ``rows`` those of all.

    Raises:
        DataFindings: it can't be read back; ``verify`` says more.
    """
    with reading_back(shard), pq.ParquetFile(release.folder / shard) as file:
        yield from _rows(part, shard, file, hashes=hashes)


@contextmanager
def reading_back(shard: str) -> Iterator[None]:
    """Turn what stops the reading of a shard into a finding, or into a failure of the machine."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, RecursionError) as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        raise DataFindings(f"{shard}: can't be read back: {cause(error)}: verify the release") from error


def _rows(part: Part, shard: str, file: pq.ParquetFile, *, hashes: bool) -> Iterator[Row]:
    index = 0
    for batch in batches(file, BATCH_ROWS, paths_only=not hashes):
        table = pa.Table.from_batches([batch])
        table = with_hashes(table) if hashes else table
        places = _places(table) if part.row_provenance else [None] * table.num_rows
        for record, place in zip(decode(table), places, strict=True):
            yield Row(record, place, shard, index)
            index += 1


def _places(table: pa.Table) -> list[tuple[str, int] | None]:
    column = table.column(PROVENANCE).combine_chunks()
    return list(zip(column.field("file").to_pylist(), column.field("line").to_pylist(), strict=True))
