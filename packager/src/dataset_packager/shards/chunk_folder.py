"""Done chunks in a folder, each in a folder of its own; a release has the same files under names of its own."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dataset_packager.base.files import failures, file_sha256, new_folder, write_unsynced
from dataset_packager.base.findings import PackagerError
from dataset_packager.shards.chunk_results import ChunkResult
from dataset_packager.shards.chunk_store import RESULT, ChunkStore
from dataset_packager.stores.objects import Reach

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

_MADE_HERE = re.compile(r"[0-9a-f]{32}|\.[a-z0-9_]{8}")  # a chunk that is done, or one that was being made


def chunk_in(folder: Path) -> ChunkResult | None:
    """Return what came of the chunk whose files lie in ``folder``; None where there is none, or it isn't whole."""
    try:
        result = ChunkResult.from_json((folder / RESULT).read_bytes())
        if any(file_sha256(folder / name) != sha256 for name, sha256 in result.files.items()):
            return None
    except (OSError, PackagerError, ValueError, KeyError, TypeError):
        return None
    return replace(result, folder=folder)


@dataclass(frozen=True)
class ChunkFolder(ChunkStore):
    """The chunks in ``folder``: one is made in a hidden folder beside them, and renamed when it is done."""

    folder: Path
    reach = Reach.FOLDER

    def find(self, name: str) -> ChunkResult | None:
        """Return what came of a chunk, by the bytes of all its files."""
        return chunk_in(self.folder / name)

    @contextmanager
    def making(self) -> Iterator[Path]:
        """Give a hidden folder beside the chunks; what is still called so in the end goes."""
        folder = new_folder(self.folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def put(self, name: str, made: Path, result: ChunkResult) -> None:
        """Write the result, and give the folder its name; what the machine loses of it, ``find`` misses."""
        folder = self.folder / name
        write_unsynced(made / RESULT, result.as_json())
        with failures(folder):
            if folder.exists():
                shutil.rmtree(folder)
            made.rename(folder)

    def shards(self, result: ChunkResult) -> list[Path]:
        """Return the files in the chunk's folder."""
        return [self.folder / result.name / shard.written.name for shard in result.shards]

    def open(self, results: Sequence[ChunkResult], scratch: Path) -> list[ChunkResult]:  # noqa: ARG002 - they lie here
        """Return the results with the folders that they lie in."""
        return [replace(result, folder=self.folder / result.name) for result in results]

    def sweep(self, needed: Collection[str]) -> None:
        """Remove all but what is needed; nobody else builds here at the same time."""
        with failures(self.folder):
            for path in self.folder.iterdir() if self.folder.is_dir() else ():
                if path.name not in needed and _MADE_HERE.fullmatch(path.name) and not path.is_symlink():
                    shutil.rmtree(path)
