"""The rows of a config as exports have them: plain values under names, in batches, from the shards in their order.

Typed columns are plain again (classes are words, dates are text). Where a config has several splits, a first column
says which one each row is in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.findings import DataFindings
from dataset_packager.base.paths import LIST
from dataset_packager.base.text import cause
from dataset_packager.columns.decode import values_of
from dataset_packager.columns.encode import ABSENT
from dataset_packager.columns.metadata import ENCODING, said
from dataset_packager.columns.plain_form import plain_schema, plain_table
from dataset_packager.release.export import json_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Reference
    from dataset_packager.release.contents import ReleasedConfig

BATCH_ROWS, BATCH_BYTES = 4096, 2**24
SPLIT = "split"


@dataclass(frozen=True)
class PlainRows:
    """One table or view.

    Attributes:
        part: what the release holds of it.
        folder: the release.
        key, unique, references: what the configuration says of it.
    """

    part: ReleasedConfig
    folder: Path
    key: tuple[ColumnPath, ...]
    unique: tuple[tuple[ColumnPath, ...], ...]
    references: tuple[Reference, ...]

    @cached_property
    def split_column(self) -> str:
        """The name of the column that says the split; empty where there is one split only."""
        name = SPLIT if len(self.part.splits) > 1 else ""
        while name and name.lower() in {column.lower() for column in self.part.arrow_schema.names}:
            name += "_"
        return name

    @cached_property
    def schema(self) -> pa.Schema:
        """Its columns, with the metadata that say what they mean."""
        schema = plain_schema(self.part.arrow_schema)
        return pa.schema([pa.field(self.split_column, pa.string()), *schema]) if self.split_column else schema

    def batches(self) -> Iterator[pa.Table]:
        """Yield its rows.

        Raises:
            DataFindings: a shard can't be read back.
        """
        for split in self.part.splits:
            for shard in split.shards:
                try:
                    with pq.ParquetFile(self.folder / shard.path) as file:
                        for batch in file.iter_batches(_rows_at_once(file.metadata)):
                            yield self._plain(pa.Table.from_batches([batch]), split.name)
                except (pa.ArrowException, OSError, ValueError, KeyError, RecursionError) as error:
                    if failure := failure_of_surroundings(error):
                        raise failure from error
                    told = f"{shard.path}: can't be read back: {cause(error)}: verify the release"
                    raise DataFindings(told) from error

    def _plain(self, table: pa.Table, split: str) -> pa.Table:
        plain = plain_table(table)
        if not self.split_column:
            return plain
        return plain.add_column(0, self.schema.field(0), pa.chunked_array([pa.repeat(split, plain.num_rows)]))


def _rows_at_once(metadata: pq.FileMetaData) -> int:
    """Return how many rows of a file are read at a time: few where they are large."""
    size = int(sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)))
    return max(1, min(BATCH_ROWS, BATCH_BYTES * int(metadata.num_rows) // max(1, size)))


def plain_rows(facts: Facts) -> dict[str, PlainRows]:
    """Return all tables and views of a release by name."""
    views = {view.name: view.key for view in facts.config.views}
    found = {}
    for part in facts.contents.configs:
        table = facts.config.table.get(part.name)
        found[part.name] = PlainRows(
            part, facts.release, table.key if table else views[part.name],
            table.unique if table else (), table.references if table else (),
        )  # fmt: skip
    return found


def is_plain(paths: Sequence[ColumnPath]) -> bool:
    """Say whether paths name columns, and nothing inside them."""
    return all(len(path) == 1 and path[0] is not LIST for path in paths)


def holds_json(field: pa.Field) -> bool:
    """Say whether a plain column's values are JSON in formats that know no nested values: objects, lists, any value."""
    return pa.types.is_nested(field.type) or bool(said(field, ENCODING))


def scalars(field: pa.Field, column: pa.ChunkedArray) -> list[Any]:
    """Return a plain column's values for a format without nested ones: these as JSON text, null as None."""
    if not pa.types.is_nested(field.type):
        values: list[Any] = column.to_pylist()
        return values
    found = [value for chunk in column.chunks for value in values_of(field, chunk)]
    return [None if value is ABSENT else json_line(value)[:-1].decode("utf-8") for value in found]
