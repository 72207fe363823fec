"""Whose fault an error is: what the machine lacks or refuses is told apart from what is wrong with the data.

Arrow, DuckDB, ``datasets`` and pools of processes wrap what the system says, each in its own way. This is the one
place that knows them all; it needs none of these packages.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from dataset_packager.base.files import refusal
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.base.text import cause

if TYPE_CHECKING:
    from collections.abc import Iterator

_MACHINE = frozenset({
    errno.EACCES, errno.EAGAIN, errno.EBUSY, errno.ECONNRESET, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE,
    errno.ENFILE, errno.ENODEV, errno.ENOLCK, errno.ENOMEM, errno.ENOSPC, errno.ENOTCONN, errno.ENXIO, errno.EPERM,
    errno.EROFS, errno.ESTALE, errno.ETIMEDOUT, errno.ETXTBSY,
})  # fmt: skip
_ERRNO = re.compile(r"\[errno (\d+)\]", re.IGNORECASE)
_MOST_MEMORY = 2**42  # more than a machine has: who asks for it reads a damaged file
_ASKED = re.compile(r"(?:malloc|realloc|allocat\w*)\D{0,40}(\d+)")
_MEMORY = "free some memory, or use fewer --workers"
_PACKAGES = "install the packages of this Python anew, and let no file in the way of imports be called like one of them"
_SAYINGS = {
    "no space left on device": "make room there, or name another folder",
    "not enough disk space": "make room there, or let TMPDIR name another folder",
    "disk quota exceeded": "make room within the quota, or name another folder",
    "file too large": "raise the limit on the size of files (ulimit -f)",
    "too many open files": "raise the limit on open files (ulimit -n)",
    "input/output error": "the disk fails: check it, or name a folder on another one",
    "read-only file system": "name a folder on another one",
    "cannot allocate memory": _MEMORY,
    "failed to map segment": _MEMORY,
    "cannot enable executable stack": _MEMORY,
    "unable to allocate": _MEMORY,
    "bad_alloc": _MEMORY,
    "resource temporarily unavailable": "raise the limit on processes (ulimit -u), or use fewer --workers",
    "can't start new thread": "raise the limit on processes (ulimit -u), or use fewer --workers",
    "stale file handle": "the network's disk went away: mount it again",
}
_KINDS: dict[str, str | None] = {  # names of DuckDB's and the pool's errors; without a mend, their text tells
    "ArrowException": None,  # what Arrow calls an unknown error
    "BrokenProcessPool": _MEMORY,
    "IOException": None,
    "OutOfMemoryException": _MEMORY,
    "InterruptException": "let nothing else run meanwhile, or use a faster machine",
}


def failure_of_surroundings(error: BaseException) -> EnvironmentFailure | None:
    """Return what the machine lacks or refuses, if that is behind an error; None if nothing says so.

    A file that isn't there is no failure of the machine: whoever needs it knows what that means.
    """
    for one in _chain(error):
        if isinstance(one, EnvironmentFailure):
            return one
        if (told := _told(one)) is not None:
            return EnvironmentFailure(told)
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it came of, each once."""
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str | None:
    text = str(error)
    if isinstance(error, MemoryError):
        asked = _ASKED.search(text)
        return None if asked and int(asked[1]) > _MOST_MEMORY else f"{_one(error)}: {_MEMORY}"
    if isinstance(error, OSError) and (error.errno in _MACHINE):
        return refusal(error)
    if not isinstance(error, OSError | RuntimeError | ImportError) and type(error).__name__ not in _KINDS:
        return None  # a message that quotes data may say anything
    if (found := _ERRNO.search(text)) and int(found[1]) in _MACHINE:
        mend = next((mend for saying, mend in _SAYINGS.items() if saying in text.lower()), "mend that")
        return f"{_one(error)}: {mend}; then run the same command again"
    mends = [mend for kind, mend in _KINDS.items() if mend and type(error).__name__ == kind]
    mends += [mend for saying, mend in _SAYINGS.items() if saying in text.lower()]
    mends += [_PACKAGES] if isinstance(error, ImportError) else []
    return f"{_one(error)}: {mends[0]}; then run the same command again" if mends else None


def _one(error: BaseException) -> str:
    return cause(error)[:500]
