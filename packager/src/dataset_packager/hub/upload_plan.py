"""What publishing a release would do to a repository: files sent and deleted; and where it must not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures, file_sha256
from dataset_packager.base.findings import SetupError
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.names import CARD, CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataset_packager.base.findings import Finding
    from dataset_packager.hub.repository import RemoteFile, Repository

NAMED = 5  # paths that a message names


@dataclass(frozen=True)
class Release:
    """A release to publish: its folder, name, version, a card that names the repository, the Hub's limits it breaks."""

    folder: Path
    name: str
    version: str
    card: Path | None = None
    limits: tuple[Finding, ...] = ()
    _git_hashes: dict[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The tag that it gets."""
        return f"v{self.version}"

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The SHA-256 of each of its files."""
        return {path: file_sha256(self.file(path)) for path in release_files(self.folder)}

    def file(self, path: str) -> Path:
        """Return the file that is to stand at a path."""
        return self.card if self.card and path == CARD else self.folder / path

    def size(self, path: str) -> int:
        """Return a file's size in bytes."""
        return self.file(path).stat().st_size

    def has(self, path: str, remote: RemoteFile) -> bool:
        """Say whether a file on the Hub has the same bytes as the release's."""
        if remote.size != self.size(path):
            return False
        return remote.sha256 == self.hashes[path] if remote.sha256 else remote.git_hash == self._git_hash(path)

    def _git_hash(self, path: str) -> str:
        if path not in self._git_hashes:
            with failures(self.file(path)), self.file(path).open("rb") as file:
                whole = hashlib.sha1(f"blob {self.size(path)}\0".encode(), usedforsecurity=False)
                while block := file.read(2**20):
                    whole.update(block)
            self._git_hashes[path] = whole.hexdigest()
        return self._git_hashes[path]


@dataclass(frozen=True)
class Plan:
    """What tells a release from what a revision holds: new files, changed ones, and those that it no longer has."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def sent(self) -> tuple[str, ...]:
        """The files that are to be sent."""
        return tuple(sorted((*self.new, *self.changed)))

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.deleted)

    def differences(self, here: str, there: str) -> str:
        """Return in one line what differs."""
        parts = ((self.changed, "other bytes in"), (self.new, f"only in {here}"), (self.deleted, f"only in {there}"))
        return "; ".join(f"{how} {named(paths)}" for paths, how in parts if paths)


def compared(release: Release, remote: Mapping[str, RemoteFile]) -> Plan:
    """Compare a release with a revision's files; hidden ones, which the Hub adds, are left alone."""
    there = {path: file for path, file in remote.items() if not any(part.startswith(".") for part in path.split("/"))}
    both = sorted(release.hashes.keys() & there.keys())
    same = {path for path in both if release.has(path, there[path])}
    return Plan(
        new=tuple(sorted(release.hashes.keys() - there.keys())),
        changed=tuple(path for path in both if path not in same),
        deleted=tuple(sorted(there.keys() - release.hashes.keys())),
        unchanged=tuple(sorted(same)),
    )


def named(paths: tuple[str, ...]) -> str:
    """Return the first paths, and how many there are more."""
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return ", ".join(paths[:NAMED]) + more


def check_place(
    release: Release, repository: Repository, commit: str, files: Mapping[str, RemoteFile], plan: Plan, temporary: Path
) -> str | None:
    """Return the version of this dataset that main holds, None where it holds none yet.

    Raises:
        SetupError: main holds something else that would be lost, or a later version.
    """
    if CONFIGURATION not in files:
        if plan.deleted:
            mend = "publish to another repository, or remove them there first"
            raise SetupError(f"{repository.repo}: holds what no build has made ({named(plan.deleted)}): {mend}")
        return None
    project = _project(repository.text(CONFIGURATION, commit, temporary))
    name, version = str(project.get("name")), str(project.get("version"))
    if name != release.name:
        raise SetupError(
            f"{repository.repo}: holds the dataset {name!r}, not {release.name!r}: name its own repository"
        )
    if _numbers(version) > _numbers(release.version):
        raise SetupError(
            f"{repository.repo}: holds {version}, which is later than {release.version}: raise the version"
        )
    return version


def _project(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)["project"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def edited_card(repository: Repository, files: Mapping[str, RemoteFile], version: str | None) -> bool:
    """Say whether the card on main is another than that of the version that main holds: somebody edited it."""
    tag = f"v{version}"
    if version is None or tag not in repository.tags():
        return False
    return files.get(CARD) != repository.files(tag).get(CARD)
