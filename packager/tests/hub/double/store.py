"""What the double holds: repositories with their commits, refs, pull requests and large files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.arrow filter=lfs diff=lfs merge=lfs -text\n"
MAIN = "refs/heads/main"
MOST_REGULAR = 10 * 2**20  # bytes; anything larger goes through LFS
DATE = "2026-01-01T00:00:00.000Z"


class Refused(Exception):
    """A request that the Hub answers with an error."""

    def __init__(
        self, status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.headers = status, message, code, headers or {}


@dataclass(frozen=True)
class Blob:
    """A file's content: ``oid`` is git's, of the content or of the pointer that stands for a large file."""

    oid: str
    data: bytes
    sha256: str | None = None

    @property
    def size(self) -> int:
        return len(self.data)


def git_hash(data: bytes, kind: str = "blob") -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


def regular(data: bytes) -> Blob:
    return Blob(git_hash(data), data)


def pointer(sha256: str, size: int) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def large(data: bytes) -> Blob:
    sha256 = hashlib.sha256(data).hexdigest()
    return Blob(git_hash(pointer(sha256, len(data))), data, sha256)


@dataclass(frozen=True)
class Commit:
    oid: str
    parent: str | None
    title: str
    description: str
    files: dict[str, Blob]


@dataclass
class Pull:
    number: int
    title: str
    status: str = "open"


@dataclass
class Repository:
    """One dataset repository; ``objects`` are its large files by SHA-256."""

    id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    pulls: list[Pull] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.commit(MAIN, "initial commit", "", {".gitattributes": regular(ATTRIBUTES)})

    def commit(self, ref: str, title: str, description: str, files: dict[str, Blob], parent: str | None = None) -> str:
        """Make a commit of ``files`` the end of ``ref`` and return its oid."""
        parent = parent or self.refs.get(ref)
        lines = "".join(f"{blob.oid} {path}\n" for path, blob in sorted(files.items()))
        text = f"parent {parent}\n{len(self.commits)}\n{title}\n{description}\n{lines}"
        oid = git_hash(text.encode(), "commit")
        self.commits[oid] = Commit(oid, parent, title, description, files)
        self.refs[ref] = oid
        return oid

    def resolve(self, revision: str) -> Commit:
        """Return the commit that a branch, tag, full ref, or the beginning of an oid names."""
        for ref in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if ref in self.refs:
                return self.commits[self.refs[ref]]
        found = [oid for oid in self.commits if len(revision) >= 7 and oid.startswith(revision)]
        if len(found) != 1:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[found[0]]

    def history(self, revision: str) -> list[Commit]:
        """Return the commits behind a revision, the newest first."""
        found = [self.resolve(revision)]
        while found[-1].parent:
            found.append(self.commits[found[-1].parent])
        return found

    def edit(self, path: str, data: bytes) -> str:
        """Change a file on main as somebody does on the web."""
        files = self.resolve("main").files | {path: regular(data)}
        return self.commit(MAIN, f"Update {path}", "", files)

    def merge(self, number: int) -> None:
        """Merge a pull request."""
        self.refs[MAIN] = self.refs[f"refs/pr/{number}"]
        self.pulls[number - 1].status = "merged"

    def squash(self) -> None:
        """Fold main into one commit and delete all tags and former commits, as after a withdrawal."""
        files, self.commits, self.refs = self.files, {}, {}
        self.commit(MAIN, "Squash", "", files)

    @property
    def files(self) -> dict[str, Blob]:
        """The files on main."""
        return self.resolve("main").files
