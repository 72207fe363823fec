"""Releases in a folder, behind a link; ``release.folder`` says what stands there and how it gets there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.output_folders import REJECTED
from dataset_packager.base.paths import insist_on_text
from dataset_packager.release import bag, local_releases
from dataset_packager.release.destinations.interface import Destination
from dataset_packager.release.names import MANIFEST
from dataset_packager.shards.chunk_folder import ChunkFolder
from dataset_packager.stores.objects import local_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dataset_packager.shards.chunk_results import ChunkResult


@dataclass(frozen=True)
class Folder(Destination):
    """The releases of ``name`` in a folder, as it was ``given`` and as ``out``, absolute and through no link."""

    out: Path
    name: str
    given: Path

    @classmethod
    def at(cls, out: str, name: str) -> Folder:
        """Return the destination that a path or a ``file://`` URL names."""
        given = local_path(out) or Path(out)
        out = os.path.realpath(given)
        insist_on_text(out)
        return cls(Path(out), name, given)

    @property
    def shown(self) -> str:
        """The path of the link."""
        return str(self.given / self.name)

    @property
    def folder(self) -> Path:
        """The folder itself."""
        return self.out

    @property
    def chunks(self) -> ChunkFolder:
        """Those in the folder of releases."""
        return ChunkFolder(local_releases.chunks_folder(self.out, self.name))

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a folder beside the releases to the one build that may write there."""
        with local_releases.staging_area(self.out, self.name) as staging:
            yield staging

    def sweep(self, needed: Collection[str]) -> None:
        """Remove chunks; releases are swept when the next build begins."""
        self.chunks.sweep(needed)

    def current(self, scratch: Path) -> Path | None:  # noqa: ARG002 - it stands here
        """Return the folder that the link leads to."""
        return local_releases.current(self.out, self.name)

    def appear(self, release: Path, version: str, rejected: Path, chunks: Sequence[ChunkResult]) -> str:  # noqa: ARG002
        """Rename the release's folder, and replace the link."""
        known = bag.parse_manifest((release / MANIFEST).read_text("utf-8"))
        local_releases.appear(release, self.out, self.name, version, rejected, known)
        return f"{self.shown}{REJECTED}"

    def known_origin(self) -> tuple[str, dict[str, dict[str, int]]] | None:
        """Return what was laid down beside the release."""
        return local_releases.known_origin(self.out, self.name)

    def note_origin(self, origin: str, tables: Mapping[str, Mapping[str, int]]) -> None:
        """Lay it down beside the release."""
        local_releases.note_origin(self.out, self.name, origin, tables)
