"""The cores that workers of this machine share: each task takes one, and a thread beside it only one that is left.

Who takes one changes nothing but how long it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.synchronize import Semaphore


class _Shared:
    left: Semaphore | None = None  # in processes that are no workers nobody counts


def share(left: Semaphore) -> None:
    """Let this process, a worker, take cores from those that are left."""
    _Shared.left = left


def take() -> bool:
    """Take a core where one is left, and say so."""
    return _Shared.left is None or bool(_Shared.left.acquire(False))


def give_back() -> None:
    """Give back a core that was taken."""
    if _Shared.left is not None:
        _Shared.left.release()
