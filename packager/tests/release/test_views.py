"""Views are one SELECT over the tables and nothing else; their rows are typed, judged and ordered like any others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

VIEW = """
[tool.dataset-packager.views.shelf]
query = "schema/views/shelf.sql"
schema = "schema/views/shelf.schema.json"
key = ["title"]
"""
SCHEMA = {
    "type": "object",
    "required": ["title", "authors"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "maxLength": 15},
        "authors": {"type": "array", "items": {"type": "string"}},
    },
}
QUERY = """
SELECT title, list(a.name ORDER BY a.name) AS authors
FROM (SELECT title, unnest(author_ids) AS author_id FROM books) b JOIN authors a USING (author_id)
GROUP BY title
"""


@pytest.fixture
def shelf(project: Path) -> Path:
    (project / "schema/views").mkdir()
    (project / "schema/views/shelf.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(VIEW)
    return project


def query(project: Path, sql: str) -> None:
    (project / "schema/views/shelf.sql").write_text(sql, "utf-8")


def test_rows_are_ordered_by_the_key_and_loaded_like_a_table(shelf: Path, tmp_path: Path, cli: CommandLine) -> None:
    query(shelf, QUERY)
    ran = cli("--project", shelf, "--out", tmp_path, "--verify", "full")
    assert ran.code == 0, ran.err
    assert pq.read_table(tmp_path / "tiny-library/data/shelf").to_pylist() == [
        {"title": "Lyrical Ballads", "authors": ["Samuel Taylor Coleridge", "William Wordsworth"]},
        {"title": "Middlemarch", "authors": ["George Eliot"]},
        {"title": "Moby-Dick", "authors": ["Herman Melville"]},
    ]


def test_many_rows_go_into_several_shards_and_none_is_empty(
    shelf: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataset_packager.release.views.BATCH_ROWS", 2048)
    monkeypatch.setattr("dataset_packager.release.views.SHARD_ROWS", 2048)
    query(shelf, "SELECT 'n' || i AS title, []::VARCHAR[] AS authors FROM range(4096) t(i)")
    assert cli("--project", shelf, "--out", tmp_path).code == 0
    shards = sorted((tmp_path / "tiny-library/data/shelf").iterdir())
    assert [pq.read_metadata(path).num_rows for path in shards] == [2048, 2048]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT 1 AS title; SELECT 2", "one SELECT"),
        ("DROP TABLE books", "one SELECT"),
        ("SELECT title FROM books", "lacks 'authors'"),
        ("SELECT title, author_ids AS authors, pages FROM books", "has no place for 'pages'"),
        ("SELECT title, pages AS authors FROM books", "doesn't fit its type"),
        ("SELECT nothing AS title, author_ids AS authors FROM books", "nothing"),
        ("SELECT content AS title, []::VARCHAR[] AS authors FROM read_text('/etc/hostname')", "disabled"),
        ("SELECT title, []::VARCHAR[] AS authors FROM read_csv('pyproject.toml')", "disabled"),
        ("SELEKT", "SELEKT"),
    ],
)
def test_a_query_that_is_no_view_is_a_set_up_error(
    shelf: Path, tmp_path: Path, cli: CommandLine, sql: str, says: str
) -> None:
    query(shelf, sql)
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 2, ran.err
    assert says in ran.err


@pytest.mark.parametrize(
    ("sql", "finding"),
    [
        ("SELECT repeat('long', 9) AS title, []::VARCHAR[] AS authors", "[maxLength]"),
        ("SELECT title, author_ids AS authors FROM books WHERE false", "[empty-split]"),
    ],
)
def test_rows_that_the_views_own_schema_refuses_are_findings(
    shelf: Path, tmp_path: Path, cli: CommandLine, sql: str, finding: str
) -> None:
    query(shelf, sql)
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 1, ran.err
    assert ran.out.startswith("schema/views/shelf.sql")
    assert finding in ran.out
    assert not (tmp_path / "tiny-library").exists()
