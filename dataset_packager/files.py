"""The build's own file-system operations: whole files or none, on the disk before anyone relies on them.

A file is written under a temporary name in its own folder, fsynced, closed and renamed; then its folder is fsynced.
Every write of the build goes through this module, so that faults can be injected at one place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO, cast

from dataset_packager.findings import EnvironmentFailure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".partial-"
BLOCK = 2**20


class HashingFile:
    """A binary file that hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0
        self.abandoned = False
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write ``data`` whole and return its length in bytes; of an abandoned file nobody sees any more of it."""
        if self.abandoned:
            return len(data)
        self._hash.update(data)
        self._file.write(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Hand buffered bytes to the operating system."""
        if not self.abandoned:
            self._file.flush()

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self.size

    def writable(self) -> bool:
        """Say that it can be written to, as writers ask."""
        return True

    def close(self) -> None:
        """Leave closing to whoever opened the file."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything written so far, in hexadecimal."""
        return self._hash.hexdigest()


@contextlib.contextmanager
def failures(path: Path | str) -> Iterator[None]:
    """Turn what the operating system refuses about ``path`` into an ``EnvironmentFailure`` that names it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EnvironmentFailure(f"{path}: {reason}: mend that and run the same command again") from error


@contextlib.contextmanager
def durable(path: Path) -> Iterator[HashingFile]:
    """Give a file to write that appears under ``path``, whole and on the disk, when the block ends without an error."""
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    with failures(path):
        hashing = None
        try:
            with temporary.open("xb") as file:
                hashing = HashingFile(cast("BinaryIO", file))
                yield hashing
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            if hashing is not None:
                hashing.abandoned = True  # who writes to it may only now be told to close, and write once more
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    fsync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with newlines untouched; the file appears whole or not at all."""
    with durable(path) as file:
        file.write(text.encode("utf-8"))


def make_folder(path: Path) -> None:
    """Make ``path`` and the folders above it, each on the disk before the next is relied on."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with failures(path):
        path.mkdir(exist_ok=True)
    fsync_folder(path.parent)


def fsync_folder(path: Path) -> None:
    """Put the folder's entries on the disk."""
    with failures(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with failures(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bytes_sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
