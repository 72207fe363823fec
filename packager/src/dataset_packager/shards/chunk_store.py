"""A store of done chunks: what went in is the same, so what came out is, and needn't be made again.

Each chunk's shards, keys, findings and refused records lie there under a name that is the digest of all that they
follow from (``chunk_name``). Whoever makes a chunk, here or on another machine, looks it up, and puts it there when it
is done; the build reads it from there. What a build doesn't need is swept when all its chunks are done; what one that
was interrupted had made waits for the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.stores.objects import Reach

RESULT = "result.json"
"""What came of a chunk, among its files; last to be there."""


class ChunkStore(ABC):
    """Chunks by name; it travels to the workers, by pickle, as far as its ``reach`` goes.

    A chunk is there whole or not at all, whoever dies while it is put. Made and put twice it is the same.
    """

    reach: Reach

    @abstractmethod
    def find(self, name: str) -> ChunkResult | None:
        """Return what came of a chunk; None where there is none, or it isn't whole."""

    @abstractmethod
    def making(self) -> AbstractContextManager[Path]:
        """Give an empty folder of this machine to make a chunk in."""

    @abstractmethod
    def put(self, name: str, made: Path, result: ChunkResult) -> None:
        """Let the chunk that was made in a folder appear under its name, instead of what stands there.

        Args:
            name: as ``chunk_name`` gives it.
            made: the folder that ``making`` gave; it has all the files that ``result`` names.
            result: what came of the chunk; ``RESULT`` holds it, and is written last.
        """

    def shards(self, result: ChunkResult) -> list[Path]:  # noqa: ARG002 - of most stores
        """Return the shards of a chunk that lie in folders of this machine, and may not be on its disk yet: none."""
        return []

    @abstractmethod
    def open(self, results: Sequence[ChunkResult], scratch: Path) -> list[ChunkResult]:
        """Return the results with folders of this machine in which their files can be read; ``scratch`` has room."""

    @abstractmethod
    def sweep(self, needed: Collection[str]) -> None:
        """Remove all other chunks, and what killed workers left; nothing that is called otherwise than a chunk."""
