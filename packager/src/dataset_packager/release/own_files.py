"""What is provably a build's own in a folder of releases: nothing else is ever replaced or removed there."""

from __future__ import annotations

import os
import re
from pathlib import Path

from dataset_packager.base.files import bytes_sha256, failures, file_sha256, regular_bytes
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.base.output_folders import INSTEAD_OF_LINK, REJECTED, RELEASES
from dataset_packager.release.history import read_history

RELEASE_NAME = re.compile(r"[^/]+-[0-9a-f]{12}")
_LITTER = re.compile(r"\.DS_Store|\._.*")  # what a system leaves in every folder that somebody looks into


def not_a_builds(path: Path, what: str = "something that no build made stands there") -> EnvironmentFailure:
    """Return what is raised where something stands in a build's way."""
    return EnvironmentFailure(f"{path}: {what}: move it away, then run the same command again")


def instead_of_link(folder: Path) -> str | None:
    """Return the name of the release that a build put there as a folder, None where none did."""
    try:
        text = regular_bytes(folder / INSTEAD_OF_LINK).decode("utf-8").removesuffix("\n")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, SetupError):
        return None
    return text if RELEASE_NAME.fullmatch(text) else None


def rejected_file(out: Path, name: str) -> Path:
    """Return where the records stand that the current release of ``name`` goes without."""
    return out / f"{name}{REJECTED}"


def is_as_made(folder: Path, paths: str | None) -> bool:
    """Say whether a folder has the very files, by their paths, that a build put there."""
    return folder.is_dir() and not folder.is_symlink() and paths_digest(all_paths(folder)) == paths


def all_paths(folder: Path) -> list[str]:
    """Return the paths of all that stands in a folder but folders; links count, what systems leave doesn't."""
    found = list[str]()
    for top, folders, files in os.walk(folder):
        links = [name for name in folders if Path(top, name).is_symlink()]
        names = [name for name in (*files, *links) if not _LITTER.fullmatch(name) and name != INSTEAD_OF_LINK]
        found.extend(Path(top, name).relative_to(folder).as_posix() for name in names)
    return sorted(found)


def paths_digest(paths: list[str]) -> str:
    """Return the SHA-256 over the paths of a release's files."""
    return bytes_sha256("\0".join(paths).encode("utf-8", "surrogateescape"))


def new_link(link: Path) -> Path:
    """Return where the link to a release stands until it takes the place of its predecessor."""
    return link.with_name(f".{link.name}.new")


def refuse_others(out: Path, name: str) -> None:
    """Check that everything that a build of ``name`` may replace in ``out`` is a build's own.

    Raises:
        EnvironmentFailure: it isn't; the message names it.
    """
    link, history = out / name, read_history(out / RELEASES / name)
    new, beside = new_link(link), rejected_file(out, name)
    with failures(link):
        if link.is_symlink():
            ours = leads_to_release(link, name)
        else:
            release = instead_of_link(link)
            ours = not link.exists() or (release is not None and is_as_made(link, history.paths_of(release)))
        if not ours:
            raise not_a_builds(link)
        if os.path.lexists(new) and not (new.is_symlink() and leads_to_release(new, name)):
            raise not_a_builds(new)
        if os.path.lexists(beside) and (beside.is_symlink() or not beside.is_file()):
            raise not_a_builds(beside)
        if beside.exists() and file_sha256(beside) not in history.rejected:
            raise not_a_builds(beside, "it isn't what a build put there")


def leads_to_release(link: Path, name: str) -> bool:
    """Say whether a link leads into the folder of the releases of ``name``."""
    return link.readlink().parts[:2] == (RELEASES, name)
