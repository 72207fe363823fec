"""Releases: immutable folders, of which one small link says which is current.

<out>/<name>                       -> .releases/<name>/<version>-<digest>
<out>/.releases/<name>/.lock       held by the one writer, released by the operating system when it dies
<out>/.releases/<name>/.staging/   what is being made
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.files import failures, file_sha256, fsync_folder, make_folder
from dataset_packager.findings import EnvironmentFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 2
RELEASES, STAGING, LOCK, FORMER = ".releases", ".staging", ".lock", ".former"


@contextmanager
def staging_area(out: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for the one build at a time of ``name``; it is swept when the block ends.

    Raises:
        EnvironmentFailure: another build is running there, or the folder can't be made.
    """
    home = out / RELEASES / name
    make_folder(home)
    with failures(home / LOCK), (home / LOCK).open("w") as lock:
        _take(lock.fileno(), out / name)
        restore(out / name, home / FORMER)
        sweep(home, current(out, name))
        staging = home / STAGING
        make_folder(staging)
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _take(descriptor: int, link: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise EnvironmentFailure(f"{link}: another build is writing it: wait for it, or choose another --out") from None


def current(out: Path, name: str) -> Path | None:
    """Return the folder of the current release, or None where there is none."""
    link = out / name
    return link.resolve() if link.is_dir() else None


def restore(link: Path, former: Path) -> None:
    """Put the former release back where a build died between its removal and its successor's arrival."""
    if former.is_dir() and not link.exists():
        with failures(link):
            former.rename(link)
        fsync_folder(link.parent)


def sweep(home: Path, keep: Path | None) -> None:
    """Remove what interrupted builds left, and all releases but the current one and its predecessor."""
    releases = [path for path in home.iterdir() if path.is_dir() and not path.name.startswith(".")]
    others = sorted((path for path in releases if path != keep), key=lambda path: path.stat().st_mtime_ns)
    for path in (home / STAGING, home / FORMER, *others[: -(KEPT - 1)]):
        if path.exists():
            with failures(path):
                shutil.rmtree(path)


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 over the hashes and paths of all files of a release, in order of their paths."""
    whole = hashlib.sha256()
    for name in release_files(folder):
        whole.update(f"{file_sha256(folder / name)}  {name}\n".encode())
    return whole.hexdigest()


def release_files(folder: Path) -> list[str]:
    """Return the paths of a release's files, sorted; hidden ones, which git and the Hub add, are ignored."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            found.append(name.as_posix())
    return sorted(found)


def appear(staged: Path, out: Path, name: str, version: str) -> Path:
    """Make the staged folder the current release of ``name``, in one step, and return its folder.

    Every file in it is on the disk already; its folders are put there now, before anything points to them.
    """
    home = out / RELEASES / name
    digest = folder_digest(staged)
    target = home / f"{version}-{digest[:12]}"
    for folder in (*(path for path in staged.rglob("*") if path.is_dir()), staged):
        fsync_folder(folder)
    if not target.is_dir() or folder_digest(target) != digest:
        with failures(target):
            if target.exists():
                shutil.rmtree(target)
            staged.rename(target)
        fsync_folder(home)
    _point(out / name, Path(RELEASES) / name / target.name)
    return target


def _point(link: Path, target: Path) -> None:
    """Replace the link in one step; where the file system has no links, put the folder itself there instead."""
    new = link.with_name(f".{link.name}.new")
    with failures(link):
        new.unlink(missing_ok=True)
        try:
            new.symlink_to(target, target_is_directory=True)
        except OSError:
            _refuse_others(link, made_here=(link / "bagit.txt").is_file())
            _put(link, link.parent / target)
        else:
            _refuse_others(link, made_here=link.is_symlink())
            new.replace(link)
    fsync_folder(link.parent)


def _refuse_others(link: Path, *, made_here: bool) -> None:
    if link.exists() and not made_here:
        raise EnvironmentFailure(f"{link}: something that no build made stands there: move it away")


def _put(link: Path, folder: Path) -> None:
    """Put the folder at the link's place. Between the two renames nothing stands there; a sweep mends that."""
    former = folder.parent / FORMER
    if link.exists():
        link.rename(former)
    folder.rename(link)
    shutil.rmtree(former, ignore_errors=True)
