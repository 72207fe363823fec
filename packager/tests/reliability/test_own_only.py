"""Nothing is removed or replaced that isn't provably the program's own, wherever and under whichever name it stands."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from dataset_packager.base.files import MARKER, SCRATCH, scratch_folder

from .conftest import NAME, Ended, Forks, write_records
from .whole import names, saying

if TYPE_CHECKING:
    from pathlib import Path

BAD = "this is no record\n"
FUTURE = time.time() + 10**8
CALLED = {
    "relative": "out",
    "relative and by way of the parent": "../builds/out",
    "linked": "linked",
    "below a linked folder": "place/out",
    "absolute": "",
}


class Place:
    """A folder in which builds of the small project are run, by whichever name for their output."""

    def __init__(self, forks: Forks, project: Path, called: str) -> None:
        self.forks, self.project = forks, project
        self.here = project.parent / "builds"
        self.here.mkdir()
        self.out = self.here / "out"
        (self.here / "linked").symlink_to("out", target_is_directory=True)
        (self.here / "place").symlink_to(".", target_is_directory=True)
        self.called = called or str(self.out)
        if called == "linked":
            self.out.mkdir()

    @property
    def releases(self) -> set[str]:
        """The releases that stand there, by what their rows say."""
        folders = [path for path in (self.out / ".releases" / NAME).iterdir() if not path.name.startswith(".")]
        return {text for path in folders for text in saying(path)}

    def build(self, what: str, **request: object) -> Ended:
        """Build, with records that say ``what``; one that is no record is refused."""
        if what == BAD:
            (self.project / "data/seen.jsonl").write_text(BAD, "utf-8")
            words: tuple[str, ...] = ()
        else:
            write_records(self.project, what)
            words = ("--quarantine",)
        call = ("--project", self.project, "--out", self.called, "--workers", "1", *words)
        return self.forks(*call, cwd=str(self.here), **request)


@pytest.fixture(params=CALLED)
def place(request: pytest.FixtureRequest, forks: Forks, small: Path) -> Place:
    return Place(forks, small, CALLED[request.param])


def test_a_build_that_dies_at_the_link_costs_neither_the_current_release_nor_its_predecessor(place: Place) -> None:
    assert place.build("one").code == 0
    assert place.build("two").code == 0
    assert place.build("three").code == 0
    for what in ("four", "five"):
        assert place.build(what, fault={"at": "symlink", "how": "KILL"}).code == -9
        assert place.build(BAD).code == 1
        assert saying(place.out / NAME) == {"three"}
        assert place.releases == {"two", "three"}


def test_no_time_of_a_release_decides_what_stays(place: Place) -> None:
    for what in ("one", "two"):
        assert place.build(what).code == 0
    first = next(path for path in (place.out / ".releases" / NAME).glob("1*") if saying(path) == {"one"})
    (first / ".DS_Store").write_bytes(b"looked at")
    os.utime(first, (FUTURE, FUTURE))
    os.utime(place.out / NAME, (0, 0))
    assert place.build(BAD).code == 1
    assert saying(place.out / NAME) == {"two"}
    assert place.releases == {"one", "two"}
    assert place.build("three").code == 0
    assert place.build("two").code == 0, "what stood there before is current again"
    assert place.releases == {"two", "three"}
    assert place.build("three").code == 0
    assert place.build(BAD).code == 1
    assert place.releases == {"two", "three"}


def test_what_others_put_among_the_releases_stays(place: Place) -> None:
    assert place.build("one").code == 0
    home = place.out / ".releases" / NAME
    mine = [
        home / "notes/a.txt", home / "2.0.0-0123456789ab/a.txt", home / ".chunks/mine/a.txt", home / "a.txt",
        place.out / f".partial-00000000-{NAME}", place.out / ".releases/other/a.txt",
        (place.out / NAME).resolve() / "notes.txt",
    ]  # fmt: skip
    for path in mine:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine", "utf-8")
    for what in ("two", "three", "four"):
        assert place.build(what).code == 0
    assert [path.read_text("utf-8") for path in mine] == ["mine"] * len(mine)
    assert saying(place.out / NAME) == {"four"}


@pytest.mark.parametrize(
    "foreign",
    [
        f"{NAME}/notes.txt",
        f"{NAME}/bagit.txt",
        NAME,
        f"{NAME}.rejected.jsonl",
        f".{NAME}.new",
        f".releases/{NAME}/notes.txt",
    ],
)
def test_what_stands_where_a_release_would_go_is_refused_by_name(foreign: str, forks: Forks, small: Path) -> None:
    out = small.parent / "out"
    path = out / foreign
    path.parent.mkdir(parents=True)
    path.write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "utf-8")
    ended = forks("--project", small, "--out", out, "--workers", "1", "--quarantine")
    assert ended.code == 3
    assert "move it away" in ended.err
    assert str(out) in ended.err
    assert path.read_text("utf-8").startswith("BagIt")


def test_a_link_that_leads_elsewhere_is_refused(forks: Forks, small: Path) -> None:
    out, mine = small.parent / "out", small.parent / "mine"
    out.mkdir()
    mine.mkdir()
    (out / NAME).symlink_to(mine)
    assert forks("--project", small, "--out", out, "--workers", "1", "--quarantine").code == 3
    assert (out / NAME).resolve() == mine


def test_refused_records_that_somebody_edited_are_not_written_over(forks: Forks, small: Path) -> None:
    out = small.parent / "out"
    words = ("--project", small, "--out", out, "--workers", "1", "--quarantine")
    assert forks(*words).code == 0
    rejected = out / f"{NAME}.rejected.jsonl"
    write_records(small, "second")
    assert forks(*words).code == 0, "what a build put there is replaced"
    rejected.write_text(rejected.read_text("utf-8") + "my notes\n", "utf-8")
    write_records(small, "third")
    ended = forks(*words)
    assert ended.code == 3
    assert f"{rejected}: it isn't what a build put there: move it away" in ended.err
    assert rejected.read_text("utf-8").endswith("my notes\n")
    assert saying(out / NAME) == {"second"}


def test_a_damaged_release_with_somebody_elses_file_in_it_is_not_replaced(forks: Forks, small: Path) -> None:
    out = small.parent / "out"
    words = ("--project", small, "--out", out, "--workers", "1", "--quarantine")
    assert forks(*words).code == 0
    (out / NAME / "README.md").write_text("damaged", "utf-8")
    (out / NAME / "mine.txt").write_text("mine", "utf-8")
    ended = forks(*words)
    assert ended.code == 3
    assert "mine.txt" in ended.err
    assert (out / NAME / "mine.txt").read_text("utf-8") == "mine"


def test_temporary_folders_of_other_origin_stay(forks: Forks, small: Path) -> None:
    temporary = forks.folder / "printed"
    mine = {
        "dataset-packager-main": "a clone",
        "dataset-packager-abcdefgh": "another",
        "dataset-packager-": "short",
        "dataset-packager-12345678": "with a marker of another folder's",
    }
    for name, text in mine.items():
        (temporary / name / "scratch").mkdir(parents=True)
        (temporary / name / "scratch/mine.txt").write_text(text, "utf-8")
    marker = temporary / "dataset-packager-12345678" / MARKER
    marker.write_text("dataset-packager-87654321 is a scratch folder of dataset-packager, which removes it\n", "utf-8")
    (temporary / "dataset-packager-87654321").symlink_to("dataset-packager-12345678")
    try:
        write_records(small, "one")
        assert forks("validate", "--project", small, "--workers", "1").code == 1
        assert forks("--project", small, "--out", small.parent / "out", "--workers", "1", "--quarantine").code == 0
        assert {name: (temporary / name / "scratch/mine.txt").read_text("utf-8") for name in mine} == mine
    finally:
        (temporary / "dataset-packager-87654321").unlink()
        for name in mine:
            shutil.rmtree(temporary / name)


def test_a_scratch_folder_that_a_killed_command_left_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder() as one:
        assert list(one.iterdir()) == []
        left = one.parent.name
        copy = shutil.copytree(one.parent, tmp_path / "copy")
    assert names(tmp_path) == {"copy"}
    copy.rename(tmp_path / left)  # as it is where its process was killed
    with scratch_folder() as two:
        assert names(tmp_path) == {two.parent.name}
    assert left.startswith(SCRATCH)


def test_a_build_among_other_datasets_in_one_folder_touches_only_its_own(forks: Forks, small: Path) -> None:
    out = small.parent / "out"
    other = shutil.copytree(small, small.parent / "other")
    (other / "pyproject.toml").write_text(
        (other / "pyproject.toml").read_text("utf-8").replace('name = "log"', 'name = "log-2"'), "utf-8"
    )
    words = ("--out", out, "--workers", "1", "--quarantine")
    assert forks("--project", other, *words).code == 0
    kept = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for what in ("one", "two", "three"):
        write_records(small, what)
        assert forks("--project", small, *words).code == 0
    assert {path: (out / path).read_bytes() for path in kept} == kept
    assert saying(out / "log-2") == {"first"}


def test_the_history_that_cannot_be_read_costs_nothing(forks: Forks, small: Path) -> None:
    out = small.parent / "out"
    words = ("--project", small, "--out", out, "--workers", "1", "--quarantine")
    for what in ("one", "two"):
        write_records(small, what)
        assert forks(*words).code == 0
    history = out / ".releases" / NAME / ".history"
    assert [name for name, _ in json.loads(history.read_bytes())["releases"]][-1] == (out / NAME).resolve().name
    (out / f"{NAME}.rejected.jsonl").unlink()
    history.write_text("{", "utf-8")
    write_records(small, "three")
    assert forks(*words).code == 0
    assert len([name for name in names(out / ".releases" / NAME) if not name.startswith(".")]) == 3
