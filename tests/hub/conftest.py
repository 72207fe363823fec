"""Releases to publish, and a double of the Hub to publish them to, from this process or from others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, Ran
from huggingface_hub import constants, file_download
from huggingface_hub.utils import _http
from release.conftest import Project

from dataset_packager.hub import arrival, publishing
from dataset_packager.verify import Verification

from .double import Double
from .double.server import WRITER

if TYPE_CHECKING:
    from pathlib import Path

REPO = "org/harbour-log"
Publish = Callable[..., Ran]


@dataclass(frozen=True)
class Releases:
    """Folders of releases: the first; the next with one record changed; and the first version made otherwise."""

    first: Path
    next: Path
    other: Path


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Build them once; no test may change them."""

    def build(name: str, change: Callable[[Project], None]) -> Path:
        folder = tmp_path_factory.mktemp(name)
        project = Project(folder / "project")
        change(project)
        return project.build(folder / "dist")

    def next_version(project: Project) -> None:
        project.configure('version = "1.0.0"', 'version = "2.0.0"')
        project.records["ships"][3]["name"] = "Ship of Theseus"

    def without_notes(project: Project) -> None:
        del project.records["notes"]
        project.configure('[tool.dataset-packager.tables.notes]\nschema = "schema/notes.schema.json"\n', "")
        project.configure('records = ["data/notes/*.jsonl"]\n', "")

    return Releases(build("first", lambda _: None), build("next", next_version), build("other", without_notes))


@pytest.fixture
def double() -> Iterator[Double]:
    """A double of its own; a request that it doesn't know fails the test."""
    with Double() as double:
        yield double
    assert double.unknown == []


@pytest.fixture
def here(double: Double, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the clients in this process talk to the double, without waiting; returns the seconds that they would wait.

    Variables of the environment come too late: the clients have read them when they were imported.
    """
    waited: list[float] = []
    patient = SimpleNamespace(**(vars(time) | {"sleep": waited.append}))
    for module in (_http, file_download):
        monkeypatch.setattr(module, "time", patient)
    files = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, double.url)
    settings = {"ENDPOINT": double.url, "HUGGINGFACE_CO_URL_TEMPLATE": files, "HF_HUB_OFFLINE": False}
    for name, value in (settings | {"HF_HUB_DISABLE_XET": True}).items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setenv("HF_TOKEN", WRITER)
    return waited


@pytest.fixture
def publish(here: list[float], monkeypatch: pytest.MonkeyPatch, cli: CommandLine) -> Publish:  # noqa: ARG001
    """The command ``publish``, without the two steps that start programs: full verification, and loading rows.

    Those are tried in ``test_round_trip``, on whole commands.
    """
    monkeypatch.setattr(publishing, "verify_release", lambda *_, **__: Verification([]))
    monkeypatch.setattr(arrival, "compare_loaded", lambda *_: iter(()))

    def run(release: Path, *words: str) -> Ran:
        return cli("publish", release, "--repo-id", REPO, *words)

    return run
