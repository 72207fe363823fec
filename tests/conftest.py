"""What the tests of the dataset share: its release, built once, and programs in processes of their own."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST = "test_as_printed.py"

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
for inherited in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # a `make` within a test is no part of the `make test` around it
    os.environ.pop(inherited, None)


@pytest.fixture(scope="session", autouse=True)
def _without_waiting() -> Iterator[None]:
    """Spare tests of this process the wait for the disk: no test turns the machine off."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", os.fstat)  # which refuses what isn't open, as it does
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest: it runs in one process, and at the end the other shan't wait for it."""
    assert (ROOT / "tests" / LONGEST).is_file()
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_collection_finish() -> None:
    """Let the tests' collections of garbage pass over what the imports left: close to a million objects that stay."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let all of it go at the end: DuckDB's binding tells on stderr of what is left."""
    gc.unfreeze()


@dataclass(frozen=True)
class Ran:
    """What a program left: exit code and what it printed."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Ran]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> CommandLine:
    """The command of this project, in this process."""
    from captures.extension import CAPTURES
    from dataset_packager.cli import main

    def run(*words: str | Path) -> Ran:
        capfd.readouterr()
        try:
            code = main([str(word) for word in words], extensions=[CAPTURES])
        except SystemExit as leave:
            code = int(leave.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


def python(*words: str | Path, cwd: Path = ROOT, **environment: str) -> Ran:
    """Run Python in a process of its own, with ``environment`` added to this one's."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def ran_well(ran: Ran) -> Ran:
    """Return ``ran``, or fail with what it printed."""
    assert ran.code == 0, ran.out + ran.err
    return ran


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset's release, built once for all processes that run tests, which must not change it."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    with (common / "dist.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / "dist").is_dir():
            shutil.rmtree(common / "unfinished", ignore_errors=True)
            ran_well(python("build_dataset.py", "--workers", "1", "--out", common / "unfinished"))
            (common / "unfinished").rename(common / "dist")
    return common / "dist/frontline-claims"
