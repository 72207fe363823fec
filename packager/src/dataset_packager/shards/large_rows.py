"""Rows with large files, while they are written: on the disk rather than in memory.

Arrow encodes a value before it makes a page of it, and has the value, its encoding and the page at once. So a value
that is large lies in a file that is mapped, and what has been read of the mapping is let go from memory meanwhile.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

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
    """Give back to the system what was read of mappings, again and again while the block runs, then what Arrow kept."""
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
        _ARROWS.release_unused()
