"""Releases: immutable folders, of which one small link says which is current.

<out>/<name>                        -> .releases/<name>/<version>-<digest>
<out>/<name>.rejected.jsonl         the records that this release goes without
<out>/.releases/<name>/.lock        held by the one writer, let go by the system when it dies; its text marks the
                                    folder as this program's own
<out>/.releases/<name>/.history     the releases that became current, in order, and the refused records beside them
<out>/.releases/<name>/.staging/…/  what is being made
<out>/.releases/<name>/.chunks/…/   the chunks that are done, kept for the next build
<out>/.releases/<name>/.origin      what the current release follows from, and the counts of its records
<out>/.releases/<name>/.rejected-…  refused records on their way to their place, by the release that they belong to

Whenever a build dies, the link leads to a whole release; whatever else it left, the next one mends or removes. Nothing
is removed that isn't provably the program's own: the link says what is current, the history what came before it (never
a time), and a folder whose files aren't those that a build put there stays where it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import (
    NO_LINKS,
    bytes_sha256,
    failures,
    file_sha256,
    fsync_folder,
    make_folder,
    regular_bytes,
    sweep_partials,
    to_disk,
    write_text,
)
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.base.output_folders import INSTEAD_OF_LINK, LOCK, REJECTED, RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT = 2
STAGING, FORMER, REFUSED = ".staging", ".former", ".rejected-"
CHUNKS, ORIGIN, HISTORY = ".chunks", ".origin", ".history"
MARK = "dataset-packager makes and sweeps the releases in this folder\n"
RELEASE_NAME = re.compile(r"[^/]+-[0-9a-f]{12}")
_LITTER = re.compile(r"\.DS_Store|\._.*")  # what a system leaves in every folder that somebody looks into


@contextmanager
def staging_area(out: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for the one build at a time of ``name``; it is swept when the block ends.

    Raises:
        EnvironmentFailure: another build is running there, something that no build made stands there, or the folder
            can't be made.
    """
    home = out / RELEASES / name
    make_folder(home)
    with _lock(home, out / name):
        _refuse_others(out, name)
        settle(out, name)
        sweep(out, name)
        area = home / STAGING
        make_folder(area)
        try:
            with failures(area):
                staging = Path(tempfile.mkdtemp(prefix="", dir=area))  # nobody who outlived a dead build knows it
            yield staging
        finally:
            shutil.rmtree(area, ignore_errors=True)


@contextmanager
def _lock(home: Path, link: Path) -> Iterator[None]:
    """Hold the lock of ``home``, in which this program has the right to remove things.

    Raises:
        EnvironmentFailure: another build holds it, or no build made the folder.
    """
    path = home / LOCK
    with failures(path):
        fresh = all(entry == LOCK for entry in os.listdir(home))  # noqa: PTH208 - names are all that is needed
        if not (fresh or path.exists()):
            raise _others(home)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    _HELD.add(descriptor)
    try:
        with failures(path):
            _take(descriptor, link)
            found = os.pread(descriptor, len(MARK) + 1, 0).decode("utf-8", "replace")
            if found != MARK:
                former = link.is_symlink() and _leads_to_release(link, link.name)  # made by a build that left no mark
                if not MARK.startswith(found) or not (fresh or former):
                    raise _others(home)
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


def _others(path: Path, what: str = "something that no build made stands there") -> EnvironmentFailure:
    return EnvironmentFailure(f"{path}: {what}: move it away, then run the same command again")


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


def _write_history(home: Path, history: History) -> None:
    write_text(
        home / HISTORY, json.dumps({"releases": history.releases, "rejected": history.rejected}, indent=1) + "\n"
    )


def current(out: Path, name: str) -> Path | None:
    """Return the folder of the current release, or None where there is none."""
    link = out / name
    return link.resolve() if link.is_dir() else None


def _current_name(out: Path, name: str) -> str | None:
    """Return the name that the current release has, or had, in the folder of releases."""
    link = out / name
    with failures(link):
        if link.is_symlink():
            return link.readlink().name
        return _instead_of_link(link)


def _instead_of_link(folder: Path) -> str | None:
    """Return the name of the release that a build put there as a folder, None where none did."""
    try:
        text = regular_bytes(folder / INSTEAD_OF_LINK).decode("utf-8").removesuffix("\n")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, SetupError):
        return None
    return text if RELEASE_NAME.fullmatch(text) else None


def chunks_folder(out: Path, name: str) -> Path:
    """Return the folder in which the chunks of ``name`` that are done stay from build to build."""
    return out / RELEASES / name / CHUNKS


def note_origin(out: Path, name: str, origin: str, tables: Mapping[str, Mapping[str, int]]) -> None:
    """Lay down what the current release follows from, and how many records of each table were read and accepted.

    Where that can't be written, the next build has more to do, and nothing else is wrong.
    """
    release = current(out, name)
    told = {"origin": origin, "release": release.name if release else None, "tables": tables}
    with suppress(EnvironmentFailure):
        write_text(out / RELEASES / name / ORIGIN, json.dumps(told))


def known_origin(out: Path, name: str) -> tuple[str, dict[str, dict[str, int]]] | None:
    """Return what the current release follows from, and the counts of its records; None where that isn't known."""
    release = current(out, name)
    try:
        told = json.loads(regular_bytes(out / RELEASES / name / ORIGIN))
        return (told["origin"], told["tables"]) if release and told["release"] == release.name else None
    except (OSError, ValueError, KeyError, TypeError, SetupError):
        return None


def rejected_file(out: Path, name: str) -> Path:
    """Return where the records stand that the current release of ``name`` goes without."""
    return out / f"{name}{REJECTED}"


def settle(out: Path, name: str) -> None:
    """Finish what a build had begun when it died, so that everything beside the release belongs to it."""
    home, link = out / RELEASES / name, out / name
    restore(link, home / FORMER)
    for note in (ORIGIN, HISTORY):
        sweep_partials(home / note)
    with failures(link):
        _new_link(link).unlink(missing_ok=True)
        waiting = list(home.glob(f"{REFUSED}*"))
        release = current(out, name) if waiting else None
        digest = folder_digest(release) if release else ""
        for path in waiting:
            if release and path.name == _waiting_name(digest):
                _place_rejected(path, rejected_file(out, name))
            else:
                path.unlink()


def _waiting_name(digest: str) -> str:
    return f"{REFUSED}{digest[:12]}"


def _place_rejected(waiting: Path, path: Path) -> None:
    """Put the refused records beside the release that goes without them; where there are none, so does no file."""
    with failures(path):
        if waiting.stat().st_size:
            waiting.replace(path)
        else:
            path.unlink(missing_ok=True)
            waiting.unlink()
    fsync_folder(path.parent)


def restore(link: Path, former: Path) -> None:
    """Put the former release back where a build died between its removal and its successor's arrival."""
    if former.is_dir() and not link.exists():
        with failures(link):
            link.unlink(missing_ok=True)
            former.rename(link)
        fsync_folder(link.parent)


def sweep(out: Path, name: str) -> None:
    """Remove what interrupted builds left, and all releases but the current one and its predecessor.

    The link says which is current, the history which one was so before it. A release that the history doesn't tell of,
    or in which other files stand than a build put there, isn't touched. What goes is first moved out of sight: what
    stands under a release's name is whole.
    """
    home = out / RELEASES / name
    area, history = home / STAGING, read_history(home)
    _remove(area)
    _remove(home / FORMER)
    kept = history.since_predecessor(_current_name(out, name))
    if not kept:
        return
    make_folder(area)
    with failures(home):
        for release, paths in history.releases:
            folder = home / release
            if release not in kept and RELEASE_NAME.fullmatch(release) and _is_as_made(folder, paths):
                folder.rename(area / release)
    _remove(area)
    left = tuple(each for each in history.releases if each[0] in kept or (home / each[0]).exists())
    if left != history.releases:
        _write_history(home, replace(history, releases=left))


def _is_as_made(folder: Path, paths: str | None) -> bool:
    """Say whether a folder has the very files, by their paths, that a build put there."""
    return folder.is_dir() and not folder.is_symlink() and _paths_digest(_all_paths(folder)) == paths


def _all_paths(folder: Path) -> list[str]:
    """Return the paths of all that stands in a folder but folders; links count, what systems leave doesn't."""
    found = list[str]()
    for top, folders, files in os.walk(folder):
        links = [name for name in folders if Path(top, name).is_symlink()]
        names = [name for name in (*files, *links) if not _LITTER.fullmatch(name) and name != INSTEAD_OF_LINK]
        found.extend(Path(top, name).relative_to(folder).as_posix() for name in names)
    return sorted(found)


def _paths_digest(paths: list[str]) -> str:
    return bytes_sha256("\0".join(paths).encode("utf-8", "surrogateescape"))


def _remove(folder: Path) -> None:
    if folder.exists():
        with failures(folder):
            shutil.rmtree(folder)


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
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            found.append(name.as_posix())
    return sorted(found)


def appear(staged: Path, out: Path, name: str, version: str, rejected: Path, known: Mapping[str, str]) -> Path:
    """Make the staged folder the current release of ``name``, in one step, and return its folder.

    Every file in it is on the disk already; its folders are put there now, before anything points to them. The file
    ``rejected`` has the records that the release goes without; where it is empty none stands beside the release.
    ``known`` has the SHA-256 of files that were verified just now.
    """
    home = out / RELEASES / name
    digest = folder_digest(staged, known)
    target, waiting = home / f"{version}-{digest[:12]}", home / _waiting_name(digest)
    for folder in (*(path for path in staged.rglob("*") if path.is_dir()), staged):
        fsync_folder(folder)
    paths = _all_paths(staged)
    _note(out, name, (target.name, _paths_digest(paths)), rejected)
    with failures(target):
        rejected.replace(waiting)
        if target.is_dir() and folder_digest(target) != digest:
            if others := sorted(set(_all_paths(target)) - set(paths)):
                raise _others(target / others[0])
            target.rename(staged.parent / "damaged")
        if not target.is_dir():
            staged.rename(target)
    fsync_folder(home)
    _point(out / name, Path(RELEASES) / name / target.name)
    _place_rejected(waiting, rejected_file(out, name))
    return target


def _note(out: Path, name: str, release: tuple[str, str], rejected: Path) -> None:
    """Note what is about to become current, before it does: what died on the way is known by it."""
    home, beside = out / RELEASES / name, rejected_file(out, name)
    with failures(rejected):
        hashes = tuple(file_sha256(path) for path in (beside, rejected) if path.is_file() and path.stat().st_size)
    history = read_history(home)
    releases = history.releases
    if not releases or releases[-1] != release:
        releases = (*releases, release)
    _write_history(home, History(releases, hashes))


def _new_link(link: Path) -> Path:
    return link.with_name(f".{link.name}.new")


def _point(link: Path, target: Path) -> None:
    """Replace the link in one step; where the file system has no links, put the folder itself there instead."""
    new, folder = _new_link(link), link.parent / target
    with failures(link):
        try:
            new.symlink_to(target, target_is_directory=True)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            new = folder
            write_text(folder / INSTEAD_OF_LINK, f"{folder.name}\n")
        _refuse_others(link.parent, link.name)
        _replace(link, new, folder.parent / FORMER)
    fsync_folder(link.parent)


def _replace(link: Path, new: Path, former: Path) -> None:
    """Put ``new`` in the place of ``link``, in one step where both are links.

    Where one is a folder, nothing stands there for an instant between two renames; ``restore`` mends that.
    """
    if new.is_symlink() and (link.is_symlink() or not link.exists()):
        new.replace(link)
        return
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        link.rename(former)
    new.rename(link)
    shutil.rmtree(former, ignore_errors=True)


def _refuse_others(out: Path, name: str) -> None:
    """Check that everything that a build of ``name`` may replace in ``out`` is a build's own.

    Raises:
        EnvironmentFailure: it isn't; the message names it.
    """
    link, history = out / name, read_history(out / RELEASES / name)
    new, beside = _new_link(link), rejected_file(out, name)
    with failures(link):
        if link.is_symlink():
            ours = _leads_to_release(link, name)
        else:
            release = _instead_of_link(link)
            ours = not link.exists() or (release is not None and _is_as_made(link, history.paths_of(release)))
        if not ours:
            raise _others(link)
        if os.path.lexists(new) and not (new.is_symlink() and _leads_to_release(new, name)):
            raise _others(new)
        if os.path.lexists(beside) and (beside.is_symlink() or not beside.is_file()):
            raise _others(beside)
        if beside.exists() and file_sha256(beside) not in history.rejected:
            raise _others(beside, "it isn't what a build put there")


def _leads_to_release(link: Path, name: str) -> bool:
    return link.readlink().parts[:2] == (RELEASES, name)
