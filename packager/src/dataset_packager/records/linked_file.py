"""One file that a record names: opened with care, hashed, and checked for what it holds.

What was found is kept in mind as long as the file has the same size, times and inode, so that one that is named often
is looked at once; whoever takes its bytes hashes these again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures
from dataset_packager.base.paths import is_within
from dataset_packager.records.media_types import FAMILIES, HEAD, media_type, wrong_content

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

MOST_KEPT = 2**16  # files whose hashes and verdicts a process keeps in mind
_NO_FILE = {
    errno.ENOENT: "there is no such file", errno.ENOTDIR: "there is no such file",
    errno.ELOOP: "its links lead round in a circle", errno.ENAMETOOLONG: "its name is too long",
    errno.EACCES: "it may not be read", errno.EPERM: "it may not be read",
}  # fmt: skip
_PUT = "put the file there, or correct the path"
_WHOLE = "put a whole file of that kind there"

_Signature = tuple[int, ...]
_hashes: dict[_Signature, str] = {}
_verdicts: dict[tuple[_Signature, str], str | None] = {}


class WrongFile(Exception):
    """A path leads to no file that may be taken; the text says why, ``hint`` how to mend it."""

    def __init__(self, message: str, hint: str = _PUT) -> None:
        super().__init__(message)
        self.hint = hint


@contextmanager
def opened(project: Path, root: str, path: str, max_bytes: int) -> Iterator[io.BufferedReader]:
    """Open a file by its path below a folder of the project: a regular one, within that folder, and not too large.

    Raises:
        WrongFile: it is none.
        EnvironmentFailure: the disk fails.
    """
    if not is_within(path):
        raise WrongFile(f"the path may lead out of {root}", "name the file by its path below that folder")
    with failures(path), os.fdopen(_open_within(os.path.realpath(project / root), path, root), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise WrongFile(f"it has {size:,} bytes, and max_bytes allows {max_bytes:,}", "raise max_bytes")
        yield file


def _open_within(root: str, path: str, shown_root: str) -> int:
    try:
        real = os.path.realpath(os.path.join(root, path), strict=True)  # noqa: PTH118 - of each of many files
        if os.path.commonpath((root, real)) != root:
            raise WrongFile(f"a link leads out of {shown_root}", "put the file itself there")
        if not stat.S_ISREG(os.lstat(real).st_mode):
            raise WrongFile("it is no regular file", _PUT)
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (UnicodeEncodeError, ValueError):
        raise WrongFile("it is no path") from None
    except OSError as error:
        if error.errno in _NO_FILE:
            raise WrongFile(_NO_FILE[error.errno]) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise WrongFile("it is no regular file", _PUT)
    return descriptor


def sha256_of(file: io.BufferedReader) -> str:
    """Return the SHA-256 of an open file, in hexadecimal."""
    signature = _signature(file)
    if signature not in _hashes:
        if len(_hashes) >= MOST_KEPT:
            _hashes.clear()
        file.seek(0)
        _hashes[signature] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashes[signature]


def insist_on_content(file: io.BufferedReader, family: str) -> None:
    """Check that an open file is what a column type holds: by its content, and decoded to its end where that can be.

    Raises:
        WrongFile: it isn't.
    """
    if family not in FAMILIES:  # any file is well
        return
    key = (_signature(file), family)
    if key not in _verdicts:
        if len(_verdicts) >= MOST_KEPT:
            _verdicts.clear()
        _verdicts[key] = _verdict(file, family)
    if wrong := _verdicts[key]:
        raise WrongFile(wrong, _WHOLE)


def _verdict(file: io.BufferedReader, family: str) -> str | None:
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    if wrong := wrong_content(family, file, size):
        return wrong
    file.seek(0)
    from dataset_packager.records.decoders import can_decode, decoder  # here: most records name no files

    kind = media_type(file.read(HEAD))
    if not can_decode(family, kind):
        return None
    wrong = decoder().wrong(family, kind, file.fileno(), size)
    return f"it can't be decoded to its end ({kind}): {wrong}" if wrong else None


def _signature(file: io.BufferedReader) -> _Signature:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
