"""Making all chunks of a plan: which engine does it, and what its workers are given, by where things lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataset_packager.base.files import bytes_sha256, changed, failures, regular_bytes
from dataset_packager.base.findings import SetupError
from dataset_packager.engines.dask import Cluster
from dataset_packager.engines.local import Pool
from dataset_packager.records.pieces import scan, scan_here
from dataset_packager.shards.chunk_results import ChunkResult
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.worker import Task, circumstances, leave_sign, ready, work, work_apart
from dataset_packager.stores.objects import Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Table
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.records.inputs import Inputs
    from dataset_packager.records.pieces import InputFile, Piece, Scan
    from dataset_packager.shards.chunk_store import ChunkStore
    from dataset_packager.shards.judge import TableJob
    from dataset_packager.shards.worker import SchemaFiles

Engine = Pool | Cluster


def start_engine(
    inputs: Inputs, engine: tuple[str, str | None], workers: int, store: ChunkStore, staging: Path,
    say: Callable[[str], object], *, at_once: bool = True,
) -> Engine:  # fmt: skip
    """Return what runs the chunks: processes of this machine, or a Dask cluster.

    Args:
        inputs: tell where the records are.
        engine: its name, and the scheduler's address where one runs already.
        workers: how many processes to start.
        store: where chunks go.
        staging: a folder that belongs to this build.
        say: takes what people are told.
        at_once: whether processes of this machine start at once, or when there is work for them.

    Raises:
        SetupError: the engine isn't installed, or its workers can't reach what lies in this process's memory.
    """
    records = reach_of_records(inputs.tables)
    if Reach.PROCESS in (store.reach, *records):
        if engine[0] != "local":
            raise SetupError("memory:// is seen by no other process: leave --engine out, or use another kind of URL")
        return Pool(1, ready)
    if engine[0] == "local":
        return Pool(workers, ready, say, at_once=at_once)
    shared = [inputs.project / "pyproject.toml"] if Reach.FOLDER in records else []
    shared += [leave_sign(staging)] if store.reach is Reach.FOLDER else []
    return Cluster(engine[1], workers, partial(circumstances, tuple(shared)), say)


def reach_of_records(tables: Iterable[Table]) -> set[Reach]:
    """Return who can reach the records of some tables."""
    return {reach_of(pattern) for table in tables for pattern in table.records}


def scan_all(engine: Engine, tasks: Sequence[Scan]) -> Iterator[Piece | InputFile]:
    """Hash and cut files: on a cluster's workers where all lie in object stores, else here."""
    if not isinstance(engine, Cluster) or any(reach_of(task.name) is not Reach.NETWORK for task in tasks):
        yield from scan_here(tasks)
        return
    files = {file.path: file for file in engine.run(scan, tasks)}
    for task in tasks:
        yield from files[task.name].pieces
        yield files[task.name]


def make_chunks(
    jobs: Mapping[str, TableJob],
    plan: Plan,
    engine: Engine,
    store: ChunkStore,
    done: Callable[[ChunkResult, int], object],
    *,
    when_busy: Callable[[], object] = str,
    when_given: Callable[[], object] = str,
    prove: bool = False,
) -> list[ChunkResult]:
    """Turn all chunks into shards, or find those that are done, and return what came of them in the plan's order.

    ``done`` is called with what came of each chunk, and its bytes of input. With ``prove`` all are made, and those that
    are done have to be the same. ``when_busy`` is called once all workers have something to do, where others
    work, and ``when_given`` once they have been given the last chunk.
    """

    def tasks() -> Iterator[Task]:
        if not engine.ahead:
            when_busy()
        for number, chunk in enumerate(plan.chunks(), 1):
            yield Task(jobs[chunk.table], chunk, store, schemas[chunk.table], prove)
            if number == engine.ahead:
                when_busy()
        if len(plan.known) < engine.ahead:
            when_busy()
        when_given()

    alone = isinstance(engine, Cluster) and Reach.FOLDER not in reach_of_records(job.table for job in jobs.values())
    alone = alone and not any(table_tools(job.project, job.table, job.row_provenance).linked for job in jobs.values())
    schemas = {name: _schemas(job) if alone else () for name, job in jobs.items()}
    results, sizes = dict[tuple[str, int], ChunkResult](), dict[tuple[str, int], int]()
    for result in engine.run(work_apart if isinstance(engine, Cluster) else work, tasks()):
        sizes |= {(chunk.table, chunk.number): chunk.size for chunk in plan.known[len(sizes) :]}
        results[result.table, result.number] = result
        done(result, sizes[result.table, result.number])
    return [results[chunk.table, chunk.number] for chunk in plan.known]


def _schemas(job: TableJob) -> SchemaFiles:
    """Return the files that a table's schema is made of, as they were when they were judged."""
    return tuple(
        (name, _content(job.project, name, sha256))
        for name, sha256 in sorted(table_tools(job.project, job.table, job.row_provenance).schema.sources.items())
    )


def _content(project: Path, name: str, sha256: str) -> bytes:
    with failures(name):
        data = regular_bytes(project / name)
    if bytes_sha256(data) != sha256:
        raise changed(name)
    return data
