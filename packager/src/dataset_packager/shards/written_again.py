"""The rows of a shard, opened to be read and written once more: with large files among them on the disk meanwhile."""

from __future__ import annotations

import hashlib
import tempfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import failures
from dataset_packager.columns.arrow import as_schema, no_rows
from dataset_packager.columns.memory import memory_of
from dataset_packager.shards.large_rows import LARGE, let_go, on_disk
from dataset_packager.shards.parquet import FOOTER_PROVENANCE, parquet_writer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class _Digest:
    """A file that keeps nothing but the SHA-256 of what is written to it."""

    closed = False

    def __init__(self) -> None:
        self.sha256, self.size = hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return len(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def writable(self) -> bool:
        return True


def written_again(
    file: pq.ParquetFile, schema: pa.Schema, metadata: Mapping[bytes, bytes], told: bytes, temporary: Path
) -> str:
    """Return the SHA-256 of the file that the rows of a shard give when they are written again, in its row groups.

    Whoever compares it knows that statistics, page indexes and all else in a footer are those of the rows. What has
    large files among its rows is written into the folder ``temporary`` for that, all else to nowhere.
    """
    schema = schema.with_metadata(dict(metadata))
    if not _has_large_row(file.metadata):
        digest = _Digest()
        _write_again(file, digest, schema, told)
        return digest.sha256.hexdigest()
    with failures(temporary), tempfile.NamedTemporaryFile(dir=temporary) as again:
        with pa.OSFile(again.name, "wb") as sink:
            _write_again(file, sink, schema, told, temporary)
        return hashlib.file_digest(again, "sha256").hexdigest()


def open_shard(path: Path) -> pq.ParquetFile:
    """Open a shard to read its rows; where one is large, Arrow's memory is from then on taken from the system itself.

    Arrow's own allocator keeps what a large row took, though nothing is in it any more.
    """
    metadata = pq.read_metadata(path)
    if not _has_large_row(metadata):
        return pq.ParquetFile(path, metadata=metadata)
    pa.set_memory_pool(pa.system_memory_pool())
    return pq.ParquetFile(pa.OSFile(str(path), memory_pool=pa.system_memory_pool()), metadata=metadata)


def _has_large_row(metadata: pq.FileMetaData) -> bool:
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return any(group.num_rows == 1 and group.total_byte_size > LARGE for group in groups)


def _write_again(
    file: pq.ParquetFile, sink: Any, schema: pa.Schema, told: bytes, temporary: Path | None = None
) -> None:
    writer = None
    for number in range(file.metadata.num_row_groups):
        group, mappings = as_schema(file.read_row_group(number), schema).combine_chunks(), []
        if temporary is not None and memory_of(group) > LARGE:
            group, mapping = on_disk(group, temporary)
            mappings.append(mapping)
        writer = writer or parquet_writer(sink, schema, group)
        with let_go(mappings):
            writer.write_table(group, row_group_size=max(group.num_rows, 1))
    writer = writer or parquet_writer(sink, schema, no_rows(schema))
    writer.add_key_value_metadata({FOOTER_PROVENANCE: told})
    writer.close()
