"""Where releases appear: a destination of each kind, by the scheme of its URL; a path has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.release.destinations.folder import Folder
from dataset_packager.release.destinations.objects import ObjectStore

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.release.destinations.interface import Destination

DESTINATIONS: dict[str, type[Destination]] = {"": Folder, "file": Folder, "s3": ObjectStore, "memory": ObjectStore}
"""By the scheme of a URL; a path has none."""


def destination(out: Path | str, name: str) -> Destination:
    """Return where the releases of the dataset ``name`` appear.

    Raises:
        SetupError: ``out`` is a URL that no destination is known for.
    """
    return _of_scheme(str(out)).at(str(out), name)


def fetch_release(url: str, folder: Path) -> None:
    """Copy the release that a URL names into a folder.

    Raises:
        SetupError: no release stands there.
        DataFindings: a file is missing, or not what the list of the release says.
        EnvironmentFailure: the network or the disk fails.
    """
    _of_scheme(url).fetch(url, folder)


def _of_scheme(out: str) -> type[Destination]:
    scheme = out.partition("://")[0] if "://" in out else ""
    if scheme not in DESTINATIONS:
        known = ", ".join(f"{scheme}://" for scheme in DESTINATIONS if scheme)
        raise SetupError(f"{out}: no release can be there: name a folder, or a URL with {known}")
    return DESTINATIONS[scheme]
