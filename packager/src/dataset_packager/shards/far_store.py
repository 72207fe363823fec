"""Chunks that are made elsewhere: what must be the same there as here, and chunks that go to an object store.

A worker makes a chunk in a scratch folder of its own and puts what it gave into the store, under the chunk's name and
``result.json`` last. So a chunk is whole when that stands, wherever its maker died, and made twice it has the same
bytes.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.files import bytes_sha256, make_folder, scratch_folder, write_text
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.base.versions import shaping_versions
from dataset_packager.shards.chunk import make_shards, name_of
from dataset_packager.shards.chunk_store import RESULT, code_digest, parse_result, take_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.records.plan import Chunk
    from dataset_packager.shards.judge import TableJob
    from dataset_packager.shards.results import ChunkResult
    from dataset_packager.stores.objects import Prefix

MARK = "driver"
TRANSFERS = 8  # files on their way to or from the store at a time
Schemas = tuple[tuple[str, bytes], ...]
_KEPT_OPEN = ExitStack()


def mark(folder: Path) -> Path:
    """Leave something in ``folder`` by which a worker can show that it sees the same folder; return the file."""
    write_text(folder / MARK, os.urandom(16).hex())
    return folder / MARK


def circumstances(files: tuple[Path, ...]) -> dict[str, str]:
    """Return by name what must be the same for driver and workers: versions, code, and the files that both must see."""
    seen = {f"the file {path}": _content(path) for path in files}
    return shaping_versions() | {"the build's code": code_digest()[:12]} | seen


def _content(path: Path) -> str:
    try:
        return bytes_sha256(path.read_bytes())[:12]
    except OSError:
        return "missing"


@dataclass(frozen=True, slots=True)
class FarTask:
    """One chunk whose shards go to the object store ``store``.

    Where ``schemas`` has the files of the table's schema, the worker needs nothing of the project's folder.
    """

    job: TableJob
    chunk: Chunk
    store: Prefix
    schemas: Schemas = ()


def work_far(task: FarTask) -> ChunkResult:
    """Turn one chunk into shards in the store, or find them there; ``folder`` of the result is the chunk's name.

    Raises:
        EnvironmentFailure: the store, the network or the disk fails, or the records changed while they were read.
    """
    job = replace(task.job, project=_laid_down(task.schemas)) if task.schemas else task.job
    name = name_of(job, task.chunk)
    place = task.store.within(name)
    result = _taken_over(place)
    if result is None:
        with scratch_folder() as scratch:
            result = make_shards(job, task.chunk, scratch)
            files = sorted(path for path in result.folder.iterdir() if path.name != RESULT)
            for path in (*files, result.folder / RESULT):
                place.put(path, path.name)
    else:
        result.taken_over = True
    result.folder, result.number = Path(name), task.chunk.number
    return result


@lru_cache(maxsize=64)
def _laid_down(schemas: Schemas) -> Path:
    """Return a folder with the schemas of a project; it stays while this process lives."""
    folder = _KEPT_OPEN.enter_context(scratch_folder())
    for name, content in schemas:
        make_folder((folder / name).parent)
        (folder / name).write_bytes(content)
    return folder


def _taken_over(place: Prefix) -> ChunkResult | None:
    """Return what came of a chunk that is in the store; its bytes are looked at when they are fetched."""
    data = place.read(RESULT)
    if data is None:
        return None
    try:
        result = parse_result(data)
    except (ValueError, KeyError, TypeError):
        return None
    sizes = {name: stored.size for name, stored in place.names().items()}
    shards = [(shard.written.name, shard.written.size) for shard in result.shards]
    others = [name for shard in result.shards for name in shard.keys]
    others.extend(name for name in (result.findings_file, result.rejected_file) if name)
    whole = all(sizes.get(name) == size for name, size in shards) and all(name in sizes for name in others)
    return result if whole else None


def fetch(store: Prefix, results: Sequence[ChunkResult], folder: Path) -> list[ChunkResult]:
    """Copy all chunks from the store into a folder each, and return the results with these.

    Raises:
        EnvironmentFailure: the network or the disk fails, or a chunk is damaged; that one is made anew the next time.
    """
    with ThreadPoolExecutor(TRANSFERS) as pool:
        return list(pool.map(lambda result: _fetched(store, result, folder / result.folder), results))


def _fetched(store: Prefix, result: ChunkResult, folder: Path) -> ChunkResult:
    place = store.within(result.folder.name)
    for name in place.names():
        place.get(name, folder / Path(name).name)
    if take_over(folder) is None:
        place.remove([RESULT])
        raise EnvironmentFailure(f"{place.url}: damaged in the store: run the same command again to make it anew")
    return replace(result, folder=folder)
