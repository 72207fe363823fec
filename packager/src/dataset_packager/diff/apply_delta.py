"""The newer release from an older one and a delta: all its files, to the byte."""

from __future__ import annotations

import base64
import json
import shutil
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.appearing import appearing
from dataset_packager.base.files import file_sha256, make_folder, regular_bytes
from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.columns.arrow import as_schema
from dataset_packager.columns.table_columns import PROVENANCE, PROVENANCE_TYPE
from dataset_packager.diff.delta import DELTA, DOCUMENTS, FORMAT
from dataset_packager.diff.delta_rows import ADDED, CHANGED, ORDER
from dataset_packager.release.names import SHARD
from dataset_packager.release.read_records import release_in
from dataset_packager.shards.parquet import FOOTER_PROVENANCE, parquet_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUPS = 4  # row groups of older shards that are kept at hand


def apply_delta(old: Path, delta: Path, target: Path) -> None:
    """Put the newer release together in a new folder.

    Raises:
        SetupError: the folder is there already, or the delta stands on another release.
        DataFindings: the delta was changed, or what comes of it isn't the newer release.
    """
    release, delta, target = release_in(old), delta.absolute(), target.absolute()  # Arrow takes a::b for a URL
    told = read_delta(delta)
    if target.exists():
        raise SetupError(f"{target}: stands there already: name a new folder")
    for path, sha256 in told["old"]["shards"].items():
        if path not in release.files or release.sha256(path) != sha256:
            version = f"{told['old']['version']}, not {release.config.version}"
            raise SetupError(f"{old}: {path} isn't what the delta stands on, which is version {version}: name that one")
    make_folder(target.parent)
    with appearing(target) as staged:
        shutil.copytree(delta / DOCUMENTS, staged, dirs_exist_ok=True)
        sources = _Sources(release.folder)
        for path, shard in told["new"]["shards"].items():
            make_folder((staged / path).parent)
            found = SHARD.fullmatch(path)
            config = found["config"] if found else ""
            _write_shard(staged / path, path, shard, delta / "rows" / config, sources)
            if file_sha256(staged / path) != shard["sha256"]:
                mend = "apply it with the version of pyarrow that made the release"
                raise DataFindings(f"{path}: isn't what the delta says that comes of it: {mend}")


def read_delta(folder: Path) -> dict[str, Any]:
    """Return what a delta says of itself, its files checked.

    Raises:
        SetupError: there is none.
        DataFindings: a file of it isn't what it was.
    """
    try:
        told: dict[str, Any] = json.loads(regular_bytes(folder / DELTA))
        files, version = dict(told["files"]), told["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(f"{folder}: no delta: name a folder that `diff --delta` wrote") from None
    if version != FORMAT:
        raise SetupError(f"{folder}: a delta of format {version}, where {FORMAT} is known: take a newer version")
    names = (*told["new"]["shards"], *files)
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise DataFindings(f"{folder / DELTA}: names a file outside")
    for name, sha256 in files.items():
        if not (folder / name).is_file() or (folder / name).is_symlink() or file_sha256(folder / name) != sha256:
            raise DataFindings(f"{folder / name}: isn't what the delta says: fetch it anew")
    return told


class _Sources:
    """Rows of older shards and of a delta, read by row groups, of which some are kept at hand."""

    def __init__(self, release: Path) -> None:
        self._release = release
        self._groups: OrderedDict[tuple[Path, int], pa.Table] = OrderedDict()
        self._ends: dict[Path, list[int]] = {}

    def rows(self, rows: Path, source: str, begin: int, count: int) -> Iterator[pa.Table]:
        """Yield ``count`` rows of a source from ``begin`` on, in parts."""
        path = rows / f"{source}.parquet" if source in (ADDED, CHANGED) else self._release / source
        first = 0
        for number, end in enumerate(self._bounds(path)):
            if begin < end and begin + count > first:
                group = self._group(path, number)
                start = max(begin - first, 0)
                yield group.slice(start, min(begin + count, end) - first - start)
            first = end

    def _bounds(self, path: Path) -> list[int]:
        if path not in self._ends:
            metadata, end, ends = pq.read_metadata(path), 0, []
            for number in range(metadata.num_row_groups):
                end += metadata.row_group(number).num_rows
                ends.append(end)
            self._ends[path] = ends
        return self._ends[path]

    def _group(self, path: Path, number: int) -> pa.Table:
        if (path, number) not in self._groups:
            with pq.ParquetFile(path) as file:
                self._groups[path, number] = file.read_row_group(number)
            if len(self._groups) > GROUPS:
                self._groups.popitem(last=False)
        self._groups.move_to_end((path, number))
        return self._groups[path, number]


def _write_shard(file: Path, path: str, shard: dict[str, Any], rows: Path, sources: _Sources) -> None:
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(shard["schema"])))
    groups, waiting, count = list(shard["groups"]), list[pa.Table](), 0
    writer: pq.ParquetWriter | None = None
    for table in _tables(path, rows, sources, schema):
        waiting.append(table)
        count += table.num_rows
        while groups and count >= groups[0]:
            whole = pa.concat_tables(waiting)
            group = whole.slice(0, groups[0]).combine_chunks()
            writer = writer or parquet_writer(file, schema, group)
            writer.write_table(group, row_group_size=max(groups[0], 1))
            waiting, count = [whole.slice(groups[0])], count - groups.pop(0)
    if groups or count or writer is None:
        raise DataFindings(f"{path}: the delta has other rows than it says: fetch it anew")
    writer.add_key_value_metadata({FOOTER_PROVENANCE: shard["footer"]})
    writer.close()


def _tables(path: str, rows: Path, sources: _Sources, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the rows of a shard, in order, each with the place that it has in the newer release."""
    with pq.ParquetFile(rows / f"{ORDER}.parquet") as order:
        for batch in order.iter_batches():
            for run in batch.to_pylist():
                if run["shard"] != path:
                    continue
                for table in sources.rows(rows, run["source"], run["row"], run["rows"]):
                    yield as_schema(_placed(table, run), schema)


def _placed(table: pa.Table, run: dict[str, Any]) -> pa.Table:
    if run["file"] is None or table.column_names[-1] != PROVENANCE:
        return table
    lines = [line + run["shift"] for line in table.column(PROVENANCE).combine_chunks().field("line").to_pylist()]
    files = pa.repeat(pa.scalar(run["file"], pa.string()), len(lines))
    place = pa.StructArray.from_arrays([files, pa.array(lines, pa.int64())], fields=list(PROVENANCE_TYPE))
    return table.set_column(table.num_columns - 1, table.schema.field(table.num_columns - 1), place)
