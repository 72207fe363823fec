"""Releases to publish, and a double of the Hub to publish them to, from this process or from others."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import BASE, CommandLine, Ran
from huggingface_hub import constants, file_download
from huggingface_hub.utils import _http

from dataset_packager.cli import main
from dataset_packager.hub import load_back as arrival
from dataset_packager.hub import publishing
from dataset_packager.verify import Verification

from .double import Double
from .double.server import WRITER

REPO = "org/tiny-library"
CHANGED = {"version": "pyproject.toml", "authors": "data/authors/authors.jsonl"}
OTHER_TABLE = """[tool.dataset-packager.tables.people]
schema = "schema/authors.schema.json"
records = ["data/authors/*.jsonl"]

[tool.dataset-packager.tables.authors]"""
Publish = Callable[..., Ran]


@dataclass(frozen=True)
class Releases:
    """Folders of releases: the first; the next, with one record changed; the first version with a further table."""

    first: Path
    next: Path
    other: Path


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """Build them once; no test may change them."""

    def build(name: str, **changes: tuple[str, str]) -> Path:
        folder = tmp_path_factory.mktemp(name)
        project = Path(shutil.copytree(BASE, folder / "project"))
        for path, (old, new) in changes.items():
            file = project / CHANGED[path]
            assert old in file.read_text("utf-8")
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        assert main(["--project", str(project), "--out", str(folder), "--workers", "1"]) == 0
        return (folder / "tiny-library").resolve()

    return Releases(
        first=build("first"),
        next=build("next", version=('"1.0.0"', '"2.0.0"'), authors=("George Eliot", "Mary Ann Evans")),
        other=build("other", version=("[tool.dataset-packager.tables.authors]", OTHER_TABLE)),
    )


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
    for name, value in (settings | {"HF_HUB_DISABLE_XET": True, "HF_HUB_DISABLE_TELEMETRY": True}).items():
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
        return cli("publish", release, "--repo-id", REPO, "--incomplete", *words)

    return run
