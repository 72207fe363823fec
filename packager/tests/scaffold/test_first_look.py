"""`new` looks at records as a person would: kinds of records, references, files beside them, and where they go."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.documents.datasheet import questions
from dataset_packager.scaffold.record_kinds import RecordKinds

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

AUTHORS = [{"author_id": f"a{n}", "name": f"Name {n}"} for n in range(5)]
BOOKS = [
    {"id": f"b{n}", "title": f"Title {n}", "author_id": f"a{n % 5}", "also": [f"a{n % 4}"][: n % 2],
     "after": None if n == 0 else f"b{n - 1}", "shelf": n % 3, "first": f"a{n % 2}", "cover": f"covers/{n}.png"}
    for n in range(20)
]  # fmt: skip
ORDERS = [{"order": n, "amount": 1.5, "paid": True} for n in range(6)]


def lines(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in/covers").mkdir(parents=True)
    (tmp_path / "in/authors.jsonl").write_text(lines(AUTHORS), "utf-8")
    (tmp_path / "in/books.jsonl").write_text(lines(BOOKS), "utf-8")
    (tmp_path / "in/both.jsonl").write_text(lines([*BOOKS, *ORDERS]), "utf-8")
    for number in range(20):
        (tmp_path / f"in/covers/{number}.png").write_bytes(b"")
    return tmp_path


def configuration(project: Path) -> dict[str, Any]:
    text = (project / "pyproject.toml").read_text("utf-8")
    section: dict[str, Any] = tomllib.loads(text)["tool"]["dataset-packager"]
    return section


def test_references_that_hold_and_are_called_so_are_made_and_others_proposed(folder: Path, cli: CommandLine) -> None:
    ran = cli("new", folder / "out", "--from", folder / "in/books.jsonl", folder / "in/authors.jsonl")
    assert ran.code == 0, ran.err
    assert configuration(folder / "out")["tables"]["books"]["references"] == [
        {"columns": ["author_id"], "table": "authors", "key": ["author_id"]}
    ]
    text = (folder / "out/pyproject.toml").read_text("utf-8")
    for column, table, key in (
        ("also[]", "authors", "author_id"),
        ("first", "authors", "author_id"),
        ("after", "books", "id"),
    ):
        proposed = f'columns = ["{column}"], table = "{table}", key = ["{key}"]'
        assert f"# references = [{{ {proposed} }}]    # every value stands there, which may be chance" in text
    assert "shelf" not in text
    assert "row_provenance" not in configuration(folder / "out")
    assert cli("validate", "--project", folder / "out").code == 0


def test_records_of_two_kinds_make_one_table_only_if_asked(folder: Path, cli: CommandLine) -> None:
    words = ("new", folder / "out", "--from", folder / "in/both.jsonl")
    ran = cli(*words)
    assert ran.code == 2
    assert "both: holds records of 2 kinds, which have hardly a member in common:" in ran.err
    assert f'- 6 records with "amount", "order", "paid", the first in {folder}/in/both.jsonl' in ran.err
    assert "--mixed" in ran.err
    assert not (folder / "out").exists()
    assert cli(*words, "--mixed").code == 0


@pytest.mark.parametrize(
    ("records", "kinds"),
    [
        ([{"id": 1, "a": 1, "b": 2}, {"id": 2}, {"id": 3, "c": 1, "d": 2, "e": 3}], 1),
        ([{"id": 1, "name": "x", "mail": "y"}, {"id": 2, "order": 1, "total": 2, "paid": 3}], 2),
        ([{"type": "a", "id": 1, "ts": 1, "x": 1, "y": 2}, {"type": "b", "id": 1, "ts": 1, "p": 1, "q": 2, "r": 3}], 1),
        ([{"a": 1}, 7, {"a": 2}], 2),
        ([{"a": 1}] * 3, 1),
        ([1, 2], 1),
    ],
)
def test_kinds_are_told_by_the_members_that_they_share(records: list[Any], kinds: int, tmp_path: Path) -> None:
    found = RecordKinds()
    for record in records:
        found.add(record, tmp_path)
    assert len(found.told()) == (kinds if kinds > 1 else 0)


def test_a_table_of_one_file_has_the_name_that_is_asked_for_and_no_places_of_rows(
    folder: Path, cli: CommandLine
) -> None:
    ran = cli("new", folder / "out", "--from", folder / "in/books.jsonl", "--table", "volumes")
    assert ran.code == 0
    assert configuration(folder / "out")["row_provenance"] is False
    assert list(configuration(folder / "out")["tables"]) == ["volumes"]
    assert (folder / "out/data/volumes/books.jsonl").is_file()
    both = ("--from", folder / "in/books.jsonl", folder / "in/authors.jsonl")
    assert "--table names one table, and there are 2" in cli("new", folder / "o2", "--table", "x", *both).err
    assert "letters, digits" in cli("new", folder / "o2", "--table", "a b", *both[:2]).err


def test_members_that_name_files_beside_the_records_are_warned_of_where_some_lack(
    folder: Path, cli: CommandLine
) -> None:
    (folder / "in/covers/7.png").unlink()
    ran = cli("new", folder / "out", "--from", folder / "in/books.jsonl")
    assert (
        "WARNING: books: cover names files beside the records (covers/0.png is one): THEY DON'T COME ALONG" in ran.err
    )
    assert "title" not in ran.err


def test_what_has_to_be_answered_before_publishing_is_listed(folder: Path, cli: CommandLine) -> None:
    ran = cli("new", folder / "out")
    sheet = (folder / "out/DATASHEET.md").read_text("utf-8")
    needed = [question.asks for question in questions() if question.needed]
    assert [asks for asks in needed if f"  {asks}\n" not in ran.out or f"- {asks}\n" not in sheet] == []
    assert "the other 49 questions there can wait" in ran.out


@pytest.mark.parametrize(("word", "names"), [("", 2), ("--copy", 1), ("--move", 1)])
def test_records_are_linked_copied_or_moved(word: str, names: int, folder: Path, cli: CommandLine) -> None:
    source = folder / "in/authors.jsonl"
    ran = cli("new", folder / "out", "--from", source, *filter(None, [word]))
    placed = folder / "out/data/authors/authors.jsonl"
    assert ran.code == 0
    assert placed.read_text("utf-8") == lines(AUTHORS)
    assert placed.stat().st_nlink == names
    assert source.exists() == (word != "--move")
    assert ("the records are linked" in ran.err) == (not word)


def test_reading_is_told_of_from_the_first_second(folder: Path, cli: CommandLine) -> None:
    size = (folder / "in/authors.jsonl").stat().st_size
    ran = cli("new", folder / "out", "--from", folder / "in/authors.jsonl")
    assert ran.err.startswith(f"reading {size} bytes in 1 file\n")
