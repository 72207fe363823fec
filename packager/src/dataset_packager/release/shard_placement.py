"""Shards get their names in the release: those of tables as they were written, those of views as they are made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dataset_packager.base.files import failures, link_file
from dataset_packager.base.findings import SetupError
from dataset_packager.release import bag
from dataset_packager.release.contents import ReleasedConfig, ReleasedShard, Split
from dataset_packager.release.names import CONFIGURATION, VIEW_SPLIT, released_path, shard_paths
from dataset_packager.shards.chunk_results import shards_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Table
    from dataset_packager.release.view_job import ViewJob
    from dataset_packager.shards.chunk_results import ChunkResult, InputRange, WrittenShard


def place_tables(
    tables: Iterable[Table], columns: Mapping[str, pa.Schema], results: Sequence[ChunkResult], release: Path
) -> list[ReleasedConfig]:
    """Give the shards of all tables their names in the release, and return what it holds so far."""
    placed = []
    for table in tables:
        shards = shards_of(results, table.name)
        splits = [
            (name, [(folder, shard.written, shard.inputs) for folder, shard in shards if shard.split == name])
            for name in table.splits.names
        ]
        placed.append(_place(table.name, False, table.schema, columns[table.name], splits, release))
    return placed


def place_views(
    jobs: Sequence[ViewJob], tables: Sequence[ReleasedConfig], staging: Path, release: Path
) -> tuple[list[ReleasedConfig], list[Finding]]:
    """Make all views from the placed tables, give their shards names, and return them with what is wrong with them."""
    if not jobs:
        return [], []
    from dataset_packager.release.views import make_view  # with a whole database: most datasets have no view

    placed, findings = [], []
    for job in jobs:
        written, wrong = make_view(job, tables, release, staging)
        splits = [(VIEW_SPLIT, [(staging, shard, ()) for shard in written])]
        placed.append(_place(job.view.name, True, job.view.schema, job.plan.arrow_schema, splits, release))
        findings.extend(wrong)
    return placed, findings


def _place(
    name: str,
    is_view: bool,
    schema_path: str,
    schema: pa.Schema,
    splits: Iterable[tuple[str, Sequence[tuple[Path, WrittenShard, tuple[InputRange, ...]]]]],
    release: Path,
) -> ReleasedConfig:
    splits = list(splits)
    paths = shard_paths(name, {split: len(shards) for split, shards in splits})
    folder = release / "data" / name
    with failures(folder):
        folder.mkdir(parents=True, exist_ok=True)
    made = []
    for split, shards in splits:
        released = []
        for path, (source, written, inputs) in zip(paths[split], shards, strict=True):
            link_file(source / written.name, release / path)
            released.append(_released(written, path, release / path, inputs))
        made.append(Split(split, tuple(released)))
    return ReleasedConfig(name, is_view, released_path(schema_path), schema, tuple(made))


def _released(written: WrittenShard, name: str, path: Path, inputs: tuple[InputRange, ...]) -> ReleasedShard:
    footer = pq.read_metadata(path)
    memory = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    return ReleasedShard(
        name, written.sha256, written.size, written.rows, written.content, memory, inputs, written.tallies
    )


def check_released_names(wanted: Sequence[str]) -> None:
    """See that every schema and query, by its path in the project, can have a file of its own in the release.

    Raises:
        SetupError: two of them, or one and a file of the release, would be the same; or a bag can't have the name.
    """
    standing = {CONFIGURATION: "the release's own configuration"}
    for name in sorted(wanted):
        path = released_path(name)
        bag.check_name(path)
        other = standing.setdefault(path.casefold(), name)
        if other != name:
            raise SetupError(f"{name} and {other} would both be {path} in the release: rename {name}")
    files = {released_path(name): name for name in wanted}
    for path, name in files.items():
        for parent in PurePosixPath(path).parents:
            if str(parent) in files:
                file = files[str(parent)]
                raise SetupError(f"{name} and {file}: {parent} would be a folder and a file: rename {file}")
