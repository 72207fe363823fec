"""Processes that die, one of them or all, and builds that meet in one folder: no hang, no damage, no litter."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from conftest import COMMAND

from dataset_packager.release.folder_digest import folder_digest

from .conftest import NAME, Ended, Forks, make_project
from .whole import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60  # seconds after which a build counts as hanging
CHUNKS = 40
NOTES = {".chunks", ".origin", ".history"}  # what the next build spares itself work by, and what became current


def lengthen(small: Path) -> Path:
    """Give the small project enough chunks to keep two workers busy for a second."""
    rows = ({"id": number, "what": f"new {number} " + "x" * 100} for number in range(CHUNKS * 200))
    (small / "data/seen.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    configuration = small / "pyproject.toml"
    text = configuration.read_text("utf-8").replace("released =", "shard_input_bytes = 26000\nreleased =")
    configuration.write_text(text, "utf-8")
    return small


@pytest.fixture
def long(small: Path) -> Path:
    return lengthen(small)


class Running:
    """A build with two workers, in a process group of its own."""

    def __init__(self, project: Path, out: Path) -> None:
        self.area = out / ".releases" / NAME / ".staging"
        self.process = subprocess.Popen(
            [sys.executable, COMMAND, "--project", project, "--out", out, "--workers", "2"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env=os.environ | {"TMPDIR": str(project.parent)},
        )  # fmt: skip

    def until(self, pattern: str) -> None:
        """Wait until there is such a file in the hidden folders of the build."""

        def there() -> bool:
            with contextlib.suppress(FileNotFoundError):  # a folder went while it was looked through
                return any(self.area.parent.glob(f".*/**/{pattern}"))
            return False

        self.wait(there)

    def wait(self, happened: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, "nothing of the kind happened"
            time.sleep(0.01)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that do the work: forks of the build, or spawned ones where it can't be forked."""
        build, found = psutil.Process(self.process.pid), []
        for child in build.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(words := child.cmdline()) or words == build.cmdline():
                    found.append(child)
        return found

    def end(self) -> Ended:
        out, err = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, 0, out, err)


@pytest.fixture
def run() -> Iterator[Callable[[Path, Path], Running]]:
    started: list[Running] = []

    def start(project: Path, out: Path) -> Running:
        started.append(Running(project, out))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGKILL)
            each.process.communicate()


@pytest.fixture(scope="module")
def alone(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the release that nothing disturbs."""
    folder = tmp_path_factory.mktemp("alone")
    out = folder / "out"
    ended = forks("--project", lengthen(make_project(folder / "project")), "--out", out, "--workers", "1")
    assert ended.code == 0, ended.err
    return folder_digest(out / NAME)


def test_one_worker_killed_while_another_build_wants_the_folder(
    run: Callable[[Path, Path], Running], forks: Forks, long: Path, tmp_path: Path, alone: str
) -> None:
    out = tmp_path / "out"
    building = run(long, out)
    building.until("*.parquet")
    building.workers()[0].kill()

    second = forks("--project", long, "--out", out, "--workers", "1")
    assert second.code == 3
    assert f"{out / NAME}: another build is writing it: wait for it, or choose another --out" in second.err

    ended = building.end()
    assert ended.code == 0, ended.err
    assert "Traceback" not in ended.err
    assert folder_digest(out / NAME) == alone
    assert len(names(out / ".releases" / NAME) - NOTES) == 2


def test_workers_that_die_each_time_end_the_build(
    run: Callable[[Path, Path], Running], long: Path, tmp_path: Path
) -> None:
    building = run(long, tmp_path / "out")
    killed = set[int]()
    while building.process.poll() is None:
        for worker in building.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
                killed.add(worker.pid)
        time.sleep(0.03)
    ended = building.end()
    assert ended.code == 3
    assert "a worker died 3 times" in ended.err
    assert "fewer --workers" in ended.err
    assert "Traceback" not in ended.err
    assert len(killed) >= 3
    assert names(tmp_path / "out" / ".releases" / NAME) - NOTES == {".lock"}


@pytest.mark.parametrize("moment", ["*.parquet", "release/README.md"])
def test_all_processes_killed_at_once(
    run: Callable[[Path, Path], Running], forks: Forks, long: Path, tmp_path: Path, alone: str, moment: str
) -> None:
    out = tmp_path / "out"
    building = run(long, out)
    building.until(moment)
    os.killpg(building.process.pid, signal.SIGKILL)
    assert building.end().code == -9
    assert not (out / NAME).exists()
    ended = forks("--project", long, "--out", out, "--workers", "1")
    assert ended.code == 0, ended.err
    assert folder_digest(out / NAME) == alone
    assert names(out) == {".releases", NAME}
    assert len(names(out / ".releases" / NAME) - NOTES) == 2


def test_workers_whose_parent_is_killed_end_and_disturb_nobody(
    run: Callable[[Path, Path], Running], forks: Forks, long: Path, tmp_path: Path, alone: str
) -> None:
    out = tmp_path / "out"
    building = run(long, out)
    building.until("*.parquet")
    workers = building.workers()
    building.process.kill()
    building.process.wait()  # the system lets go of the lock when it has taken the process down
    ended = forks("--project", long, "--out", out, "--workers", "1")
    assert ended.code == 0, ended.err
    assert folder_digest(out / NAME) == alone
    assert building.end().code == -9
    assert len(workers) == 2
    assert not psutil.wait_procs(workers, timeout=5)[1]


def test_an_interrupted_build_says_so_and_cleans_up(
    run: Callable[[Path, Path], Running], long: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    building = run(long, out)
    building.until("*.parquet")
    os.killpg(building.process.pid, signal.SIGINT)  # as a terminal does it
    ended = building.end()
    assert ended.code == 3
    assert ended.err.splitlines()[-1] == "error: interrupted: no release was made"
    assert "Traceback" not in ended.err
    assert names(out) == {".releases"}
    assert names(out / ".releases" / NAME) - NOTES == {".lock"}
    assert not list(tmp_path.glob("dataset-packager-*"))
