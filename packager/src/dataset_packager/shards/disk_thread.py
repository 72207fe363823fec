"""Putting files on the disk beside everything else: the disk takes its time for that, and no core.

Workers don't wait until their shards are there. Whoever has something refer to them does, at the end of a build.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dataset_packager.base.files import fsync_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Future
    from pathlib import Path

FILES = 4  # on their way to the disk at a time


class DiskThread:
    """Puts files on the disk, in the order in which they are given."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(FILES)
        self._going: deque[Future[None]] = deque()

    def put(self, paths: Iterable[Path]) -> None:
        """Begin to put files on the disk, or do it now where no thread is allowed.

        Raises:
            EnvironmentFailure: as ``wait``.
        """
        while self._going and self._going[0].done():
            self._going.popleft().result()
        for path in paths:
            try:
                self._going.append(self._pool.submit(fsync_file, path))
            except RuntimeError:  # no more of them are allowed
                fsync_file(path)

    def wait(self) -> None:
        """Wait until all files are on the disk.

        Raises:
            EnvironmentFailure: one can't be read, or the disk fails.
        """
        while self._going:
            self._going.popleft().result()

    def leave(self) -> None:
        """Begin with no more files, and wait for those that are on their way."""
        self._pool.shutdown(cancel_futures=True)
