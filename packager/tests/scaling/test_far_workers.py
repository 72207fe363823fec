"""Builds on workers that share nothing with the driver, and whose scheduler and fellows die, differ and come late."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import ran_well

from dataset_packager.release.folder_digest import folder_digest

from .conftest import NAME, Site

if TYPE_CHECKING:
    from pathlib import Path

URL = "s3://bucket/dist"


def test_builds_on_far_workers_survive_what_becomes_of_them(site: Site, tmp_path: Path) -> None:
    pytest.importorskip("moto", reason="moto isn't installed: pip install '.[dev]'")
    site.start_s3(site.load.fill(tmp_path / "filled/data") / "data")
    site.hidden = tmp_path / "driver"
    project = site.load.make_project(site.hidden / "project", "s3://bucket/records/*.jsonl")
    lose_the_scheduler(site, project)
    lose_a_worker(site, project)
    site.scheduler = ""
    ran_well(site.build_here(project, tmp_path / "out"))
    assert latest(site) == f"1.0.0-{folder_digest(tmp_path / 'out' / NAME)[:12]}"


def lose_the_scheduler(site: Site, project: Path) -> None:
    """Begin a build whose scheduler dies when three chunks are done."""
    scheduler = site.start_scheduler()
    worker = site.start_worker(2, "waits")
    building = site.start_build(project, URL)
    site.wait_for("waiting")
    scheduler.kill()
    ran = site.ended(building)
    worker.kill()
    (site.signals / "waiting").unlink()
    assert ran.code == 3
    told = ran.err.splitlines()[-1]
    assert told.startswith(f"error: the scheduler at {site.scheduler} is gone: start it and its workers, and run")
    assert "Traceback" not in ran.err, "what Dask would say of it"


def lose_a_worker(site: Site, project: Path) -> None:
    """Build while one worker is killed, one differs and one comes late; what was done is taken over."""
    site.start_scheduler()
    victim = site.start_worker(1, "hangs-sending")
    site.start_worker(2, "waits")
    site.start_worker(3, "other-version")
    building = site.start_build(project, URL)
    site.wait_for("hanging")
    site.wait_for("waiting")
    victim.kill()
    site.start_worker(4, "late")
    told = ran_well(site.ended(building)).err
    assert "gets no chunk: pyarrow is 25.0.0 there, 26.0.1 here" in told
    assert f"3 of {site.load.chunks} chunks are as a former build made them" in told


def latest(site: Site) -> str:
    """Return the name of the release that is current behind the URL, as somebody at the site sees it."""
    words = (
        "from dataset_packager.stores.objects import Prefix; print(Prefix(sys.argv[1]).read('LATEST.json').decode())"
    )
    ran = ran_well(site.ended(site.start(0, "-c", f"import sys; {words}", f"{URL}/{NAME}")))
    return str(json.loads(ran.out)["release"])
