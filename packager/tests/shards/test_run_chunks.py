"""While workers make chunks, the process that hands them out checks and loads what the end of a build needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.base.console import Reporter
from dataset_packager.build import prepare
from dataset_packager.engines.local import Pool
from dataset_packager.project.read_config import load_config
from dataset_packager.records.chunk_plan import Plan
from dataset_packager.records.inputs import list_inputs
from dataset_packager.shards.chunk_folder import ChunkFolder
from dataset_packager.shards.project_schemas import load_schemas
from dataset_packager.shards.run_chunks import make_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from conftest import CommandLine

CHUNKS = 2  # one of each table


class Told(Pool):
    """An engine of one process that notes when it was given what, and has time for something else after ``ahead``."""

    def __init__(self, ahead: int, told: list[str]) -> None:
        super().__init__(1, str)
        self.ahead, self._told = ahead, told

    def run(self, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        for task in tasks:
            self._told.append("given")
            yield work(task)


@pytest.mark.parametrize(
    ("ahead", "order"),
    [
        (0, ["busy", "given", "given", "all given"]),
        (1, ["given", "busy", "given", "all given"]),
        (CHUNKS, ["given", "given", "busy", "all given"]),
        (CHUNKS + 1, ["given", "given", "busy", "all given"]),
    ],
)
def test_something_else_is_done_once_and_as_soon_as_nobody_waits_for_a_task(
    ahead: int, order: list[str], project: Path, tmp_path: Path
) -> None:
    config, told = load_config(project), list[str]()
    jobs = prepare(config, load_schemas(config), quick=False, reporter=Reporter())
    plan, store = Plan(list_inputs(project, config.tables), config.shard_input_bytes), ChunkFolder(tmp_path / "chunks")
    made = make_chunks(
        jobs, plan, Told(ahead, told), store, lambda *_: None,
        when_busy=lambda: told.append("busy"), when_given=lambda: told.append("all given"),
    )  # fmt: skip
    assert told == order
    assert len(made) == CHUNKS


def test_one_process_does_something_else_before_it_makes_chunks_and_a_pool_once_all_have_some() -> None:
    assert Pool(1, str).ahead == 0
    with Pool(2, str, at_once=False) as pool:
        assert pool.ahead >= 2


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("command", ["build", "validate"])
def test_what_the_documents_are_asked_for_is_wrong_however_many_work(
    command: str, workers: str, project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    settings = project / "pyproject.toml"
    section = "[tool.dataset-packager]\n"
    settings.write_text(settings.read_text("utf-8").replace(section, f'{section}exports = ["csw"]\n'), "utf-8")
    out = ["--out", tmp_path / "out"] if command == "build" else []
    ran = cli(command, "--project", project, "--workers", workers, *out)
    assert ran.code == 2
    assert "pyproject.toml: exports:" in ran.err
    assert not (tmp_path / "out/tiny-library").exists()
