"""Releases appear whole, the last two stay, and what died half-way is swept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.release.local_releases import FORMER, RELEASES, STAGING
from dataset_packager.verify import verify_release

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(1, "no links here")


def rename_an_author(project: Path, name: str) -> None:
    row = {"author_id": "coleridge", "name": name}
    lines = (project / "data/authors/authors.jsonl").read_text("utf-8").splitlines()[:3]
    (project / "data/authors/authors.jsonl").write_text("\n".join([*lines, json.dumps(row), ""]), "utf-8")


def test_the_last_two_releases_stay_and_older_ones_go(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    made = []
    for name in ("A", "B", "C", "D"):
        rename_an_author(project, name)
        assert cli("--project", project, "--out", tmp_path).code == 0
        made.append((tmp_path / "tiny-library").resolve())
    assert len(set(made)) == 4
    assert [path.is_dir() for path in made][-2:] == [True, True]
    assert not made[0].exists()


def test_the_same_content_is_the_same_release(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    assert cli("--project", project, "--out", tmp_path).code == 0
    first = (tmp_path / "tiny-library").resolve()
    assert cli("--project", project, "--out", tmp_path).code == 0
    assert (tmp_path / "tiny-library").resolve() == first


def test_what_a_dead_build_left_is_swept(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    assert cli("--project", project, "--out", tmp_path).code == 0
    litter = tmp_path / RELEASES / "tiny-library" / STAGING / "release/data"
    litter.mkdir(parents=True)
    (litter / ".partial-x.parquet").write_bytes(b"half")
    assert cli("--project", project, "--out", tmp_path).code == 0
    hidden = {path.name for path in (tmp_path / RELEASES / "tiny-library").glob(".*")}
    assert hidden == {".lock", ".chunks", ".origin", ".history"}
    assert not litter.exists()


def test_a_release_that_was_damaged_is_replaced(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    assert cli("--project", project, "--out", tmp_path).code == 0
    sound = folder_digest(tmp_path / "tiny-library")
    (tmp_path / "tiny-library/bag-info.txt").write_text("damaged", "utf-8")
    assert cli("--project", project, "--out", tmp_path).code == 0
    assert folder_digest(tmp_path / "tiny-library") == sound


def test_without_links_the_folder_itself_stands_there(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    for name in ("A", "B", "C"):
        rename_an_author(project, name)
        assert cli("--project", project, "--out", tmp_path).code == 0
        verify_release(tmp_path / "tiny-library", full=False).insist()
    assert cli("verify", tmp_path / "tiny-library", "--workers", "1").code == 0
    assert not (tmp_path / "tiny-library").is_symlink()
    assert not (tmp_path / RELEASES / "tiny-library" / FORMER).exists()

    digest = folder_digest(tmp_path / "tiny-library")
    (tmp_path / "tiny-library").rename(tmp_path / RELEASES / "tiny-library" / FORMER)  # as a build that dies leaves it
    (project / "data/authors/authors.jsonl").write_text("not json\n", "utf-8")
    assert cli("--project", project, "--out", tmp_path).code == 1
    assert folder_digest(tmp_path / "tiny-library") == digest


@pytest.mark.parametrize("links", [True, False])
def test_a_folder_that_no_build_made_is_left_alone(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    (tmp_path / "tiny-library").mkdir()
    (tmp_path / "tiny-library/mine.txt").write_text("mine", "utf-8")
    ran = cli("--project", project, "--out", tmp_path)
    assert ran.code == 3
    assert "move it away" in ran.err
    assert (tmp_path / "tiny-library/mine.txt").read_text("utf-8") == "mine"
