"""Every input that a pattern names is read, or refused by name; what a build made is no input."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.records.files import Walk

from .conftest import NAME, Ended, Forks
from .test_hostile import bend

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = 65534


def record(number: int) -> str:
    return json.dumps({"id": number, "what": "seen"}) + "\n"


@pytest.fixture
def project(small: Path) -> Path:
    """A project whose three files of records lie in folders below each other."""
    (small / "data/seen.jsonl").unlink()
    for number, name in enumerate(("a.jsonl", "2024/b.jsonl", "2024/more/c.jsonl"), 1):
        (small / "data" / name).parent.mkdir(exist_ok=True)
        (small / "data" / name).write_text(record(number), "utf-8")
    bend(small, "data/*.jsonl", "data/**/*.jsonl")
    return small


def build(forks: Forks, project: Path, *words: str | Path, **request: object) -> Ended:
    return forks("--project", project, "--out", project.parent / "out", "--workers", "1", *words, **request)


def rows(out: Path) -> list[int]:
    table = pq.read_table(out / NAME / "data/seen")
    return sorted(table.column("id").to_pylist())


def test_all_files_of_all_folders_are_read(forks: Forks, project: Path) -> None:
    assert build(forks, project).code == 0
    assert rows(project.parent / "out") == [1, 2, 3]


@pytest.mark.parametrize(
    "patterns",
    ['"data/a.jsonl", "data/b.jsonl"', '"data/2023/*.jsonl", "data/a.jsonl"', '"nothing/**/*.jsonl", "data/a.jsonl"'],
)
@pytest.mark.parametrize("command", [(), ("validate",), ("--quarantine",)])
def test_each_pattern_names_a_file(patterns: str, command: tuple[str, ...], forks: Forks, project: Path) -> None:
    bend(project, '"data/**/*.jsonl"', patterns)
    out = [] if command == ("validate",) else ["--out", project.parent / "out"]
    ended = forks(*command, "--project", project, *out, "--workers", "1")
    assert ended.code == 1
    wrong = next(each for each in patterns.replace('"', "").split(", ") if each != "data/a.jsonl")
    assert ended.out.splitlines()[0] == f"{wrong}: $: [empty] no file of records for the table 'seen' is called so"


def dangling(data: Path) -> Path:
    (data / "2024/d.jsonl").symlink_to("../../.git/annex/objects/d.jsonl")
    return data / "2024/d.jsonl"


def dangling_folder(data: Path) -> Path:
    (data / "2025").symlink_to("/nonexistent/2025", target_is_directory=True)
    return data / "2025"


def itself(data: Path) -> Path:
    (data / "self.jsonl").symlink_to("self.jsonl")
    return data / "self.jsonl"


def circle(data: Path) -> Path:
    (data / "2024/back").symlink_to("..")
    return data / "2024/back"


def outside(data: Path) -> Path:
    (data / "root").symlink_to("/")
    return data / "root"


def outside_file(data: Path) -> Path:
    (data / "d.jsonl").symlink_to("/etc/hostname")
    return data / "d.jsonl"


def pipe(data: Path) -> Path:
    os.mkfifo(data / "d.jsonl")
    return data / "d.jsonl"


def device(data: Path) -> Path:
    (data / "d.jsonl").symlink_to("/dev/zero")
    return data / "d.jsonl"


def socket_file(data: Path) -> Path:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"{short}/s")
        Path(f"{short}/s").rename(data / "d.jsonl")
    return data / "d.jsonl"


def twice(data: Path) -> Path:
    (data / "latest.jsonl").symlink_to("2024/b.jsonl")
    return data / "latest.jsonl"


def folder_twice(data: Path) -> Path:
    (data / "latest").symlink_to("2024/more")
    return data / "latest"


@pytest.mark.parametrize(
    "obstacle",
    [dangling, dangling_folder, itself, circle, outside, outside_file, pipe, device, socket_file, twice, folder_twice],
)
@pytest.mark.parametrize("way", ["", "linked"])
def test_what_cannot_be_read_stops_the_build_by_name(
    obstacle: Callable[[Path], Path], way: str, forks: Forks, project: Path
) -> None:
    (project.parent / "linked").symlink_to(project.name)
    named = obstacle(project / "data").relative_to(project)
    ended = build(forks, project.parent / way if way else project)
    assert ended.code == 2
    assert f"error: {named}" in ended.err
    assert not (project.parent / "out" / NAME).exists()


def test_links_within_the_project_are_followed(forks: Forks, project: Path) -> None:
    for number, name in ((7, "d.jsonl"), (8, "e/f.jsonl")):
        (project / "store" / name).parent.mkdir(exist_ok=True, parents=True)
        (project / "store" / name).write_text(record(number), "utf-8")
    (project / "data/d.jsonl").symlink_to("../store/d.jsonl")
    (project / "data/e").symlink_to("../store/e")
    (project / "data/picture.png").symlink_to("../.git/annex/objects/picture.png")
    assert build(forks, project).code == 0
    assert rows(project.parent / "out") == [1, 2, 3, 7, 8]


@pytest.mark.parametrize("pattern", ["data/**/*.jsonl", "data/*/*.jsonl"])
def test_a_folder_that_cannot_be_looked_into_is_a_failure_that_names_it(
    pattern: str, forks: Forks, project: Path
) -> None:
    bend(project, "data/**/*.jsonl", pattern)
    for folder in (project.parent, *project.parent.parents):
        if folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)
    place = forks.folder / "unreadable"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(project, place / "project")
    place.chmod(0o777)
    (place / "project/data/2024").chmod(0o000)
    who = {"user": NOBODY} if os.getuid() == 0 else {}
    ended = forks("--project", place / "project", "--out", place / "out", "--workers", "1", **who)
    (place / "project/data/2024").chmod(0o755)
    assert ended.code == 3
    assert "data/2024: Permission denied: get the right to use it" in ended.err


def test_hidden_files_are_no_records_unless_they_are_named(forks: Forks, project: Path) -> None:
    for name in (".ipynb_checkpoints/a-checkpoint.jsonl", "._a.jsonl", ".d.jsonl"):
        (project / "data" / name).parent.mkdir(exist_ok=True)
        shutil.copy(project / "data/a.jsonl", project / "data" / name)
    assert build(forks, project).code == 0
    assert rows(project.parent / "out") == [1, 2, 3]
    (project / "data/.d.jsonl").write_text(record(4), "utf-8")
    bend(project, '"data/**/*.jsonl"', '"data/**/*.jsonl", "data/.d*"')
    assert build(forks, project).code == 0
    assert rows(project.parent / "out") == [1, 2, 3, 4]


@pytest.mark.parametrize("out", ["dist", "releases/all", "."])
def test_what_builds_have_put_into_the_project_is_no_input(out: str, forks: Forks, project: Path) -> None:
    bend(project, "data/**/*.jsonl", "**/*.jsonl")
    (project / "data/bad.jsonl").write_text('{"id": "wrong", "what": "x"}\n' + record(4), "utf-8")
    for _ in range(3):
        ended = forks("--project", ".", "--out", out, "--workers", "1", "--quarantine", cwd=str(project))
        assert ended.code == 0, ended.out + ended.err
        assert rows(project / out) == [1, 2, 3, 4]
        checked = forks("validate", "--project", ".", "--workers", "1", cwd=str(project))
        assert "seen: 4 of 5 records accepted" in checked.err
    assert (project / out / f"{NAME}.rejected.jsonl").exists()


@pytest.mark.parametrize("pattern", [f"dist/{NAME}.rejected.jsonl", f"dist/.releases/{NAME}/.chunks/*/*.jsonl"])
def test_what_a_build_made_is_refused_where_it_is_named(pattern: str, forks: Forks, project: Path) -> None:
    (project / "data/bad.jsonl").write_text('{"id": "wrong", "what": "x"}\n', "utf-8")
    words = ("--project", project, "--out", project / "dist", "--workers", "1", "--quarantine")
    assert forks(*words).code == 0
    bend(project, '"data/**/*.jsonl"', f'"data/*.jsonl", "{pattern}"')
    ended = forks(*words)
    assert ended.code == 2
    assert "what a build has made is no input" in ended.err


def test_records_in_the_folder_for_releases_are_refused(forks: Forks, project: Path) -> None:
    ended = forks("--project", project, "--out", project / "data", "--workers", "1")
    assert ended.code == 2
    assert "lies in the folder for releases, where nothing is input: choose another --out" in ended.err


def test_a_pattern_with_many_stars_is_matched_in_no_time(tmp_path: Path) -> None:
    folder = tmp_path
    for name in "abcdefghij":
        folder = folder / name
    folder.mkdir(parents=True)
    (folder / "x.jsonl").write_text(record(1), "utf-8")
    assert set(Walk(tmp_path).files("**/" * 30 + "*.jsonl")) == {"a/b/c/d/e/f/g/h/i/j/x.jsonl"}
    assert set(Walk(tmp_path).files("**/*/" * 8 + "*.jsonl")) == {"a/b/c/d/e/f/g/h/i/j/x.jsonl"}
    assert set(Walk(tmp_path).files("a/**")) == {"a/b/c/d/e/f/g/h/i/j/x.jsonl"}


def test_letters_tell_names_apart_and_brackets_choose(tmp_path: Path) -> None:
    for name in ("a1.jsonl", "a2.jsonl", "A3.JSONL", "[x].jsonl"):
        (tmp_path / name).write_text(record(1), "utf-8")
    assert set(Walk(tmp_path).files("a[13].jsonl")) == {"a1.jsonl"}
    assert set(Walk(tmp_path).files("*.JSONL")) == {"A3.JSONL"}
    assert set(Walk(tmp_path).files("[[]x].jsonl")) == {"[x].jsonl"}


def test_a_new_project_takes_what_lies_below_its_folder_and_names_what_it_leaves(forks: Forks, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    for number, name in enumerate(("a.jsonl", "b.JSONL", "more/d.jsonl", "e.jsonl.txt", "c.jsonl.bz2", ".h.jsonl")):
        (corpus / name).parent.mkdir(exist_ok=True, parents=True)
        (corpus / name).write_text(record(number), "utf-8")
    ended = forks("new", tmp_path / "made", "--from", corpus)
    assert ended.code == 0, ended.err
    for name in ("e.jsonl.txt", "c.jsonl.bz2"):
        assert f"warning: {corpus / name}: left out" in ended.err
    ended = forks("--project", tmp_path / "made", "--out", tmp_path / "out", "--workers", "1")
    assert ended.code == 0, ended.out + ended.err
    assert "corpus: 3 of 3 records accepted" in ended.err


@pytest.mark.parametrize("obstacle", [dangling, pipe])
def test_a_new_project_is_not_made_past_what_cannot_be_read(
    obstacle: Callable[[Path], Path], forks: Forks, project: Path, tmp_path: Path
) -> None:
    named = obstacle(project / "data")
    ended = forks("new", tmp_path / "made", "--from", project / "data")
    assert ended.code == 2
    assert named.name in ended.err
    assert not (tmp_path / "made").exists()


def test_a_walk_that_is_closed_leads_out_by_no_link(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/out").symlink_to("..")
    with pytest.raises(SetupError, match="leads out of the project"):
        list(Walk(tmp_path / "in").files("out/*.jsonl"))
