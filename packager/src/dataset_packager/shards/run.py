"""Who does the work: which engine, and what a worker is given, by where records and done chunks lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dataset_packager.base.files import bytes_sha256, failures
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.engines.dask import Cluster
from dataset_packager.engines.local import Pool
from dataset_packager.records.plan import scan, scan_here
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.worker import Task, circumstances, leave_sign, ready
from dataset_packager.stores.objects import Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config
    from dataset_packager.records.plan import InputFile, Plan, Scan
    from dataset_packager.shards.chunk_store import ChunkStore
    from dataset_packager.shards.judge import TableJob
    from dataset_packager.shards.worker import SchemaFiles

Engine = Pool | Cluster


def start_engine(
    config: Config, engine: tuple[str, str | None], workers: int, store: ChunkStore, staging: Path,
    say: Callable[[str], object], *, at_once: bool = True,
) -> Engine:  # fmt: skip
    """Return what runs the chunks: processes of this machine, or a Dask cluster.

    Args:
        config: tells where the records are.
        engine: its name, and the scheduler's address where one runs already.
        workers: how many processes to start.
        store: where chunks go.
        staging: a folder that belongs to this build.
        say: takes what people are told.
        at_once: whether processes of this machine start at once, or when there is work for them.

    Raises:
        SetupError: the engine isn't installed, or its workers can't reach what lies in this process's memory.
    """
    records = _reach_of_records(config)
    if Reach.PROCESS in (store.reach, *records):
        if engine[0] != "local":
            raise SetupError("memory:// is seen by no other process: leave --engine out, or use another kind of URL")
        return Pool(1, ready)
    if engine[0] == "local":
        return Pool(workers, ready, at_once=at_once)
    shared = [config.project / "pyproject.toml"] if Reach.FOLDER in records else []
    shared += [leave_sign(staging)] if store.reach is Reach.FOLDER else []
    return Cluster(engine[1], workers, partial(circumstances, tuple(shared)), say)


def _reach_of_records(config: Config) -> set[Reach]:
    return {reach_of(pattern) for table in config.tables for pattern in table.records}


def scan_all(engine: Engine, tasks: Sequence[Scan]) -> Iterable[InputFile]:
    """Hash and cut files: on a cluster's workers where all lie in object stores, else here."""
    if isinstance(engine, Cluster) and all(reach_of(task.name) is Reach.NETWORK for task in tasks):
        return engine.run(scan, tasks)
    return scan_here(tasks)


def tasks_of(config: Config, jobs: Mapping[str, TableJob], plan: Plan, store: ChunkStore, engine: Engine) -> list[Task]:
    """Return what a worker is given for each chunk of the plan; with the schemas where it may not see the project."""
    alone = isinstance(engine, Cluster) and Reach.FOLDER not in _reach_of_records(config)
    schemas = {name: _schemas(config, job) if alone else () for name, job in jobs.items()}
    return [Task(jobs[chunk.table], chunk, store, schemas[chunk.table]) for chunk in plan.chunks]


def _schemas(config: Config, job: TableJob) -> SchemaFiles:
    """Return the files that a table's schema is made of, as they were when they were judged."""
    return tuple(
        (name, _content(config, name, sha256))
        for name, sha256 in sorted(table_tools(config.project, job.table, job.row_provenance).schema.sources.items())
    )


def _content(config: Config, name: str, sha256: str) -> bytes:
    with failures(name):
        data = (config.project / name).read_bytes()
    if bytes_sha256(data) != sha256:
        raise EnvironmentFailure(f"{name}: changed during the build: let it rest and run the command again")
    return data
