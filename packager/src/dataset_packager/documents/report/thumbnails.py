"""Small copies of pictures for the page, made by Pillow in the process that decodes, where the configuration asks."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.extras import missing
from dataset_packager.documents.report.declaration import declared
from dataset_packager.project.config import SECTION
from dataset_packager.records.decoders import decoder, decoders
from dataset_packager.release.names import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release

PACKAGE, EXTRA, FAMILY = "pillow", "images", "image"
LIBRARIES = ("jpg", "libjpeg_turbo", "jpg_2000", "webp", "avif")
"""What Pillow reads and writes lossy pictures with: a system's package may have others than Pillow's own."""
MOST_BYTES = 32 * 2**10  # of a thumbnail; noise of all colours takes less
MOST_TRIED = 200  # for a page, whether one came of it or not


class Thumbnails:
    """Makes the thumbnails of one page, of which there are few."""

    def __init__(self) -> None:
        self._left = MOST_TRIED

    def made(self, kind: str, content: bytes | memoryview) -> bytes | None:
        """Return the small copy of a picture as JPEG; none of what can't be decoded, or comes after too many."""
        if not kind.startswith(f"{FAMILY}/") or not self._left:
            return None
        self._left -= 1
        return decoder().thumbnail(kind, content, MOST_BYTES)


def thumbnail_versions(config: Config) -> dict[str, str]:
    """Return the version of what makes a release's thumbnails here: none where it has none, or nothing can."""
    return {PACKAGE: _pillow()} if declared(config).thumbnails and FAMILY in decoders() else {}


@cache
def _pillow() -> str:
    features: Any = import_module("PIL.features")
    known = {*features.modules, *features.codecs, *features.features}
    found = [f"{name} {features.version(name)}" for name in LIBRARIES if name in known and features.check(name)]
    return f"{version(PACKAGE)} ({', '.join(found)})"


def check_thumbnails(config: Config) -> None:
    """Check that thumbnails can be made where they are wanted.

    Raises:
        SetupError: Pillow is missing.
    """
    if declared(config).thumbnails and FAMILY not in decoders():
        raise missing(EXTRA, f"[{SECTION}.report] thumbnails")


def other_thumbnails(release: Release) -> Iterator[Told]:
    """Say why the thumbnails of a release can't be made again as they were, where that is so."""
    if declared(release.config).thumbnails:
        told = release.told_versions.get(PACKAGE)
        if told is None:
            yield unsound(PROVENANCE, f"doesn't say which version of {PACKAGE} made the report's thumbnails")
        elif told != thumbnail_versions(release.config).get(PACKAGE):
            yield Skipped(f"its thumbnails were made with {PACKAGE} {told}, which isn't what is installed here")
