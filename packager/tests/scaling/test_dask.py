"""A build on a Dask cluster whose processes come, go, differ and die: byte for byte the release of one process."""

from __future__ import annotations

import itertools
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.cli import main
from dataset_packager.engines import dask
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.shards import worker

from .conftest import NAME, Load, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, load: Load) -> str:
    """The digest of the release that one process makes."""
    folder = tmp_path_factory.mktemp("alone")
    project = load.make_project(folder / "project")
    assert main(["--project", str(project), "--out", str(folder / "out"), "--workers", "1"]) == 0
    return folder_digest(folder / "out" / NAME)


def test_a_cluster_on_this_machine_gives_the_same_bytes(site: Site, tmp_path: Path, alone: str) -> None:
    project, out = site.load.make_project(tmp_path / "project"), tmp_path / "out"
    ran = ran_well(site.ended(site.start_build(project, out, "--engine", "dask", "--workers", "2")))
    assert f"seen: {site.load.records:,} of {site.load.records:,} records accepted" in ran.err
    assert folder_digest(out / NAME) == alone


@pytest.fixture
def bounded() -> Iterator[None]:
    """Let a test that waits for ever fail."""

    def fail(*_: object) -> None:
        raise TimeoutError("the cluster hangs")

    former = signal.signal(signal.SIGALRM, fail)
    signal.alarm(90)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


@pytest.mark.usefixtures("bounded")
def test_a_chunk_whose_only_worker_dies_is_made_by_the_next_one_but_may_not_kill_that_too(tmp_path: Path) -> None:
    config = pytest.importorskip("dask.config", reason="Dask isn't installed: pip install '.[dask]'")
    told = "a chunk killed its worker 2 times: give workers more memory, or make 'shard_input_bytes' smaller"
    with (
        config.set({"distributed.scheduler.allowed-failures": 1}),
        dask.Cluster(None, 1, dict, print) as cluster,
    ):
        assert list(cluster.run(die_once, [tmp_path / "died"])) == ["made"]
        with pytest.raises(EnvironmentFailure, match=told):
            list(cluster.run(signal.raise_signal, [signal.SIGKILL]))


def die_once(sign: Path) -> str:
    """Kill the process unless one has died already."""
    if not sign.exists():
        sign.touch()
        signal.raise_signal(signal.SIGKILL)
    return "made"


@pytest.fixture
def scheduler(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a cluster within this process, of so many workers as the test says."""
    distributed = pytest.importorskip("distributed", reason="Dask isn't installed: pip install '.[dask]'")
    settings = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(n_workers=request.param, threads_per_worker=1, **settings) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize("scheduler", [0], indirect=True)
def test_a_scheduler_whom_no_worker_joins_is_a_failure_of_the_environment(
    scheduler: str, project: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "JOIN", 1)
    ran = cli("--project", project, "--out", project / "out", "--engine", "dask", "--scheduler", scheduler)
    assert ran.code == 3
    assert f"error: {scheduler} has no worker that fits, and none joined in 1 seconds: start some with" in ran.err


@pytest.mark.parametrize("scheduler", [1], indirect=True)
def test_a_cluster_whose_workers_are_all_unfit_is_a_wrong_set_up(
    scheduler: str, project: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = map(str, itertools.count(25))
    monkeypatch.setattr(dask, "SETTLE", 0.5)
    monkeypatch.setattr(worker, "shaping_versions", lambda: {"pyarrow": next(versions)})
    ran = cli("--project", project, "--out", project / "out", "--engine", "dask", "--scheduler", scheduler)
    assert ran.code == 2
    assert "gets no chunk: pyarrow is 26 there, 25 here" in ran.err
    assert "error: no worker fits: give the workers the driver's packages" in ran.err


def test_nobody_at_the_scheduler_s_address_is_a_failure_of_the_environment(
    project: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask, "CONNECT", 1)
    ran = cli("--project", project, "--out", project / "out", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:9")
    assert ran.code == 3
    assert "error: tcp://127.0.0.1:9: no Dask scheduler there" in ran.err


def test_a_scheduler_without_the_engine_is_a_wrong_call(project: Path, cli: CommandLine) -> None:
    ran = cli("--project", project, "--out", project / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert ran.code == 2
    assert "add --engine dask" in ran.err


def test_an_engine_that_is_not_installed_is_named_with_the_line_that_installs_it(
    project: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    ran = cli("--project", project, "--out", project / "out", "--engine", "dask")
    assert ran.code == 2
    assert "pip install 'dataset-packager[dask]'" in ran.err
