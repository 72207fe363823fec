"""Whole deltas: what a newer release has that an older one has not, and in which order all rows stand.

A delta is a folder: ``delta.json`` says which shards of the older release it stands on and what each file of the newer
one is; ``documents/`` has all files beside the data; and for each config ``added.parquet``, ``changed.parquet`` (as
they are now), ``removed.parquet`` (as they were), and ``order.parquet``: runs of rows of a new shard, each with
where they come from. ``apply_delta`` puts the newer release together from these, to the byte.
"""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.appearing import appearing
from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.files import file_sha256, make_folder, scratch_folder, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.columns.arrow import as_schema, rows_taken
from dataset_packager.columns.features import features_footer
from dataset_packager.diff.row_changes import row_digest, sorted_text, write_rows
from dataset_packager.release.read_records import release_in, rows
from dataset_packager.release.views import literal
from dataset_packager.shards.keys import connect
from dataset_packager.shards.parquet import FOOTER_FEATURES, FOOTER_PROVENANCE
from dataset_packager.shards.split import member_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import duckdb

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.release.release_files import Part, Release

FORMAT = 1
DELTA, DOCUMENTS = "delta.json", "documents"
ADDED, CHANGED, REMOVED, ORDER = "added", "changed", "removed", "order"
LAID_DOWN = pa.schema([("key", pa.string()), ("digest", pa.binary()), ("shard", pa.int32()), ("row", pa.int64()),
                       ("n", pa.int64()), ("file", pa.string()), ("line", pa.int64())])  # fmt: skip
RUNS = pa.schema([("shard", pa.string()), ("source", pa.string()), ("row", pa.int64()), ("rows", pa.int64()),
                  ("file", pa.string()), ("shift", pa.int64())])  # fmt: skip
BATCH = 4096


def write_delta(old: Path, new: Path, target: Path, *, threads: int = 1) -> None:
    """Write what leads from an older release to a newer one into a new folder, in bounded memory.

    Raises:
        SetupError: one of them is no release, or the folder is there already.
        DataFindings: a shard can't be read back.
    """
    before, after, target = release_in(old), release_in(new), target.absolute()  # Arrow takes a::b for a URL
    if target.exists():
        raise SetupError(f"{target}: stands there already: name a new folder")
    make_folder(target.parent)
    with scratch_folder() as staging, appearing(target) as staged:
        for name in after.files:
            if not name.startswith("data/"):
                make_folder((staged / DOCUMENTS / name).parent)
                shutil.copyfile(after.folder / name, staged / DOCUMENTS / name)
        for number, part in enumerate(after.parts.values()):
            folder = staged / "rows" / part.name
            make_folder(folder)
            scratch = staging / f"{number}"
            make_folder(scratch)
            _Comparison(before, after, part, scratch, folder, threads).write()
        told = {
            "format": FORMAT,
            "old": {
                "version": before.config.version,
                "shards": {path: before.sha256(path) for path in _shards(before)},
            },
            "new": {"version": after.config.version, "shards": _told(after)},
            "files": {path.relative_to(staged).as_posix(): file_sha256(path) for path in _files(staged)},
        }
        write_text(staged / DELTA, json.dumps(told, indent=1) + "\n")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _shards(release: Release) -> list[str]:
    return [path for part in release.parts.values() for split in part.splits for path in release.shards(part, split)]


def _told(release: Release) -> dict[str, Any]:
    """Return what the file of each shard is made of beside its rows."""
    told = {}
    for part in release.contents.configs:
        schema = part.arrow_schema.with_metadata({FOOTER_FEATURES: features_footer(part.arrow_schema)})
        encoded = base64.b64encode(schema.serialize().to_pybytes()).decode()
        for shard in part.shards:
            metadata = pq.read_metadata(release.folder / shard.path)
            groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
            footer = (metadata.metadata or {})[FOOTER_PROVENANCE].decode()
            told[shard.path] = {"sha256": shard.sha256, "groups": groups, "schema": encoded, "footer": footer}
    return told


class _Comparison:
    """One config of two releases, on its way into a delta."""

    def __init__(self, old: Release, new: Release, part: Part, scratch: Path, folder: Path, threads: int) -> None:
        self.old, self.new, self.part = old, new, part
        self.before = old.parts.get(part.name)
        self.scratch, self.folder, self.threads = scratch, folder, threads
        self.key = _key(new, part)
        same = self.before is not None and _schema(old, self.before) == _schema(new, part)
        self.comparable = same and _key(old, part) == self.key

    def write(self) -> None:
        """Write the config's files."""
        write_rows(self.scratch / "new.parquet", LAID_DOWN, self._laid_down(self.new, self.part))
        before = self._laid_down(self.old, self.before) if self.before else iter(())
        write_rows(self.scratch / "old.parquet", LAID_DOWN, before)
        with connect(self.scratch, self.threads) as connection:
            for name in ("old", "new"):
                file = literal(str(self.scratch / f"{name}.parquet"))
                ranked = "row_number() OVER (PARTITION BY digest ORDER BY n)" if not self.key else "1"
                connection.execute(f"CREATE VIEW {name} AS SELECT *, {ranked} AS k FROM read_parquet({file})")
            self._write_order(connection)
            self._write_removed(connection)

    def _laid_down(self, release: Release, part: Part) -> Iterator[tuple[Any, ...]]:
        number = 0
        shards = {path: at for at, path in enumerate(_paths(release, part))}
        for split in part.splits:
            for row in rows(release, part, split, hashes=True):
                key = self._key_text(row.record)
                file, line = row.place or (None, None)
                yield key, row_digest(sorted_text(row.record)), shards[row.shard], row.index, number, file, line
                number += 1

    def _key_text(self, record: Any) -> str | None:
        return canonical([member_value(record, path) for path in self.key]) if self.key else None

    def _write_order(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the runs, and the rows that the older release doesn't have as they are."""
        match = "new.digest = old.digest AND new.k = old.k" if self.comparable else "false"
        known = "new.key IN (SELECT key FROM old)" if self.key else "false"
        sql = f"""SELECT new.shard, new.row, new.file, new.line, old.shard, old.row, old.line, {known}
            FROM new LEFT JOIN old ON {match} ORDER BY new.n"""
        news, olds = _paths(self.new, self.part), _paths(self.old, self.before) if self.before else []
        writers = {kind: _RowWriter(self.new, news, self.folder / f"{kind}.parquet") for kind in (ADDED, CHANGED)}
        found = _fetched(connection.execute(sql))
        write_rows(self.folder / f"{ORDER}.parquet", RUNS, _runs(found, news, olds, writers))
        for writer in writers.values():
            writer.close()

    def _write_removed(self, connection: duckdb.DuckDBPyConnection) -> None:
        gone = "key NOT IN (SELECT key FROM new)" if self.key else "(digest, k) NOT IN (SELECT (digest, k) FROM new)"
        if self.before is None:
            return
        writer = _RowWriter(self.old, _paths(self.old, self.before), self.folder / f"{REMOVED}.parquet")
        for shard, row in _fetched(connection.execute(f"SELECT shard, row FROM old WHERE {gone} ORDER BY n")):
            writer.take(shard, row)
        writer.close()


def _key(release: Release, part: Part) -> tuple[ColumnPath, ...]:
    if part.is_view:
        return next((view.key for view in release.config.views if view.name == part.name), ())
    return release.config.table[part.name].key if part.name in release.config.table else ()


def _paths(release: Release, part: Part) -> list[str]:
    return [path for split in part.splits for path in release.shards(part, split)]


def _schema(release: Release, part: Part) -> pa.Schema:
    return release.footer(_paths(release, part)[0]).schema.remove_metadata()


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while found := cursor.fetchmany(BATCH):
        yield from found


def _runs(
    found: Iterator[tuple[Any, ...]], news: Sequence[str], olds: Sequence[str], writers: dict[str, _RowWriter]
) -> Iterator[tuple[Any, ...]]:
    """Yield runs: rows of one new shard that stand one after the other in one place, their lines shifted alike."""
    run: list[Any] = []
    for shard, row, file, line, old_shard, old_row, old_line, known in found:
        if old_row is None:
            kind = CHANGED if known else ADDED
            place = kind, writers[kind].take(shard, row)
            where = (None, 0)
        else:
            place = olds[old_shard], old_row
            where = (file, (line or 0) - (old_line or 0))
        if run and (run[0], run[1], run[2] + run[3], run[4], run[5]) == (news[shard], *place, *where):
            run[3] += 1
            continue
        if run:
            yield tuple(run)
        run = [news[shard], *place, 1, *where]
    if run:
        yield tuple(run)


class _RowWriter:
    """A file of rows as they stand in shards, taken in their order."""

    def __init__(self, release: Release, paths: Sequence[str], file: Path) -> None:
        self._release, self._paths, self._file = release, paths, file
        self._writer: pq.ParquetWriter | None = None
        self._shard, self._wanted, self._rows = -1, list[int](), 0

    def take(self, shard: int, row: int) -> int:
        """Take a row; return which one of the file it is."""
        if shard != self._shard or len(self._wanted) >= BATCH:
            self._flush()
            self._shard = shard
        self._wanted.append(row)
        self._rows += 1
        return self._rows - 1

    def _flush(self) -> None:
        if not self._wanted:
            return
        with pq.ParquetFile(self._release.folder / self._paths[self._shard]) as file:
            begin = 0
            for number in range(file.metadata.num_row_groups):
                end = begin + file.metadata.row_group(number).num_rows
                here = [row - begin for row in self._wanted if begin <= row < end]
                if here:
                    table = rows_taken(file.read_row_group(number), pa.array(here)).replace_schema_metadata(None)
                    self._writer = self._writer or pq.ParquetWriter(self._file, table.schema, compression="zstd")
                    self._writer.write_table(as_schema(table, self._writer.schema))
                begin = end
        self._wanted.clear()

    def close(self) -> None:
        """Finish the file; without a row there is none."""
        self._flush()
        if self._writer:
            self._writer.close()
