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

import json
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import (
    NO_LINKS,
    failures,
    file_sha256,
    fsync_all,
    fsync_file,
    fsync_folder,
    make_folder,
    regular_bytes,
    sweep_partials,
    write_text,
    write_unsynced,
)
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.base.output_folders import INSTEAD_OF_LINK, RELEASES
from dataset_packager.release.build_lock import build_lock
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.release.history import HISTORY, History, read_history, write_history
from dataset_packager.release.own_files import (
    RELEASE_NAME,
    all_paths,
    instead_of_link,
    is_as_made,
    new_link,
    not_a_builds,
    paths_digest,
    refuse_others,
    rejected_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
STAGING, FORMER, REFUSED = ".staging", ".former", ".rejected-"
CHUNKS, ORIGIN = ".chunks", ".origin"


@contextmanager
def staging_area(out: Path, name: str) -> Iterator[Path]:
    """Give an empty folder for the one build at a time of ``name``; it is swept when the block ends.

    Raises:
        EnvironmentFailure: another build is running there, something that no build made stands there, or the folder
            can't be made.
    """
    home = out / RELEASES / name
    make_folder(home)
    with build_lock(home, out / name):
        refuse_others(out, name)
        settle(out, name)
        sweep(out, name)
        area = home / STAGING
        try:
            with failures(area):
                area.mkdir(exist_ok=True)
                staging = Path(tempfile.mkdtemp(prefix="", dir=area))  # nobody who outlived a dead build knows it
            yield staging
        finally:
            shutil.rmtree(area, ignore_errors=True)


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
        return instead_of_link(link)


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
        write_unsynced(out / RELEASES / name / ORIGIN, json.dumps(told))


def known_origin(out: Path, name: str) -> tuple[str, dict[str, dict[str, int]]] | None:
    """Return what the current release follows from, and the counts of its records; None where that isn't known."""
    release = current(out, name)
    try:
        told = json.loads(regular_bytes(out / RELEASES / name / ORIGIN))
        return (told["origin"], told["tables"]) if release and told["release"] == release.name else None
    except (OSError, ValueError, KeyError, TypeError, SetupError):
        return None


def settle(out: Path, name: str) -> None:
    """Finish what a build had begun when it died, so that everything beside the release belongs to it."""
    home, link = out / RELEASES / name, out / name
    restore(link, home / FORMER)
    for note in (ORIGIN, HISTORY):
        sweep_partials(home / note)
    with failures(link):
        new_link(link).unlink(missing_ok=True)
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
            stale = path.exists()
            path.unlink(missing_ok=True)
            waiting.unlink()
            if not stale:
                return
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
            if release not in kept and RELEASE_NAME.fullmatch(release) and is_as_made(folder, paths):
                folder.rename(area / release)
    _remove(area)
    left = tuple(each for each in history.releases if each[0] in kept or (home / each[0]).exists())
    if left != history.releases:
        write_history(home, replace(history, releases=left))


def _remove(folder: Path) -> None:
    if folder.exists():
        with failures(folder):
            shutil.rmtree(folder)


def appear(staged: Path, out: Path, name: str, version: str, rejected: Path, known: Mapping[str, str]) -> Path:
    """Make the staged folder the current release of ``name``, in one step, and return its folder.

    The files that are ``known``, by their SHA-256, are on the disk already and were verified just now; all else is put
    there before anything points to it. The file ``rejected`` has the records that the release goes without; where it is
    empty none stands beside the release.
    """
    home = out / RELEASES / name
    digest = folder_digest(staged, known)
    target, waiting = home / f"{version}-{digest[:12]}", home / _waiting_name(digest)
    fsync_all(staged, known)
    if rejected.stat().st_size:
        fsync_file(rejected)
    paths = all_paths(staged)
    _note(out, name, (target.name, paths_digest(paths)), rejected)
    with failures(target):
        rejected.replace(waiting)
        if target.is_dir() and folder_digest(target) != digest:
            if others := sorted(set(all_paths(target)) - set(paths)):
                raise not_a_builds(target / others[0])
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
    write_history(home, History(releases, hashes))


def _point(link: Path, target: Path) -> None:
    """Replace the link in one step; where the file system has no links, put the folder itself there instead."""
    new, folder = new_link(link), link.parent / target
    with failures(link):
        try:
            new.symlink_to(target, target_is_directory=True)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            new = folder
            write_text(folder / INSTEAD_OF_LINK, f"{folder.name}\n")
        refuse_others(link.parent, link.name)
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
