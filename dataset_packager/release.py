"""Releases: immutable folders, of which one small link says which is current.

<out>/<name>                        -> .releases/<name>/<version>-<digest>
<out>/<name>.rejected.jsonl         the records that this release goes without
<out>/.releases/<name>/.lock        held by the one writer, released by the operating system when it dies
<out>/.releases/<name>/.staging/…/  what is being made
<out>/.releases/<name>/.chunks/…/   the chunks that are done, kept for the next build
<out>/.releases/<name>/.origin      what the current release follows from, and the counts of its records
<out>/.releases/<name>/.rejected-…  refused records on their way to their place, by the release that they belong to

Whenever a build dies, the link leads to a whole release; whatever else it left, the next one mends or removes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.files import failures, file_sha256, fsync_folder, make_folder, sweep_partials, write_text
from dataset_packager.findings import EnvironmentFailure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT = 2
RELEASES, STAGING, LOCK, FORMER, REFUSED = ".releases", ".staging", ".lock", ".former", ".rejected-"
CHUNKS, ORIGIN = ".chunks", ".origin"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})


@contextmanager
def staging_area(out: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for the one build at a time of ``name``; it is swept when the block ends.

    Raises:
        EnvironmentFailure: another build is running there, something that no build made stands there, or the folder
            can't be made.
    """
    home = out / RELEASES / name
    make_folder(home)
    with _lock(home / LOCK, out / name):
        _refuse_others(out / name)
        settle(out, name)
        sweep(home, current(out, name))
        area = home / STAGING
        make_folder(area)
        try:
            with failures(area):
                staging = Path(tempfile.mkdtemp(prefix="", dir=area))  # nobody who outlived a dead build knows it
            yield staging
        finally:
            shutil.rmtree(area, ignore_errors=True)


@contextmanager
def _lock(path: Path, link: Path) -> Iterator[None]:
    with failures(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        with failures(path):
            _take(descriptor, link)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, link: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EnvironmentFailure(f"{link}: another build is writing it: wait for it, or choose another --out") from None


def current(out: Path, name: str) -> Path | None:
    """Return the folder of the current release, or None where there is none."""
    link = out / name
    return link.resolve() if link.is_dir() else None


def chunk_store(out: Path, name: str) -> Path:
    """Return the folder in which the chunks of ``name`` that are done are kept from build to build."""
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
        told = json.loads((out / RELEASES / name / ORIGIN).read_bytes())
        return (told["origin"], told["tables"]) if release and told["release"] == release.name else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def rejected_file(out: Path, name: str) -> Path:
    """Return where the records stand that the current release of ``name`` goes without."""
    return out / f"{name}.rejected.jsonl"


def settle(out: Path, name: str) -> None:
    """Finish what a build had begun when it died, so that everything beside the release belongs to it."""
    home, link = out / RELEASES / name, out / name
    restore(link, home / FORMER)
    for path in (rejected_file(out, name), link):
        sweep_partials(path)
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


def sweep(home: Path, keep: Path | None) -> None:
    """Remove what interrupted builds left, and all releases but the current one and its predecessor.

    A release younger than the current one never became current: its build died just before. What goes is first moved
    out of sight: what stands under a release's name is whole.
    """
    area = home / STAGING
    _remove(area)
    _remove(home / FORMER)
    make_folder(area)
    with failures(home):
        releases = [path for path in home.iterdir() if path.is_dir() and not path.name.startswith(".")]
        since = keep.stat().st_mtime_ns if keep in releases and keep else None
        others = sorted((_became_current(path), path) for path in releases if path != keep)
        former = [path for time, path in others if since is None or time <= since][-(KEPT - 1) :]
        for _, path in others:
            if path not in former:
                path.rename(area / path.name)
    _remove(area)


def _became_current(release: Path) -> int:
    return release.stat().st_mtime_ns


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
    with failures(target):
        rejected.replace(waiting)
        if target.is_dir() and folder_digest(target) != digest:
            target.rename(staged.parent / "damaged")
        if not target.is_dir():
            staged.rename(target)
        os.utime(target)  # a sweep tells by it who came before whom
    fsync_folder(home)
    _point(out / name, Path(RELEASES) / name / target.name)
    _place_rejected(waiting, rejected_file(out, name))
    return target


def _new_link(link: Path) -> Path:
    return link.with_name(f".{link.name}.new")


def _point(link: Path, target: Path) -> None:
    """Replace the link in one step; where the file system has no links, put the folder itself there instead."""
    _refuse_others(link)
    new, folder = _new_link(link), link.parent / target
    with failures(link):
        try:
            new.symlink_to(target, target_is_directory=True)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            new = folder
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


def _refuse_others(link: Path) -> None:
    if link.is_symlink():
        made_here = link.readlink().parts[:1] == (RELEASES,)
    else:
        made_here = not link.exists() or (link / "bagit.txt").is_file()
    if not made_here:
        raise EnvironmentFailure(f"{link}: something that no build made stands there: move it away")
