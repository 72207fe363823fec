"""A build of what hasn't changed leaves the release that stands; whatever it follows from, a change makes another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataset_packager import fingerprint as unchanged
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.shards import chunk_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CommandLine

STANDS = "nothing has changed: the release stands"
MORE = """
[tool.dataset-packager.report]
enabled = false

[tool.dataset-packager.views.titles]
schema = "schema/titles.schema.json"
query = "schema/titles.sql"
key = ["title"]
"""
TITLES = """{"type": "object", "additionalProperties": false,
 "properties": {"title": {"type": "string"}}, "required": ["title"]}"""


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        text = (project / name).read_text("utf-8")
        assert old in text
        (project / name).write_text(text.replace(old, new, 1), "utf-8")

    return change


def renamed(project: Path) -> None:
    (project / "data/books/a.jsonl").rename(project / "data/books/c.jsonl")


def without_datasheet(project: Path) -> None:
    (project / "DATASHEET.md").unlink()


CHANGES: dict[str, Callable[[Path], None]] = {
    "a record": replaced("data/authors/authors.jsonl", "Herman", "H."),
    "a space in a record": replaced("data/books/a.jsonl", '": ', '":  '),
    "the name of a file": renamed,
    "what a schema says": replaced("schema/books.schema.json", "{", '{"description": "Books.",'),
    "what a view's schema says": replaced("schema/titles.schema.json", "{", '{"description": "Titles.",'),
    "a view's query": replaced("schema/titles.sql", "SELECT", "SELECT DISTINCT"),
    "the description": replaced("pyproject.toml", "Books and who", "Books, and who"),
    "the version": replaced("pyproject.toml", "1.0.0", "1.0.1"),
    "a setting of the report": replaced("pyproject.toml", "enabled = false", "enabled = true"),
    "the datasheet": replaced("DATASHEET.md", "facts", "known facts"),
    "no datasheet": without_datasheet,
}


@pytest.fixture
def library(project: Path) -> Path:
    """The small project with a view and a datasheet."""
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    (project / "schema/titles.schema.json").write_text(TITLES, "utf-8")
    (project / "schema/titles.sql").write_text("SELECT title FROM books", "utf-8")
    (project / "DATASHEET.md").write_text("# A book's facts\n", "utf-8")
    return project


def built(cli: CommandLine, library: Path, out: Path, *words: str) -> str:
    ran = cli("--project", library, "--out", out, *words)
    assert ran.code == 0, ran.out + ran.err
    return ran.err


def test_what_has_not_changed_stays_and_is_verified(library: Path, tmp_path: Path, cli: CommandLine) -> None:
    out = tmp_path / "out"
    assert STANDS not in built(cli, library, out)
    release = (out / "tiny-library").resolve()
    first, time = folder_digest(release), release.stat().st_mtime_ns
    told = built(cli, library, out)
    assert STANDS in told
    assert "records accepted" in told
    assert ((out / "tiny-library").resolve(), release.stat().st_mtime_ns) == (release, time)
    assert folder_digest(release) == first


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_gives_what_a_build_from_nothing_gives(
    change: Callable[[Path], None], library: Path, tmp_path: Path, cli: CommandLine
) -> None:
    built(cli, library, tmp_path / "out")
    change(library)
    assert STANDS not in built(cli, library, tmp_path / "out")
    built(cli, library, tmp_path / "fresh")
    assert folder_digest(tmp_path / "out/tiny-library") == folder_digest(tmp_path / "fresh/tiny-library")


@pytest.mark.parametrize("asked", ["code_digest", "shaping_versions"])
def test_other_code_and_other_versions_build_anew(
    asked: str, library: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(cli, library, tmp_path)
    for module in (chunk_name, unchanged):
        monkeypatch.setattr(module, asked, lambda: {"other": "1"})
    assert STANDS not in built(cli, library, tmp_path)


def test_a_damaged_release_is_made_anew(library: Path, tmp_path: Path, cli: CommandLine) -> None:
    built(cli, library, tmp_path)
    sound = folder_digest(tmp_path / "tiny-library")
    (tmp_path / "tiny-library/croissant.json").write_text("{}", "utf-8")
    assert STANDS not in built(cli, library, tmp_path)
    assert folder_digest(tmp_path / "tiny-library") == sound


def test_what_is_known_of_another_release_says_nothing(library: Path, tmp_path: Path, cli: CommandLine) -> None:
    built(cli, library, tmp_path)
    origin = tmp_path / ".releases/tiny-library/.origin"
    origin.write_text(origin.read_text("utf-8").replace('"release": "1.0.0-', '"release": "1.0.0-0'), "utf-8")
    assert STANDS not in built(cli, library, tmp_path)
    origin.write_bytes(b'{"origin": ')
    assert STANDS not in built(cli, library, tmp_path)


def test_a_release_that_goes_without_records_is_made_again_and_tells_of_them(
    library: Path, tmp_path: Path, cli: CommandLine
) -> None:
    with (library / "data/books/a.jsonl").open("a", encoding="utf-8") as file:
        file.write("no JSON\n")
    for _ in range(2):
        told = built(cli, library, tmp_path, "--quarantine")
        assert STANDS not in told
        assert "1 finding\n" in told


def test_slots_are_filled_even_if_the_release_would_stand(library: Path, tmp_path: Path, cli: CommandLine) -> None:
    (library / "DATASHEET.md").write_text("# Facts\n<!-- slot: tables -->\n<!-- /slot -->\n", "utf-8")
    built(cli, library, tmp_path)
    assert STANDS not in built(cli, library, tmp_path, "--update-docs")
