"""The bag: every file as its manifests say, and no other file."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.output_folders import INSTEAD_OF_LINK
from dataset_packager.base.text import quoted
from dataset_packager.documents.document import documents
from dataset_packager.release import bag
from dataset_packager.release.names import CARD, DECLARATION, INFO, MANIFEST, TAG_MANIFEST
from dataset_packager.release.release_files import leads_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.release.release_files import Release

OUTSIDE = (CARD, TAG_MANIFEST)  # no manifest has them
NEEDED = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, CARD)
LEFT_BY_OTHERS = (INSTEAD_OF_LINK, ".git", ".gitattributes", ".github", ".gitignore", ".cache/huggingface")
LEFT_BY_SYSTEMS = ".DS_Store"  # in whatever folder


def check_manifests(release: Release) -> Iterator[Told]:
    """Compare every file with the bag's manifests (RFC 8493, section 3); any file that nobody names is wrong."""
    yield from _check_kinds(release.folder)
    for name in NEEDED:
        yield 1 if name in release.files else unsound(name, "missing")
    named, there = set(OUTSIDE), set(release.files)
    for manifest in (MANIFEST, TAG_MANIFEST):
        if manifest not in there:
            continue
        hashes, others = bag.manifest_lines(release.text(manifest, newline=""))
        for number, line in others.items():
            yield unsound(manifest, f"{quoted(line)} is no line of a manifest, or stands twice", number)
        named |= hashes.keys()
        for name, sha256 in hashes.items():
            yield _compare(release, manifest, name, sha256 if name in there else None)
    for name in release.files:
        if name not in named:
            yield unsound(name, "nobody names this file")
    yield from _check_documents(release, sorted(named & there))
    yield from _check_bag_files(release)


def _check_documents(release: Release, names: list[str]) -> Iterator[Told]:
    """Check that every file has a place in a release; another version of this program may know more of them."""
    known = [pattern for document in documents() for pattern in document.files]
    for name in names:
        its_own = name in NEEDED or bag.is_payload(name) or name.startswith("schema/")
        if not its_own and not any(fnmatchcase(name, pattern) for pattern in known):
            surplus = unsound(name, "is no document that a release has")
            yield surplus if release.same_versions else Skipped(f"{name}: no document of this version is called so")


def _compare(release: Release, manifest: str, name: str, sha256: str | None) -> Told:
    """Compare a file with what a manifest says, None if the release has no such file: no other path is ever opened."""
    if bag.is_payload(name) != (manifest == MANIFEST):
        return unsound(name, f"stands in the wrong manifest, {manifest}")
    if leads_out(PurePosixPath(name)):
        return unsound(manifest, f"{name!r} leads out of the release")
    if sha256 is None:
        return unsound(name, f"missing, but {manifest} names it")
    return 1 if release.sha256(name) == sha256 else unsound(name, f"its SHA-256 is not that of {manifest}")


def _check_bag_files(release: Release) -> Iterator[Told]:
    if DECLARATION in release.files:
        same = release.text(DECLARATION) == bag.declaration()
        yield 1 if same else unsound(DECLARATION, "is not the declaration of a BagIt 1.0 bag in UTF-8")
    if INFO in release.files:
        sizes = {n: (release.folder / n).stat().st_size for n in release.files if bag.is_payload(n)}
        config = release.config
        expected = bag.info(f"{config.name}-{config.version}", config.description, config.released, sizes)
        same = release.text(INFO) == expected
        yield 1 if same else unsound(INFO, "name, version, date, or number of files and bytes are not the release's")


def _check_kinds(folder: Path) -> Iterator[Told]:
    """Check that all is files and folders: no link, no pipe, nothing hidden that a reader could take for data.

    What builds, git, the Hub's client and systems leave beside a release is passed over, unless it is called like
    Parquet: DuckDB, Polars and pandas read hidden files like others.
    """
    left = [("", str(folder))]
    while left:
        above, place = left.pop()
        with os.scandir(place) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = above + entry.name
            if entry.is_symlink():
                yield unsound(name, "is a link: a release holds its files itself")
            elif entry.is_dir(follow_symlinks=False):
                left.append((f"{name}/", entry.path))
            elif not entry.is_file(follow_symlinks=False):
                yield unsound(name, "is no regular file")
            elif f"/{name}".count("/.") and (not _is_left_by_others(name) or name.lower().endswith(".parquet")):
                yield unsound(name, "nobody names this hidden file, which some programs read")


def _is_left_by_others(name: str) -> bool:
    if name.rpartition("/")[2] == LEFT_BY_SYSTEMS:
        return True
    return any(name == left or name.startswith(f"{left}/") for left in LEFT_BY_OTHERS)
