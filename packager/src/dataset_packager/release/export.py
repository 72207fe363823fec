"""The records of a release, back as JSON Lines: as they went in, by nothing but the release."""

from __future__ import annotations

import hashlib
import heapq
import json
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.files import durable, failures, file_sha256, make_folder
from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.base.paths import is_within
from dataset_packager.base.text import cause, shown
from dataset_packager.columns.file_values import files_in, holds_files
from dataset_packager.project.contract import unknown_name
from dataset_packager.release.read_records import BATCH_ROWS, Row, release_in, rows
from dataset_packager.shards.large_rows import open_shard
from dataset_packager.shards.parquet import batches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.release.release_files import Part, Release


def export(folder: Path, table: str) -> Iterator[bytes]:
    """Yield the records of a table (or view) of a release, each as a line of JSON in UTF-8.

    Splits are brought together in the order of the input where rows know their place, else one follows the other.
    Members come in the order of the schema; integers have all their digits, other numbers the shortest that give the
    same double.

    Raises:
        SetupError: there is no release, or no such table in it.
        DataFindings: a shard can't be read back.
    """
    release = release_in(folder)
    part = _part(release, folder, table)
    splits = [rows(release, part, split) for split in part.splits]
    together = heapq.merge(*splits, key=_place) if part.row_provenance and len(splits) > 1 else chain(*splits)
    for row in together:
        yield json_line(row.record)


def export_files(folder: Path, table: str, target: Path) -> None:
    """Write the files that the rows of a table hold below a folder, under their paths in the project.

    A file that is there and is the same stays.

    Raises:
        SetupError: there is no release, no such table in it, or another file is in the way.
        DataFindings: a shard can't be read back, or a path leads out of the folder.
    """
    release = release_in(folder)
    part = _part(release, folder, table)
    with failures(target):
        make_folder(target)
    for shard in (shard for split in part.splits for shard in release.shards(part, split)):
        for name, content in _files(release, shard):
            if content is None or not is_within(name):
                raise DataFindings(f"{shard}: {shown(name)} is no file that can be written: verify the release")
            _write(target, name, content)


def _part(release: Release, folder: Path, table: str) -> Part:
    if table not in release.parts:
        raise SetupError(f"{folder}: {unknown_name(table, list(release.parts))}")
    return release.parts[table]


def _files(release: Release, shard: str) -> Iterator[tuple[str, pa.Buffer | None]]:
    try:
        with open_shard(release.folder / shard) as file:
            for batch in batches(file, BATCH_ROWS) if any(map(holds_files, file.schema_arrow)) else ():
                yield from files_in(pa.Table.from_batches([batch]))
    except (pa.ArrowException, ValueError, KeyError) as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        raise DataFindings(f"{shard}: can't be read back: {cause(error)}: verify the release") from error


def _write(target: Path, name: str, content: pa.Buffer) -> None:
    path = target / name
    if not path.parent.resolve().is_relative_to(target.resolve()):
        raise SetupError(f"{path}: a link leads out of {target}: name an empty folder")
    if path.is_symlink() or path.exists():
        if path.is_symlink() or not path.is_file() or file_sha256(path) != hashlib.sha256(content).hexdigest():
            raise SetupError(f"{path}: something else is there: name an empty folder")
        return
    with failures(path):
        make_folder(path.parent)
    with durable(path) as file:
        file.write(memoryview(content))


def _place(row: Row) -> tuple[str, int]:
    return row.place or ("", 0)


def json_line(record: Any) -> bytes:
    """Return a JSON value as one line."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
