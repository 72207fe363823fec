"""The lock of a folder of releases: one build at a time has the right to remove things there."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures, to_disk
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.base.output_folders import LOCK
from dataset_packager.release.own_files import leads_to_release, not_a_builds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
MARK = "dataset-packager makes and sweeps the releases in this folder\n"


@contextmanager
def build_lock(home: Path, link: Path) -> Iterator[None]:
    """Hold the lock of ``home``, in which this program has the right to remove things.

    Raises:
        EnvironmentFailure: another build holds it, or no build made the folder.
    """
    path = home / LOCK
    with failures(path):
        fresh = all(entry == LOCK for entry in os.listdir(home))  # noqa: PTH208 - names are all that is needed
        if not (fresh or path.exists()):
            raise not_a_builds(home)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    _HELD.add(descriptor)
    try:
        with failures(path):
            _take(descriptor, link)
            found = os.pread(descriptor, len(MARK) + 1, 0).decode("utf-8", "replace")
            if found != MARK:
                former = link.is_symlink() and leads_to_release(link, link.name)  # made by a build that left no mark
                if not MARK.startswith(found) or not (fresh or former):
                    raise not_a_builds(home)
                os.pwrite(descriptor, MARK.encode(), 0)
                to_disk(descriptor)
        yield
    finally:
        _HELD.discard(descriptor)
        os.close(descriptor)


def _let_go() -> None:
    """Close in a fork the locks that its parent holds: they are to be let go when that one dies, not later."""
    while _HELD:
        os.close(_HELD.pop())


_HELD: set[int] = set()  # the locks of this process, by their descriptors
os.register_at_fork(after_in_child=_let_go)


def _take(descriptor: int, link: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EnvironmentFailure(f"{link}: another build is writing it: wait for it, or choose another --out") from None
