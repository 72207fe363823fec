"""Writing Parquet so that the same rows give the same bytes.

Rows are cut into row groups of a fixed number, each written by one call under one schema, however they came in.
The footer says which features the rows have and where they come from.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import whole
from dataset_packager.columns.arrow import as_schema, no_rows
from dataset_packager.columns.digest import ContentDigest
from dataset_packager.columns.file_values import holds_files, is_file, without_bytes
from dataset_packager.columns.kinds.files import BYTES
from dataset_packager.columns.memory import memory_of
from dataset_packager.columns.statistics import Tallies
from dataset_packager.columns.table_columns import with_places_listed
from dataset_packager.shards.chunk_results import WrittenShard
from dataset_packager.shards.large_rows import LARGE, DigestOnDisk, give_back, let_go, on_disk
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, ShardFile, leaves_of
from dataset_packager.shards.writer_thread import WriterThread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from mmap import mmap
    from pathlib import Path

GROUP_BYTES = 32 * 2**20
GROUP_MEMORY = 128 * 2**20  # that the values of a row group take at most, unless a single row takes more
GROUP_FILES = 95 * 2**20  # the same where there are files among them: groups of 100 MB are what viewers take
SAMPLE_BYTES = 2**20
LEAST_ROWS, MOST_ROWS = 128, 131_072


class GroupSize:
    """The number of rows in each row group of a shard, from the lengths of its first records.

    It is the power of two at which a group holds about ``GROUP_BYTES`` of input; it depends on the input alone.
    """

    def __init__(self) -> None:
        self._rows = self._bytes = 0

    @property
    def known(self) -> bool:
        """Whether enough records have been seen."""
        return self._bytes >= SAMPLE_BYTES

    def feed(self, lengths: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Take note of the lengths in bytes of the next records, of as many as there is need for."""
        if self.known or not len(lengths):
            return
        sums = np.cumsum(lengths)
        rows = min(int(np.searchsorted(sums, SAMPLE_BYTES - self._bytes)) + 1, len(lengths))
        self._rows += rows
        self._bytes += int(sums[rows - 1])

    @property
    def rows(self) -> int:
        """Rows in a group, from what has been seen so far."""
        fitting = GROUP_BYTES * self._rows // max(self._bytes, 1)
        power: int = 1 << (max(fitting, 1).bit_length() - 1)
        return min(max(power, LEAST_ROWS), MOST_ROWS)


def batches(file: pq.ParquetFile, rows: int, *, paths_only: bool = False) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a shard, at most ``rows`` at a time; where they hold files, never those of two row groups.

    With ``paths_only`` files come without their bytes.
    """
    if not any(map(holds_files, file.schema_arrow)):
        yield from file.iter_batches(rows)
        return
    columns = None
    if paths_only:
        files = {f"{path}.{BYTES}" for path in leaves_of(file.schema_arrow, is_file)}
        leaves = (file.schema.column(number).path for number in range(len(file.schema)))
        columns = [path for path in leaves if path not in files]
    for group in range(file.metadata.num_row_groups):
        for batch in file.iter_batches(rows, row_groups=[group], columns=columns):
            yield without_bytes(batch, file.schema_arrow) if paths_only else batch


class _Digest:
    """A file that keeps nothing but the SHA-256 of what is written to it."""

    closed = False

    def __init__(self) -> None:
        self._sha256, self.size, self.sink = hashlib.sha256(), 0, self

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def writable(self) -> bool:
        return True


class WrittenAgain:
    """A shard that is written again from its rows, group by group, only for its SHA-256.

    Whoever compares it knows that statistics, page indexes and all else in a footer are those of the rows. It is kept
    nowhere, unless a folder is named that has room for it, which takes less memory where a row is large.
    """

    def __init__(self, schema: pa.Schema, metadata: Mapping[bytes, bytes], folder: Path | None = None) -> None:
        self._digest = _Digest() if folder is None else DigestOnDisk(folder)
        self._schema = schema.with_metadata(dict(metadata))
        self._writer: ShardFile | None = None

    def add(self, group: pa.Table) -> pa.Table:
        """Take the next row group, whole and of the schema's types; files of places may come as a dictionary.

        Return it as it is written: the places of words are sooner counted than words.
        """
        self._writer = self._writer or ShardFile(self._digest.sink, self._schema, group)
        written = self._writer.as_written(group)
        self._writer.write(written)
        return written

    def sha256(self, told: bytes) -> str:
        """Return the SHA-256 of the file with a provenance in its footer."""
        writer = self._writer or ShardFile(self._digest.sink, self._schema, no_rows(self._schema))
        writer.close(told)
        return self._digest.hexdigest()


class ShardWriter:
    """One Parquet file in the making, which appears under its name when it is finished.

    ``content`` names the columns that the content digest covers, which are all but the row provenance. Strings that
    repeat in the first row group are written with a dictionary; others and numbers never: that takes time and room.
    Row groups are digested and written by ``thread``, which several writers may share.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, features: bytes, content: list[str], thread: WriterThread | None = None
    ) -> None:
        self._path, self._stack, self._thread = path, ExitStack(), thread or WriterThread()
        self._file = self._stack.enter_context(whole(path))
        self._schema = schema.with_metadata({FOOTER_FEATURES: features})
        self._rows = with_places_listed(schema)
        self._files = any(map(holds_files, schema))
        self._sink: Any = pa.OSFile(str(self._file.path), "wb") if self._files else self._file
        self._mappings: list[mmap] = []
        self._content = content
        covered = pa.schema([schema.field(name) for name in content])
        self._digest, self._tallies = ContentDigest(covered), Tallies(covered)
        self._writer: ShardFile | None = None
        self._pending: list[pa.Table] = []
        self._most = GROUP_FILES if self._files else GROUP_MEMORY
        self.rows = self._waiting = self._memory = 0

    def add(self, table: pa.Table) -> None:
        """Take rows, in order."""
        memory = memory_of(table)
        if self._files and memory > LARGE:
            table, mapping = on_disk(table, self._path.parent)
            self._mappings.append(mapping)
        self._pending.append(as_schema(table, self._rows))
        self.rows += table.num_rows
        self._waiting += table.num_rows
        self._memory += memory

    def drain(self, group_rows: int, *, last: bool = False) -> None:
        """Let the row groups be written that are full, and with ``last`` the remaining rows too.

        Raises:
            OSError: a row group before them couldn't be written.
        """
        if self._waiting < group_rows and self._memory <= self._most and not last:
            return
        self._thread.wait()  # before rows are copied: memory holds either those that are written or the copies
        groups, mappings = self._cut(group_rows, last=last), self._mappings
        if not self._waiting:
            self._mappings = []
        if groups:
            self._thread.run(partial(self._write, groups, mappings))
        if mappings:
            self._thread.wait()  # before the next large file is read

    def _cut(self, group_rows: int, *, last: bool) -> list[pa.Table]:
        """Return the row groups that are full; those of several blocks in memory of their own, so that blocks go."""
        table = pa.concat_tables(self._pending) if self._pending else no_rows(self._rows)
        begin, groups = 0, list[pa.Table]()
        while begin < table.num_rows:
            group = table.slice(begin, group_rows)
            if self._memory > self._most and memory_of(group) > self._most:
                group = group.slice(0, _fitting(group, self._most))
            elif group.num_rows < group_rows and not last:
                break
            groups.append(group if self._files else group.combine_chunks())
            begin += group.num_rows
        rest = table.slice(begin)
        self._memory = memory_of(rest)
        self._pending, self._waiting = ([rest] if rest.num_rows else []), rest.num_rows
        return groups

    def _write(self, groups: Sequence[pa.Table], mappings: Sequence[mmap]) -> None:
        with let_go(mappings):
            self._write_groups(groups)

    def _write_groups(self, groups: Sequence[pa.Table]) -> None:
        for group in (each.combine_chunks() for each in groups):
            self._digest.update(group.select(self._content))
            file = self._opened(group)
            written = file.as_written(group)
            self._tallies.update(written.select(self._content))  # places are sooner counted than words
            file.write(written)

    def _opened(self, first: pa.Table) -> ShardFile:
        if self._writer is None:
            self._writer = ShardFile(self._sink, self._schema, first)
        return self._writer

    def finish(self, group_rows: int, footer: Mapping[str, Any]) -> WrittenShard:
        """Write what remains and close the file with ``footer``, rows and content digest as its provenance."""
        self.drain(group_rows, last=True)
        self._thread.wait()
        content = self._digest.hexdigest()
        text = json.dumps({**footer, "content_digest": content, "rows": self.rows}, sort_keys=True, ensure_ascii=False)
        self._opened(no_rows(self._rows)).close(text.encode("utf-8"))
        if self._files:
            self._sink.close()
            self._file.take()
            give_back()
        self._stack.close()
        return WrittenShard(
            self._path.name, self._file.sha256, self._file.size, self.rows, content, self._tallies.found
        )

    def abandon(self) -> None:
        """Leave nothing of a file that hasn't been finished."""
        self._thread.settle()
        with suppress(_Abandoned), self._stack:
            if self._files:
                self._sink.close()
            raise _Abandoned


def _fitting(group: pa.Table, most: int) -> int:
    """Return how many of the first rows take no more than a row group may; one at least."""
    fit = 0
    for part in (pa.Table.from_batches([batch]) for batch in group.to_batches()):
        memory = memory_of(part)
        if memory > most:
            fit += _beginning(part, most)
            break
        fit, most = fit + part.num_rows, most - memory
    return max(fit, 1)


def _beginning(part: pa.Table, most: int) -> int:
    """Return how many of the first rows take no more than ``most``."""
    return bisect(range(1, part.num_rows), most, key=lambda rows: memory_of(part.slice(0, rows)))


class _Abandoned(Exception):  # no error, and nobody sees it
    pass
