"""Done chunks behind a URL: a worker makes one in a scratch folder and puts its files there, the result last."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dataset_packager.base.files import scratch_folder, write_unsynced
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.shards.chunk_folder import chunk_in
from dataset_packager.shards.chunk_results import ChunkResult
from dataset_packager.shards.chunk_store import RESULT, ChunkStore
from dataset_packager.stores.objects import ABANDONED, TRANSFERS, Prefix, Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class ChunkObjects(ChunkStore):
    """The chunks below a prefix; whoever else is building may have chunks there, too."""

    prefix: Prefix

    @property
    def reach(self) -> Reach:  # type: ignore[override]
        """Who else can reach them."""
        return reach_of(self.prefix.url)

    def find(self, name: str) -> ChunkResult | None:
        """Return what came of a chunk; its bytes are looked at when it is opened."""
        there = self.prefix.within(name)
        data = there.read(RESULT)
        if data is None:
            return None
        try:
            result = ChunkResult.from_json(data)
        except (ValueError, KeyError, TypeError):
            return None
        sizes = {file: stored.size for file, stored in there.names().items()}
        whole = all(sizes.get(shard.written.name) == shard.written.size for shard in result.shards)
        return result if whole and result.files.keys() <= sizes.keys() else None

    @contextmanager
    def making(self) -> Iterator[Path]:
        """Give a scratch folder."""
        with scratch_folder() as scratch:
            yield scratch

    def put(self, name: str, made: Path, result: ChunkResult) -> None:
        """Copy the files into the store."""
        there = self.prefix.within(name)
        write_unsynced(made / RESULT, result.as_json())
        for file in (*sorted(result.files), RESULT):
            there.put(made / file, file)

    def open(self, results: Sequence[ChunkResult], scratch: Path) -> list[ChunkResult]:
        """Copy all chunks into folders in ``scratch``.

        Raises:
            EnvironmentFailure: the network or the disk fails, or a chunk is damaged; it is made anew the next time.
        """
        with ThreadPoolExecutor(TRANSFERS) as pool:
            return list(pool.map(lambda result: self._fetched(result, scratch / result.name), results))

    def _fetched(self, result: ChunkResult, folder: Path) -> ChunkResult:
        there = self.prefix.within(result.name)
        for file in (*result.files, RESULT):
            there.get(file, folder / file)
        fetched = chunk_in(folder)
        if fetched is None or fetched.files != result.files:
            there.remove([RESULT])
            raise EnvironmentFailure(f"{there.url}: damaged in the store: run the same command again to make it anew")
        result.folder = folder
        return result

    def urls(self, results: Sequence[ChunkResult]) -> dict[str, str]:
        """Return the URL of each shard by its SHA-256."""
        return {
            shard.written.sha256: f"{self.prefix.url}/{result.name}/{shard.written.name}"
            for result in results
            for shard in result.shards
        }

    def sweep(self, needed: Collection[str]) -> None:
        """Remove what isn't needed and has been left alone for long: nobody knows who else is building."""
        before = datetime.now(UTC) - ABANDONED
        self.prefix.abort_uploads(before)
        chunks: dict[str, list[str]] = {}
        for path in map(PurePosixPath, self.prefix.written_before(before)):
            if len(path.parts) == 2 and _NAME.fullmatch(path.parts[0]) and path.parts[0] not in needed:
                chunks.setdefault(path.parts[0], []).append(path.name)
        for name in chunks:
            there = self.prefix.within(name)
            there.remove(there.written_before(before))  # looked at again: another build may just have put it
