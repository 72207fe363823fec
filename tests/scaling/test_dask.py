"""A build on a Dask cluster whose processes come, go, differ and die: byte for byte the release of one process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.engines import dask
from dataset_packager.release import folder_digest

from .conftest import CHUNKS, NAME, RECORDS, Site, ended, make_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of the release that one process makes."""
    from conftest import ROOT, python

    folder = tmp_path_factory.mktemp("alone")
    project = make_project(folder / "project")
    ran_well(python(ROOT / "build_dataset.py", "--project", project, "--out", folder / "out", "--workers", "1"))
    return folder_digest(folder / "out" / NAME)


def test_a_cluster_on_this_machine_gives_the_same_bytes(site: Site, tmp_path: Path, alone: str) -> None:
    project, out = make_project(tmp_path / "project"), tmp_path / "out"
    ran = ran_well(ended(site.start_build(project, out, "--engine", "dask", "--workers", "2")))
    assert f"seen: {RECORDS:,} of {RECORDS:,} records accepted" in ran.err
    assert folder_digest(out / NAME) == alone


def test_the_scheduler_dies_and_the_next_build_takes_over_what_is_done(site: Site, tmp_path: Path, alone: str) -> None:
    project, out = make_project(tmp_path / "project"), tmp_path / "out"
    scheduler = site.start_scheduler()
    site.start_worker(1, "waits")
    building = site.start_build(project, out)
    site.wait_for("waiting")
    scheduler.kill()

    ran = ended(building)
    assert ran.code == 3
    assert f"error: the scheduler at {site.scheduler} is gone: start it and its workers" in ran.err
    assert not (out / NAME).exists()

    site.scheduler = ""
    ran = ran_well(site.build_here(project, out))
    assert f"3 of {CHUNKS} chunks are as a former build made them" in ran.err
    assert folder_digest(out / NAME) == alone


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
    assert "pip install '.[dask]'" in ran.err
