"""The digest of a release: over the hashes and paths of its files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping


def folder_digest(folder: Path, known: Mapping[str, str] | None = None) -> str:
    """Return the SHA-256 over the hashes and paths of all files of a release, in order of their paths.

    What ``known`` has, by path, isn't hashed again.
    """
    hashes = known or {}
    return listing_digest({name: hashes.get(name) or file_sha256(folder / name) for name in release_files(folder)})


def listing_digest(hashes: Mapping[str, str]) -> str:
    """Return the same of files whose SHA-256 is known by path."""
    whole = hashlib.sha256()
    for name, sha256 in sorted(hashes.items()):
        whole.update(f"{sha256}  {name}\n".encode())
    return whole.hexdigest()


def release_files(folder: Path) -> list[str]:
    """Return the paths of a release's files, sorted; hidden ones, which git and the Hub add, are ignored."""
    found: list[str] = []
    for top, folders, names in os.walk(folder, onerror=_unless_closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(top).relative_to(folder)
        below = f"{here.as_posix()}/" if here.parts else ""
        found += [below + name for name in names if not name.startswith(".") and Path(top, name).is_file()]
    return sorted(found)


def _unless_closed(error: OSError) -> None:
    """Pass over what isn't there, is no folder, or may not be looked into; whoever reads its files says so."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
        raise error
