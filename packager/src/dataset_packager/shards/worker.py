"""What a worker is given, and what it makes of it, whether it is this process, another one or another machine's."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from dataset_packager.base.files import bytes_sha256, fsync_file, make_folder, regular_bytes, scratch_folder, write_text
from dataset_packager.base.package_versions import shaping_versions
from dataset_packager.shards.chunk import make_shards
from dataset_packager.shards.chunk_name import chunk_name, code_digest, linked_hashes

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.records.chunk_plan import Chunk
    from dataset_packager.shards.chunk_results import ChunkResult
    from dataset_packager.shards.chunk_store import ChunkStore
    from dataset_packager.shards.judge import TableJob

SIGN = "driver"
SchemaFiles = tuple[tuple[str, bytes], ...]
_STAYING = ExitStack()


@dataclass(frozen=True, slots=True)
class Task:
    """One chunk to be turned into shards, as it travels to a worker, and the store that it goes to.

    Where ``schemas`` has the files of the table's schema, the worker needs nothing of the project's folder. With
    ``prove`` no chunk that is there is taken over on trust: it is made again, and has to be the same.
    """

    job: TableJob
    chunk: Chunk
    store: ChunkStore
    schemas: SchemaFiles = ()
    prove: bool = False


def ready() -> None:
    """Know what the name of every chunk, and of a release, follows from, while there is time for it."""
    shaping_versions()
    code_digest()


def work(task: Task) -> ChunkResult:
    """Turn one chunk into shards in the store, or find them there, and say what came of it.

    Raises:
        EnvironmentFailure: a file can't be read or written, the store fails, or records changed while they were read.
    """
    try:
        return _made(task)
    finally:
        gc.collect(1)  # some megabytes of arrays are left in circles, chunk after chunk, and nobody else looks for them


def work_apart(task: Task) -> ChunkResult:
    """Do the same on a machine of which nobody else can say that the shards are on its disk.

    Raises:
        EnvironmentFailure: as ``work``.
    """
    result = work(task)
    for path in task.store.shards(result):
        fsync_file(path)
    return result


def _made(task: Task) -> ChunkResult:
    job = replace(task.job, project=_laid_down(task.schemas)) if task.schemas else task.job
    linked = linked_hashes(job, task.chunk)
    name = chunk_name(job, task.chunk, linked)
    former = task.store.find(name)
    if former is not None and not is_of(former, name, task.chunk):
        former = None
    if former is not None and not task.prove:
        return replace(former, taken_over=True, number=task.chunk.number)
    with task.store.making() as folder:
        result = make_shards(job, task.chunk, folder, linked)
        result.name = name if not result.changed else bytes_sha256(f"{name} changed".encode())[:32]  # made by no other
        if former is not None and replace(former, number=result.number).as_json() == result.as_json():
            return replace(former, taken_over=True, number=result.number)
        task.store.put(result.name, folder, result)
    return replace(result, refuted=former is not None)


def is_of(result: ChunkResult, name: str, chunk: Chunk) -> bool:
    """Say whether a result tells of a chunk: of its name, its table, and nothing but its pieces."""
    pieces = {(piece.file, piece.sha256) for piece in chunk.pieces}
    inputs = {(each.file, each.sha256) for shard in result.shards for each in shard.inputs}
    splits = {chunk.split} if chunk.split else {shard.split for shard in result.shards}
    ours = result.name == name and result.table == chunk.table and {shard.split for shard in result.shards} <= splits
    return ours and inputs <= pieces and result.records.keys() <= {piece.file for piece in chunk.pieces}


@lru_cache(maxsize=64)
def _laid_down(schemas: SchemaFiles) -> Path:
    """Return a folder with the schemas of a project; it stays while this process lives."""
    folder = _STAYING.enter_context(scratch_folder())
    for name, content in schemas:
        make_folder((folder / name).parent)
        (folder / name).write_bytes(content)
    return folder


def leave_sign(folder: Path) -> Path:
    """Leave something in ``folder`` by which a worker can show that it sees the same folder; return the file."""
    write_text(folder / SIGN, os.urandom(16).hex())
    return folder / SIGN


def circumstances(files: tuple[Path, ...]) -> dict[str, str]:
    """Return by name what must be the same for driver and workers: versions, code, and the files that both must see."""
    seen = {f"the file {path}": _content(path) for path in files}
    return shaping_versions() | {"the build's code": code_digest()[:12]} | seen


def _content(path: Path) -> str:
    try:
        return bytes_sha256(regular_bytes(path))[:12]
    except OSError:
        return "missing"
