"""Which files a table's records come from: each that a pattern names is read, refused, or was made by a build.

A pattern is a path in the project with ``*``, ``?``, ``[…]`` and ``**`` (any number of folders), or a URL with a glob.
Names that begin with a dot count only where the pattern names them so. Links are followed inside the project; folders
are looked into with every error an error; what is no file, and a link that leads nowhere, stops the build by name.
"""

from __future__ import annotations

import errno
import fnmatch
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures
from dataset_packager.base.findings import SetupError
from dataset_packager.base.output_folders import INSTEAD_OF_LINK, LOCK, REJECTED, RELEASES
from dataset_packager.base.paths import insist_on_text
from dataset_packager.records.formats import format_of
from dataset_packager.stores.objects import find, is_url, local_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.project.config import Table

_MAGIC = re.compile(r"[*?\[]")
_LIKE_A_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}")
DEEPEST = 256  # parts of a pattern, or of a path
_NOWHERE = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)


def record_files(project: Path, table: Table, out: Path | None = None) -> list[str]:
    """Return the table's files, relative to the project or as URLs, sorted.

    Args:
        project: its folder.
        table: whose ``records`` are looked for.
        out: where the release goes; nothing that stands there is input, unless it is the project's own folder.

    Raises:
        SetupError: a file lies outside the project (by a link) or in ``out``, is no regular file, leads nowhere, is
            named twice by a link, or has an unknown ending.
        EnvironmentFailure: a folder can't be looked into.
    """
    return sorted({name for names in files_by_pattern(project, table, out).values() for name in names})


def files_by_pattern(project: Path, table: Table, out: Path | None = None) -> dict[str, list[str]]:
    """Return the files that each pattern of a table names; raises as ``record_files``."""
    found: dict[str, list[str]] = {}
    linked: dict[str, str] = {}
    for pattern in table.records:
        if is_url(pattern):
            found[pattern] = _behind_url(pattern)
        else:
            walk = Walk(project)
            found[pattern] = sorted(set(walk.files(pattern)))
            linked |= walk.linked
    for name in {name for names in found.values() for name in names}:
        insist_on_text(name)
        format_of(name)
    _refuse_twice(found, linked)
    if out is not None:
        _refuse_output(project, out, found, linked)
    return found


def files_within(project: Path, folder: str) -> list[str]:
    """Return the files of records right in a folder of the project, sorted; names that begin with a dot left out.

    Raises:
        EnvironmentFailure: the folder can't be looked into.
    """
    with failures(folder or project), os.scandir(project / folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
    return [_join(folder, name) for name in names if is_called_as_records(name)]


def is_called_as_records(name: str) -> bool:
    """Say whether a file's name ends like one of records."""
    try:
        format_of(name)
    except SetupError:
        return False
    return True


def is_named_by(pattern: str, name: str) -> bool:
    """Say whether a pattern names a file that was found, by the file's path or URL alone."""
    wanted, parts = (text.split("/") if is_url(text) else list(PurePosixPath(text).parts) for text in (pattern, name))
    if max(len(wanted), len(parts)) > DEEPEST:
        return False
    if wanted[-1:] == ["**"]:
        wanted.append("*")
    reached = {0}  # how many parts of the name the pattern's parts so far can stand for
    for want in wanted:
        if want == "**":
            reached = set(range(min(reached, default=len(parts)), len(parts)))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and _fits(parts[at], want)}
    return len(parts) in reached


def _fits(part: str, want: str) -> bool:
    return part == want or fnmatch.fnmatchcase(part, want)


def _behind_url(pattern: str) -> list[str]:
    """Return the URLs of files; on a disk of this machine they are looked for as files of a project are."""
    path = local_path(pattern)
    if path is not None:
        return sorted({f"file:///{name}" for name in Walk(Path("/"), closed=False).files(str(path)[1:])})
    wanted = [part.startswith(".") for part in pattern.split("/")]
    return [url for url in find(pattern) if any(wanted) or not _is_hidden(url, pattern)]


def _is_hidden(url: str, pattern: str) -> bool:
    fixed = _MAGIC.split(pattern)[0].rpartition("/")[0]
    return any(part.startswith(".") for part in url.removeprefix(fixed).split("/"))


@dataclass
class Walk:
    """A walk through a project's folder for what a pattern names.

    Attributes:
        project: the folder.
        closed: whether no link may lead out of it.
        linked: the real path, relative to the project, of each file that was found through a link.
    """

    project: Path
    closed: bool = True
    linked: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._root = os.path.realpath(self.project)
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    def files(self, pattern: str) -> Iterator[str]:
        """Yield the paths of the files, relative to the project; one that ``**`` reaches in two ways, twice."""
        parts: list[str] = []
        for part in PurePosixPath(pattern).parts:
            if part != "**" or parts[-1:] != ["**"]:
                parts.append(part)
        if parts[-1:] == ["**"]:
            parts.append("*")
        if len(parts) > DEEPEST:
            raise SetupError(f"{pattern[:60]}…: leads through more than {DEEPEST} folders: name fewer")
        yield from self._below("", tuple(parts), (self._root,))

    def _below(self, folder: str, parts: tuple[str, ...], way: tuple[str, ...]) -> Iterator[str]:
        """Yield what matches ``parts`` in a folder; ``way`` has the real paths of the folders that lead there."""
        if (folder, parts) in self._seen:
            return
        self._seen.add((folder, parts))
        head, rest = parts[0], parts[1:]
        if head != "**" and not _MAGIC.search(head):
            yield from self._step(_join(folder, head), rest, way, named=True)
            return
        entries = self._entries(folder)
        ours = _of_builds(self.project / folder, entries)
        if head == "**":
            yield from self._below(folder, rest, way)
            for name, entry in entries.items():
                if not name.startswith(".") and name not in ours and not _is_plain_file(entry):
                    yield from self._step(_join(folder, name), parts, way, named=False, only_folders=True)
            return
        matches = re.compile(fnmatch.translate(head)).match
        for name in entries:
            if matches(name) and name not in ours and (head.startswith(".") or not name.startswith(".")):
                yield from self._step(_join(folder, name), rest, way, named=False)

    def _entries(self, folder: str) -> dict[str, os.DirEntry[str]]:
        with failures(folder or self.project), os.scandir(self.project / folder) as entries:
            return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}

    def _step(
        self, name: str, rest: tuple[str, ...], way: tuple[str, ...], *, named: bool, only_folders: bool = False
    ) -> Iterator[str]:
        """Go on at ``name``: yield it where it is a file and nothing is left of the pattern, else look into it."""
        try:
            path = os.path.join(self.project, name)  # noqa: PTH118 - of a hundred thousand files
            mode = os.lstat(path).st_mode
        except OSError as error:
            if error.errno in _NOWHERE:
                return  # a pattern that matches nothing is a finding, as a whole
            with failures(name):
                raise
        link = stat.S_ISLNK(mode)
        if link:
            mode = self._target_mode(name, Path(path), only_folders=only_folders)
        if named:
            self._refuse_of_builds(name)
        if stat.S_ISDIR(mode):
            if rest:
                yield from self._below(name, rest, self._way(name, way, link=link))
        elif stat.S_ISREG(mode):
            if not rest and not only_folders:
                real = os.path.realpath(path) if link or len(way) > 1 else ""
                self._note_link(name, real)
                yield name
        elif not only_folders:
            raise SetupError(f"{name}: neither a file nor a folder, but a pipe, a socket or a device: move it away")

    def _target_mode(self, name: str, path: Path, *, only_folders: bool) -> int:
        try:
            return path.stat().st_mode
        except OSError as error:
            if error.errno in _NOWHERE:
                if only_folders and _LIKE_A_FILE.fullmatch(path.readlink().suffix):
                    return stat.S_IFREG  # such as a picture that git-annex hasn't fetched: no folder of records
                raise SetupError(
                    f"{name}: a link that leads nowhere: put the file there that it is to lead to, or remove the link"
                ) from None
            with failures(name):
                raise

    def _way(self, name: str, way: tuple[str, ...], *, link: bool) -> tuple[str, ...]:
        if not link:
            return way
        real = os.path.realpath(self.project / name)
        if self.closed and not _within(real, self._root):
            raise SetupError(f"{name}: a link that leads out of the project: copy the folder into it")
        here = os.path.realpath((self.project / name).parent)
        if any(_within(folder, real) for folder in (*way, here)):
            raise SetupError(f"{name}: a link that leads back to a folder above it: remove it, or name the folders")
        return (*way, here, real)

    def _note_link(self, name: str, real: str) -> None:
        if not real:
            return
        if self.closed and not _within(real, self._root):
            raise SetupError(f"{name}: a link that leads out of the project: copy the file into it")
        self.linked[name] = os.path.relpath(real, self._root)

    def _refuse_of_builds(self, name: str) -> None:
        folder = self.project / PurePosixPath(name).parent
        if PurePosixPath(name).name == RELEASES or (
            (folder / RELEASES).is_dir() and PurePosixPath(name).name in _of_builds(folder, None)
        ):
            raise SetupError(f"{name}: what a build has made is no input: name the records themselves")


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _is_plain_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _of_builds(folder: Path, entries: dict[str, os.DirEntry[str]] | None) -> set[str]:
    """Return the names of what builds have put into a folder: releases, and refused records."""
    if entries is not None and RELEASES not in entries:
        return set()
    with failures(folder / RELEASES):
        if not (folder / RELEASES).is_dir():
            return set()
        datasets = [name for name in os.listdir(folder / RELEASES) if (folder / RELEASES / name / LOCK).is_file()]  # noqa: PTH208
    made = {RELEASES}
    for name in datasets:
        made.add(f"{name}{REJECTED}")
        link = folder / name
        if (link.is_symlink() and link.readlink().parts[:1] == (RELEASES,)) or (link / INSTEAD_OF_LINK).is_file():
            made.add(name)
    return made


def _refuse_twice(found: dict[str, list[str]], linked: dict[str, str]) -> None:
    """Refuse a file that is named both by itself and by a link, or by two: its records would stand there twice."""
    names = {name for each in found.values() for name in each}
    by_file: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (name in linked, name)):
        real = linked.get(name, name)
        if real in by_file:
            raise SetupError(f"{name}: leads to {by_file[real]}, which is read as well: remove the link")
        by_file[real] = name


def _refuse_output(project: Path, out: Path, found: dict[str, list[str]], linked: dict[str, str]) -> None:
    root, output = os.path.realpath(project), os.path.realpath(out)
    if output == root or not _within(output, root):
        return
    for name in sorted({name for each in found.values() for name in each if not is_url(name)}):
        if _within(os.path.normpath(os.path.join(root, linked.get(name, name))), output):  # noqa: PTH118
            raise SetupError(f"{name}: lies in the folder for releases, where nothing is input: choose another --out")
