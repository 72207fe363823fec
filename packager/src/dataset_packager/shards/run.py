"""Who does the work: which engine, and what a worker is given, by where records and output lie."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256, failures
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.engines.dask import Cluster
from dataset_packager.engines.local import Pool
from dataset_packager.records.plan import scan, scan_here
from dataset_packager.shards.chunk import Task, ready, work
from dataset_packager.shards.far_store import FarTask, circumstances, mark, work_far
from dataset_packager.shards.judge import table_tools
from dataset_packager.stores.objects import Prefix, is_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config
    from dataset_packager.records.plan import InputFile, Plan, Scan
    from dataset_packager.shards.far_store import Schemas
    from dataset_packager.shards.judge import TableJob

Engine = Pool | Cluster


def start_engine(
    config: Config, engine: tuple[str, str | None], workers: int, places: tuple[Path | Prefix, Path],
    say: Callable[[str], object], *, at_once: bool = True,
) -> Engine:  # fmt: skip
    """Return what runs the chunks: processes of this machine, or a Dask cluster.

    Args:
        config: tells where the records are.
        engine: its name, and the scheduler's address where one runs already.
        workers: how many processes to start.
        places: where chunks go, and a folder that belongs to this build.
        say: takes what people are told.
        at_once: whether processes of this machine start at once, or when there is work for them.

    Raises:
        SetupError: the engine isn't installed, or its workers can't reach what lies in this process's memory.
    """
    store, staging = places
    patterns = [pattern for table in config.tables for pattern in table.records]
    if any(text.startswith("memory://") for text in (*patterns, str(getattr(store, "url", "")))):
        if engine[0] != "local":
            raise SetupError("memory:// is seen by no other process: leave --engine out, or use another kind of URL")
        return Pool(1, ready)
    if engine[0] == "local":
        return Pool(workers, ready, at_once=at_once)
    to_folder = not isinstance(store, Prefix)
    shared = [config.project / "pyproject.toml"] if to_folder or any(map(is_local, patterns)) else []
    shared += [mark(staging)] if to_folder else []
    return Cluster(engine[1], workers, partial(circumstances, tuple(shared)), say)


def scan_all(engine: Engine, tasks: Sequence[Scan]) -> Iterable[InputFile]:
    """Hash and cut files: on a cluster's workers where all lie in object stores, else here."""
    if isinstance(engine, Cluster) and not any(is_local(task.name) for task in tasks):
        return engine.run(scan, tasks)
    return scan_here(tasks)


def chunk_work(
    config: Config, jobs: Mapping[str, TableJob], plan: Plan, store: Path | Prefix, engine: Engine
) -> tuple[Callable[[Any], Any], Sequence[Any]]:
    """Return the function that turns a chunk into shards, and what it is given for each chunk of the plan."""
    chunks = [(jobs[chunk.table], chunk) for chunk in plan.chunks]
    if not isinstance(store, Prefix):
        return work, [Task(job, chunk, store) for job, chunk in chunks]
    far = isinstance(engine, Cluster) and not any(is_local(p) for table in config.tables for p in table.records)
    schemas = {name: _schemas(config, job) if far else () for name, job in jobs.items()}
    return work_far, [FarTask(job, chunk, store, schemas[chunk.table]) for job, chunk in chunks]


def _schemas(config: Config, job: TableJob) -> Schemas:
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
