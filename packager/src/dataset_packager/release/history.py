"""Which releases became current, as builds noted it: what may be swept follows from that, never from a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import regular_bytes, write_text
from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 2
HISTORY = ".history"


@dataclass(frozen=True)
class History:
    """The releases that became current, or were about to, oldest first; and what refused records were put beside them.

    Attributes:
        releases: the name of each release's folder, and the SHA-256 over the paths of its files.
        rejected: the SHA-256 of files of refused records.
    """

    releases: tuple[tuple[str, str], ...] = ()
    rejected: tuple[str, ...] = ()

    def paths_of(self, release: str) -> str | None:
        """Return the digest over the paths of a release's files, None where no build tells of that release."""
        return dict(self.releases).get(release)

    def since_predecessor(self, release: str | None) -> tuple[str, ...]:
        """Return the names of ``release`` and of those that were current before it, as many as are kept."""
        names = [name for name, _ in self.releases]
        if release not in names:
            return tuple(names[-KEPT:]) if release is None else ()
        last = len(names) - 1 - names[::-1].index(release)
        return tuple(dict.fromkeys(reversed(names[: last + 1])))[:KEPT]


def read_history(home: Path) -> History:
    """Return what builds have noted in ``home``; nothing where that can't be read, so that nothing is swept."""
    try:
        told: dict[str, Any] = json.loads(regular_bytes(home / HISTORY))
        return History(tuple((str(name), str(paths)) for name, paths in told["releases"]), tuple(told["rejected"]))
    except (OSError, ValueError, KeyError, TypeError, SetupError):
        return History()


def write_history(home: Path, history: History) -> None:
    """Note in ``home`` what ``read_history`` is to give."""
    write_text(
        home / HISTORY, json.dumps({"releases": history.releases, "rejected": history.rejected}, indent=1) + "\n"
    )
