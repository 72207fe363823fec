"""What all tests share: projects to build, and the command line to build them with."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from warm_loader import WarmLoader, WarmProcess

if TYPE_CHECKING:
    from dataset_packager.project.config import Config

TESTS = Path(__file__).resolve().parent
PACKAGER = TESTS.parent
PACKAGE = PACKAGER / "src/dataset_packager"
COMMAND = TESTS / "command.py"
ROOT = PACKAGER.parent
"""The repository, whose own dataset serves as a large example."""
pytest_plugins = ["harbour"]  # a project with everything that a release can hold, and releases of it
BASE = TESTS / "cases/builds/_base"

LONGEST_FIRST = (
    "test_as_printed.py", "reliability/test_faults.py", "scaling/test_object_stores.py",
    "documents/report/test_seen.py", "reliability/test_processes.py", "scaling/test_far_workers.py",
    "scaling/test_dask.py", "hub/test_round_trip.py", "hub/test_batches.py", "documents/test_a_new_document.py",
    "reliability/test_hostile.py", "verify/test_verify.py", "columns/test_round_trip.py",
    "shards/test_chunks_taken_over.py", "hub/test_interruptions.py", "diff/test_diff.py", "columns/fast/test_blocks.py",
    "columns/fast/test_same_verdict.py",
)  # fmt: skip

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
for inherited in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # a `make` within a test is no part of the `make test` around it
    os.environ.pop(inherited, None)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes import the package: compile it once
sys.dont_write_bytecode = False


@pytest.fixture(scope="session", autouse=True)
def _without_waiting() -> Iterator[None]:
    """Spare tests of this process two waits that none of them is about.

    The disk's: a process that ends leaves what it wrote to the system, and no test turns the machine off. And the
    import of ``datasets`` for every release that is verified whole; from the Hub, and by commands in processes of
    their own, it is loaded as ever.
    """
    from dataset_packager.columns import loader

    WarmLoader.process, WarmLoader.cold = WarmProcess(), loader.Loader
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", os.fstat)  # which refuses what isn't open, as it does
        patched.setattr(loader, "Loader", WarmLoader)
        yield
    WarmLoader.process.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: each runs in one process, and at the end none shall wait for the other."""
    rank = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    assert all(path.is_file() for path in rank), "a file of LONGEST_FIRST went: name those that take long now"
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


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
def project(tmp_path: Path) -> Path:
    """A small project of two tables that builds without a finding; tests bend their own copy."""
    return Path(shutil.copytree(BASE, tmp_path / "project"))


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line in this process, with one worker unless the words say otherwise."""
    from dataset_packager.cli import main

    def run(*words: str | Path) -> Ran:
        capfd.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as leave:
            code = int(leave.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


def keeps_contract(name: str, value: Any) -> None:
    """Fail where a value isn't what the package's JSON Schema of that name says."""
    import jsonschema

    schema = json.loads((PACKAGE / f"contracts/{name}.schema.json").read_text("utf-8"))
    jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


def python(*words: str | Path, cwd: Path = PACKAGER, **environment: str) -> Ran:
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


def built_once(tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """Return a folder that ``build`` has filled: once for all processes that run tests, which must not change it."""
    common = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (common / name).is_dir():
            unfinished = common / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            build(unfinished)
            unfinished.rename(common / name)
    return common / name


def packaged(project: Path, out: Path) -> None:
    """Build a project in this process, which has everything imported."""
    from dataset_packager.cli import main

    assert main(["--project", str(project), "--out", str(out), "--workers", "1"]) == 0


def own_config() -> Config:
    """Return the configuration of the repository's own dataset, whose extension's section is left alone here."""
    from dataset_packager.project.read_config import build_config

    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("the packager stands alone here, without the dataset of its repository", allow_module_level=True)
    return build_config(ROOT, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8")), published=True)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of this repository's own dataset, built once."""
    if not (ROOT / "build_dataset.py").is_file():
        pytest.skip("the packager stands alone here, without the dataset of its repository")
    command = (ROOT / "build_dataset.py", "--project", ROOT, "--workers", "1", "--out")
    made = built_once(tmp_path_factory, "dist", lambda out: ran_well(python(*command, out)))
    return made / "frontline-claims"
