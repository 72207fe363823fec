"""A destination of releases: where they appear, whole and in one step, and what is kept there from build to build."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.shards.chunk_store import ChunkStore


class Destination(ABC):
    """The releases of one dataset, of which one is current.

    A release is made and verified in a staging folder of this machine, and then appears. Whatever dies or fails on the
    way, the current release stays whole and current until the next one is.
    """

    @classmethod
    @abstractmethod
    def at(cls, out: str, name: str) -> Destination:
        """Return the destination of the dataset ``name`` that ``--out`` names, a path or a URL.

        Raises:
            SetupError: nothing can be written there.
        """

    @property
    @abstractmethod
    def shown(self) -> str:
        """What people call the current release by."""

    @property
    @abstractmethod
    def folder(self) -> Path | None:
        """The folder of this machine in which releases appear, where nothing is input; None where there is none."""

    @property
    @abstractmethod
    def chunks(self) -> ChunkStore:
        """The chunks that are done, for the builds that follow."""

    @abstractmethod
    def staging(self) -> AbstractContextManager[Path]:
        """Give an empty folder of this machine to make the next release in.

        What interrupted builds have left is mended or removed first, if it is provably a build's own.

        Raises:
            EnvironmentFailure: nobody may write there now.
        """

    @abstractmethod
    def sweep(self, needed: Collection[str]) -> None:
        """Remove the chunks that aren't ``needed``, by name, and what else nobody needs any more."""

    @abstractmethod
    def current(self, scratch: Path) -> Path | None:
        """Return a folder of this machine with the current release, if need be a copy in ``scratch``; else None."""

    @abstractmethod
    def appear(self, release: Path, version: str, rejected: Path, chunks: Sequence[ChunkResult]) -> str:
        """Make a release current, and return where refused records are put, if there are any.

        Args:
            release: its folder, in the staging folder; it has been verified, so that its manifest holds.
            version: the dataset's.
            rejected: a file of the records that it goes without; where it is empty none stands beside the release.
            chunks: those that it is made of, as they stand in ``chunks``.

        Raises:
            EnvironmentFailure: it couldn't be, or another build's release became current meanwhile.
        """

    @classmethod
    def fetch(cls, url: str, folder: Path) -> None:  # noqa: ARG003 - of those that can
        """Copy the release that a URL names into a folder, for ``verify`` and ``diff``.

        Raises:
            SetupError: no release stands there, or none can be read from there.
            DataFindings: a file is missing, or isn't what it was.
        """
        raise SetupError(f"{url}: no release can be read from there: name the folder of one")

    def known_origin(self) -> tuple[str, dict[str, dict[str, int]]] | None:
        """Return what the current release follows from, and the counts of its records; None where that isn't known."""
        return None

    def note_origin(self, origin: str, tables: Mapping[str, Mapping[str, int]]) -> None:  # noqa: B027 - one may do without
        """Lay down what the release that has just appeared follows from, where ``known_origin`` finds it."""
