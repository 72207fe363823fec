"""How a build is to be made, and what it has once it has begun."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.release.view_job import ViewJob
    from dataset_packager.shards.chunk_store import ChunkStore
    from dataset_packager.shards.disk_thread import DiskThread
    from dataset_packager.shards.judge import TableJob
    from dataset_packager.shards.project_schemas import ProjectSchemas
    from dataset_packager.shards.run_chunks import Engine


@dataclass(frozen=True, slots=True)
class Options:
    """How a build is to be made; none of it changes the bytes of the release.

    ``check`` reports stale documents; ``update_docs`` fills the slots of the project's own datasheet. ``scheduler`` is
    the address of a Dask cluster that runs already. ``out`` is a folder, or a URL.
    """

    out: Path | str
    workers: int | None = None
    quarantine: bool = False
    verify: str = "quick"
    check: bool = False
    update_docs: bool = False
    engine: str = "local"
    scheduler: str | None = None

    @property
    def none(self) -> str:
        """Say that there is no release, where one was wanted."""
        return "" if self.check else "no release was made: "


@dataclass(frozen=True)
class Run:
    """What a build has once it has begun; all that follows takes what it needs from here.

    Attributes:
        config: the configuration, with the names of splits that schemas have.
        plan: the records, and how they are cut.
        schemas: those of tables and views, as they were then.
        jobs: what is to be done with each table.
        views: the views to be made.
        engine, workers: who does it.
        store, staging: where it goes.
        disk: puts it there for good.
    """

    config: Config
    plan: Plan
    schemas: ProjectSchemas
    jobs: Mapping[str, TableJob]
    views: Sequence[ViewJob]
    engine: Engine
    workers: int
    store: ChunkStore
    staging: Path
    disk: DiskThread

    def __enter__(self) -> Run:
        self.engine.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.disk.leave()
        self.engine.__exit__(*error)

    @cached_property
    def read(self) -> Mapping[str, str]:
        """The SHA-256 of whatever else is read, by path, as it was when it was asked for first."""
        from dataset_packager.fingerprint import files_beside_records  # here, with all documents: it is asked for late

        return files_beside_records(self.config, self.schemas, self.views)
