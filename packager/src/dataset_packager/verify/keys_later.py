"""A key that ascends from shard to shard stands nowhere twice: its values are laid down only where it doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.columns.arrow import as_schema
from dataset_packager.columns.table_columns import PROVENANCE
from dataset_packager.release.shipped_schemas import released_plan
from dataset_packager.shards.key_columns import key_schema, key_values, key_writer
from dataset_packager.shards.large_rows import open_shard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataset_packager.project.config import Table
    from dataset_packager.shards.key_columns import ColumnPaths
    from dataset_packager.verify.shard_rows import ShardTask


def later_key(tables: Sequence[Table], table: Table) -> ColumnPaths:
    """Return the key of a table, if it is one column that nothing else is held against; else none."""
    references = {(each.table, each.key) for other in tables for each in other.references}
    others = {*table.unique, *table.disjoint, *(each.columns for each in table.references)}
    alone = len(table.key) == 1 and table.key not in others and (table.name, table.key) not in references
    return table.key if alone else ()


def laid_down(task: ShardTask) -> tuple[str, str]:
    """Lay down the values of the key of a shard that were left for later; return the shard's path and the file's."""
    part, path, begin = task.part, key_file(task, task.later), 1
    schema = released_plan(task.folder, part.schema, part.row_provenance, part.choices).arrow_schema
    names = dict.fromkeys([*(str(paths[0]) for paths in task.later), *([PROVENANCE] if part.row_provenance else [])])
    some, types = pa.schema([schema.field(name) for name in names]), key_schema(schema, task.later, part.name)
    with open_shard(task.folder / task.path) as file, key_writer(path, types) as writer:
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, columns=list(names)).select(some.names)
            table = as_schema(group, some).combine_chunks()
            if part.row_provenance:
                files, lines = (table.column(PROVENANCE).combine_chunks().field(name) for name in ("file", "line"))
            else:
                files, lines = rows_as_places(task.path, begin, table.num_rows)
            writer.write_table(key_values(table, task.later, files, lines).cast(types))
            begin += table.num_rows
    return task.path, str(path)


def key_file(task: ShardTask, paths: ColumnPaths) -> Path:
    """Return where the values of a key of a shard are laid down."""
    return task.temporary / f"{task.path.replace('/', '-')}.key{task.keys.index(paths)}.parquet"


def rows_as_places(path: str, begin: int, rows: int) -> tuple[pa.Array, pa.Array]:
    """Return shard and row as the places of rows that have none of their own."""
    return pa.array([path] * rows, pa.string()), pa.array(range(begin, begin + rows), pa.int64())
