"""Small copies of pictures for the page, made by Pillow in the process that decodes, where the configuration asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.extras import missing
from dataset_packager.base.package_versions import shaping_versions
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


def thumbnail_packages(config: Config) -> tuple[str, ...]:
    """Return the packages that shape a release for its thumbnails: none where it has none."""
    return (PACKAGE,) if declared(config).thumbnails else ()


def check_thumbnails(config: Config) -> None:
    """Check that thumbnails can be made where they are wanted.

    Raises:
        SetupError: Pillow is missing.
    """
    if declared(config).thumbnails and FAMILY not in decoders():
        raise missing(EXTRA, f"[{SECTION}.report] thumbnails")


def other_thumbnails(release: Release) -> Iterator[Told]:
    """Say why the thumbnails of a release can't be made again as they were, where that is so."""
    for package in thumbnail_packages(release.config):
        told, here = release.told_versions.get(package), shaping_versions(package).get(package)
        if told is None:
            yield unsound(PROVENANCE, f"doesn't say which version of {package} made the report's thumbnails")
        elif told != here or FAMILY not in decoders():
            yield Skipped(f"its thumbnails were made with {package} {told}, which isn't what is installed here")
