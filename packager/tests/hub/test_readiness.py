"""What has to be there before a dataset is published, and what is said before it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import BASE, CommandLine

from dataset_packager.documents import datasheet
from dataset_packager.documents.open_questions import UNRELEASED
from dataset_packager.release.folder_digest import release_files

from .conftest import REPO

if TYPE_CHECKING:
    from .conftest import Publish, Releases
    from .double import Double

NEEDED = [question for question in datasheet.questions() if question.needed]
COMPLETE = "\n\n".join(f"### {each.asks} <!-- question:{each.id} -->\n\nIt is so." for each in NEEDED)
AUTHORS = 'license = "CC0-1.0"\nauthors = [{ name = "A. Librarian" }]'


@pytest.fixture
def built(tmp_path: Path, cli: CommandLine) -> Path:
    """The folder of a release that may be published as it is."""
    project = Path(shutil.copytree(BASE, tmp_path / "project"))
    file = project / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace('license = "CC0-1.0"', AUTHORS), "utf-8")
    (project / "DATASHEET.md").write_text(f"# Tiny library\n\n{COMPLETE}\n", "utf-8")
    assert cli("--project", project).code == 0
    return project / "dist/tiny-library"


def rebuilt(built: Path, name: str, old: str, new: str, cli: CommandLine) -> Path:
    file = built.parents[1] / name
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    assert cli("--project", built.parents[1]).code == 0
    return built


def test_eight_questions_have_to_be_answered() -> None:
    assert len(NEEDED) == 8


def test_a_release_that_says_what_it_has_to_is_published(
    built: Path, publish: Publish, cli: CommandLine, double: Double
) -> None:
    assert "missing" not in publish(built).err  # that takes it as it is
    double.repositories.clear()
    ran = cli("publish", built, "--repo-id", REPO)
    assert ran.code == 0, ran.err
    told = f"{REPO}: will be created, public, unless its namespace makes datasets private: everybody will see it"
    assert ran.err.index(told) < ran.err.index("created, public")
    again = publish(built, "--private")
    assert again.code == 2
    assert "stands there already, and is public" in again.err


@pytest.mark.usefixtures("publish")
def test_all_that_is_missing_is_named_before_the_hub_is_asked(
    releases: Releases, cli: CommandLine, double: Double
) -> None:
    ran = cli("publish", releases.first, "--repo-id", REPO)
    assert ran.code == 2
    assert f"{REPO}: 9 things are missing" in ran.err
    assert "pyproject.toml: [project] authors: who made it" in ran.err
    assert [each.asks for each in NEEDED if each.asks not in ran.err] == []
    assert "or publish it as it is, with --incomplete" in ran.err
    assert double.log == []


@pytest.mark.usefixtures("publish")
@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("pyproject.toml", "Books and who wrote them", "", "description"),
        ("pyproject.toml", 'license = "CC0-1.0"', "", "license"),
        ("pyproject.toml", AUTHORS.split("\n")[1], "", "authors"),
        ("pyproject.toml", "2026-01-31", UNRELEASED, "released"),
        ("DATASHEET.md", "It is so.", "TODO", NEEDED[0].asks),
    ],
)
def test_each_thing_that_is_missing_keeps_it_from_being_published(
    name: str, old: str, new: str, says: str, built: Path, cli: CommandLine
) -> None:
    ran = cli("publish", rebuilt(built, name, old, new, cli), "--repo-id", REPO)
    assert ran.code == 2
    (line,) = re.findall(rf"^error: {name}: (.*)$", ran.err, re.MULTILINE)
    assert says in line
    assert cli("publish", built, "--repo-id", REPO, "--incomplete").code == 0


def test_a_dry_run_without_a_network_says_what_would_go(
    built: Path, publish: Publish, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    ran = publish(built, "--dry-run", "--private")
    assert ran.code == 0, ran.err
    assert "the Hub couldn't be asked what stands there; if nothing does:" in ran.err
    assert f"{REPO}: would create the dataset, private: only those see it whom you let in" in ran.err
    assert f"would send {len(release_files(built.resolve()))} files" in ran.err
    assert "would tag it v1.0.0" in ran.err
    assert "+ DATASHEET.md" in ran.out
    assert publish(built).code == 3
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert publish(built, "--dry-run").code == 0
    assert double.log == []
