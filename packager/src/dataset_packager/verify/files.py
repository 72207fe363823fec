"""The bag: every file as its manifests say, and no other file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dataset_packager.release import bag
from dataset_packager.release.names import CARD, DECLARATION, INFO, MANIFEST, TAG_MANIFEST
from dataset_packager.release.reader import leads_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.release.reader import Release
    from dataset_packager.verify.proof import Told

OUTSIDE = (CARD, TAG_MANIFEST)  # no manifest has them
NEEDED = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, CARD)


def check_manifests(release: Release) -> Iterator[Told]:
    """Compare every file with the bag's manifests (RFC 8493, section 3); any file that nobody names is wrong."""
    for name in NEEDED:
        yield 1 if name in release.files else f"{name}: missing"
    named = set(OUTSIDE)
    for manifest in (MANIFEST, TAG_MANIFEST):
        if manifest not in release.files:
            continue
        hashes = bag.parse_manifest(release.text(manifest, newline=""))
        named |= hashes.keys()
        for name, sha256 in hashes.items():
            yield _compare(release, manifest, name, sha256)
    for name in release.files:
        if name not in named:
            yield f"{name}: nobody names this file"
    yield from _check_bag_files(release)


def _compare(release: Release, manifest: str, name: str, sha256: str) -> Told:
    if bag.is_payload(name) != (manifest == MANIFEST):
        return f"{name}: stands in the wrong manifest, {manifest}"
    if leads_out(PurePosixPath(name)):
        return f"{manifest}: {name!r} leads out of the release"
    if not (release.folder / name).is_file():
        return f"{name}: missing, but {manifest} names it"
    return 1 if release.sha256(name) == sha256 else f"{name}: its SHA-256 is not that of {manifest}"


def _check_bag_files(release: Release) -> Iterator[Told]:
    if DECLARATION in release.files:
        same = release.text(DECLARATION) == bag.declaration()
        yield 1 if same else f"{DECLARATION}: is not the declaration of a BagIt 1.0 bag in UTF-8"
    if INFO in release.files:
        sizes = {n: (release.folder / n).stat().st_size for n in release.files if bag.is_payload(n)}
        config = release.config
        expected = bag.info(f"{config.name}-{config.version}", config.description, config.released, sizes)
        same = release.text(INFO) == expected
        yield 1 if same else f"{INFO}: name, version, date, or number of files and bytes are not the release's"
