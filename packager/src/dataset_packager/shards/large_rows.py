"""Rows with large files, while they are written: on the disk rather than in memory.

Arrow encodes a value before it makes a page of it, and has the value, its encoding and the page at once. So a value
that is large lies in a file that is mapped, and what has been read of the mapping is let go from memory meanwhile.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import failures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LARGE = 128 * 2**20  # bytes of a row that is worth a file; a row group of more is a single row
_ARROWS = pa.default_memory_pool()  # as it was before anybody chose another; what writes Parquet keeps to it
OFTEN = 0.01  # seconds between letting go of what was read


def on_disk(table: pa.Table, folder: Path) -> tuple[pa.Table, mmap.mmap]:
    """Return the same rows as a file that has no name has them, and that file's mapping.

    Args:
        table: the rows, of one chunk or several.
        folder: where the file lies, which is gone when nobody has the rows.

    Raises:
        EnvironmentFailure: there is no room.
    """
    with failures(folder):
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".rows-")
        try:
            with pa.OSFile(name, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table)
            mapping = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.unlink(name)  # noqa: PTH108 - by the name that it was made with
            os.close(descriptor)
    return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(mapping))).read_all(), mapping


@contextmanager
def let_go(mappings: Sequence[mmap.mmap]) -> Iterator[None]:
    """Give back to the system what was read of mappings, again and again while the block runs."""
    if not mappings or not hasattr(mmap, "MADV_DONTNEED"):
        yield
        return
    ended = threading.Event()

    def again() -> None:
        while not ended.wait(OFTEN):
            for mapping in mappings:
                mapping.madvise(mmap.MADV_DONTNEED)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def give_back() -> None:
    """Give back to the system what Arrow's own allocator kept of large rows, when their file is closed."""
    _ARROWS.release_unused()


class DigestOnDisk:
    """A file to write to through Arrow alone, in a folder, of which only the SHA-256 is wanted.

    What Arrow writes to a file of Python it copies first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with failures(folder):
            self._file = tempfile.NamedTemporaryFile(dir=folder, prefix=".again-")  # noqa: SIM115 - it goes with this
            self.sink = pa.OSFile(self._file.name, "wb")

    def hexdigest(self) -> str:
        """Return the SHA-256 of what was written, in hexadecimal, and remove it."""
        self.sink.close()
        with failures(self._folder), self._file as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_shard(path: Path, listed: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a shard to read its rows; where one is large, Arrow's memory is from then on taken from the system itself.

    Arrow's own allocator keeps what a large row took, though nothing is in it any more. Texts at the Parquet paths of
    ``listed`` come as dictionaries where no row is large.
    """
    metadata = pq.read_metadata(path)
    if not has_large_row(metadata):
        return pq.ParquetFile(path, metadata=metadata, pre_buffer=False, read_dictionary=list(listed) or None)
    pool = pa.system_memory_pool()
    pa.set_memory_pool(pool)
    return pq.ParquetFile(pa.OSFile(str(path), memory_pool=pool), metadata=metadata, pre_buffer=False)


def has_large_row(metadata: pq.FileMetaData) -> bool:
    """Say whether a row of a shard is large, by the shard's footer."""
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return any(group.num_rows == 1 and group.total_byte_size > LARGE for group in groups)
