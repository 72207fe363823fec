"""A release as a folder of this machine, wherever it is."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import scratch_folder
from dataset_packager.release.destinations import fetch_release
from dataset_packager.stores.objects import is_url, local_path

if TYPE_CHECKING:
    from collections.abc import Iterator


def is_at_hand(release: Path | str) -> bool:
    """Say whether a release is to be looked for in a folder or behind a URL; else it may be a dataset on the Hub."""
    if isinstance(release, Path) or is_url(release):
        return not str(release).startswith("hf://")
    return Path(release).exists() or ("@" not in release and Path(release).parent.is_dir())


@contextmanager
def local_release(release: Path | str) -> Iterator[Path]:
    """Give the folder of a release: its own, or one that what stands behind its URL is copied to for a while.

    Raises:
        SetupError: there is no release behind the URL.
        EnvironmentFailure: it can't be fetched.
    """
    if isinstance(release, Path) or not is_url(release):
        yield Path(release)
    elif path := local_path(release):
        yield path
    else:
        with scratch_folder() as scratch:
            fetch_release(release, scratch / "release")
            yield scratch / "release"
