"""Views are one SELECT over the tables and nothing else; their rows are typed, judged and ordered like any others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.release.own_files import RELEASE_NAME
from dataset_packager.release.view_query import checked_query

if TYPE_CHECKING:
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


def test_all_of_a_release_is_on_the_disk_before_it_appears(
    shelf: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    query(shelf, QUERY)
    there, missing, rename = set[int](), list[list[str]](), Path.rename

    def renamed(source: Path, target: Path) -> Path:
        if RELEASE_NAME.fullmatch(target.name):
            paths = (source, *source.rglob("*"))
            missing.append([path.name for path in paths if path.stat().st_ino not in there])
        return rename(source, target)

    monkeypatch.setattr(os, "fsync", lambda descriptor: there.add(os.fstat(descriptor).st_ino))
    monkeypatch.setattr(Path, "rename", renamed)
    assert cli("--project", shelf, "--out", tmp_path / "out").code == 0
    file = shelf / "data/books/a.jsonl"
    file.write_text(file.read_text("utf-8").replace("Moby-Dick", "Moby-Duck"), "utf-8")
    there.clear()
    again = cli("--project", shelf, "--out", tmp_path / "out")
    assert "1 of 2 chunks are as a former build made them" in again.err + again.out
    assert missing == [[], []]


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


@pytest.mark.parametrize("command", [(), ("validate",)])
def test_a_query_is_checked_before_any_record_is_read(
    shelf: Path, tmp_path: Path, cli: CommandLine, command: tuple[str, ...]
) -> None:
    query(shelf, "SELECT title, [uuid()] AS authors FROM books")
    for records in (shelf / "data").rglob("*.jsonl"):
        records.write_text("no record\n", "utf-8")
    ran = cli(*command, "--project", shelf, *(() if command else ("--out", tmp_path)))
    assert ran.code == 2, ran.err
    assert "uuid can give something else" in ran.err
    assert not ran.out


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


REFUSED = [
    "now()", '"NoW"()', "current_date", '"current_timestamp"', "today()", "localtime", "age(TIMESTAMP '2020-01-01')",
    "random()", "uuid()", "uuidv7()", "getenv('HOME')", "current_setting('TimeZone')", "version()", "session_user",
    "txid_current()", "system.main.now()", "list_transform([1], lambda x: random())", "(SELECT max(now()) FROM books)",
    "title.random()", "ago(INTERVAL 1 DAY)", "list_aggregate([1], 'reservoir_quantile', 0.5)",
]  # fmt: skip


@pytest.mark.parametrize("made", REFUSED)
def test_what_the_clock_chance_and_the_surroundings_say_is_refused_by_name(made: str) -> None:
    with pytest.raises(SetupError, match=r"^v\.sql: line 2: "):
        checked_query("v.sql", f"SELECT title,\n {made} AS made FROM books", ["title"], ["books"])


@pytest.mark.parametrize(
    "rows", ["duckdb_settings()", "sqlite_master", "information_schema.tables",
             "query('SELECT 1')", "books USING SAMPLE 3", "books TABLESAMPLE 10%",
             "main.duckdb_tables", "pragma_version()"],
)  # fmt: skip
def test_rows_of_chance_and_of_the_surroundings_are_refused(rows: str) -> None:
    with pytest.raises(SetupError, match=r"^v\.sql: line 1: "):
        checked_query("v.sql", f"SELECT * FROM {rows}", [], ["books"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '; now()' AS x -- random()",
        "SELECT b.current_date, age(a, b), hash(1) FROM books b",
        "SELECT user FROM books",
        "SELECT x AS session_user, session_user FROM books",
        "SELECT x FROM range(3) t(x)",
        "SELECT id FROM t ORDER BY id LIMIT 3",
    ],
)
def test_what_only_looks_like_it_is_taken(sql: str) -> None:
    assert checked_query("v.sql", sql, ["user"], ["books"]) == sql


def test_a_querys_own_order_is_left_to_the_key() -> None:
    sql = "SELECT list(a ORDER BY a), ' order by x' FROM t /* order by */ ORDER BY 1 -- order by"
    assert checked_query("v.sql", sql, [], ["t"]) == sql.partition("ORDER BY 1")[0]


TYPED = {
    "title": {"type": "string"},
    "any": {},
    "o": {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "additionalProperties": False},
    "l": {"type": "array", "items": {"type": "object", "properties": {"a": {}}, "additionalProperties": False}},
    "m": {"type": "object", "additionalProperties": {"type": "integer"}},
}


def typed(project: Path, **columns: str) -> None:
    """Let the view have the columns that SQL expressions give, with the types of ``TYPED``."""
    given = {"title": "title", **columns}
    schema = {"type": "object", "additionalProperties": False, "properties": {name: TYPED[name] for name in given}}
    (project / "schema/views/shelf.schema.json").write_text(json.dumps(schema), "utf-8")
    query(project, f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in given.items())} FROM books")


@pytest.mark.parametrize(
    ("name", "sql", "is_"),
    [
        ("any", "'12'", '"12"'),
        ("any", """'{"a":1,"a":2}'""", r'"{\"a\":1,\"a\":2}"'),
        ("any", """'{"b": 1.0, "a":  2}'::JSON""", '{"a":2,"b":1}'),
        ("any", "12.50::DECIMAL(9, 2)", "12.5"),
        ("any", "{'b': ['1'], 'a': NULL}", '{"a":null,"b":["1"]}'),
        ("any", "'null'::JSON", "null"),
        ("any", "NULL", None),
        ("o", "{'b': '[1]'::JSON, 'a': 'x'}", {"a": "x", "b": "[1]"}),
        ("l", "[{'a': 'x'}, {'a': NULL}]", [{"a": '"x"'}, {"a": None}]),
        ("m", "MAP {'b': 1, 'a': 2}", [{"key": "b", "value": 1}, {"key": "a", "value": 2}]),
    ],
)
def test_a_text_is_a_string_of_json_unless_sql_says_that_it_is_json(
    name: str, sql: str, is_: object, shelf: Path, tmp_path: Path, cli: CommandLine
) -> None:
    typed(shelf, **{name: sql})
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 0, ran.out + ran.err
    assert pq.read_table(tmp_path / "tiny-library/data/shelf").column(name)[0].as_py() == is_


@pytest.mark.parametrize(
    ("name", "sql", "finding"),
    [
        ("any", """'{"a":1,"a":2}'::JSON""", "$.any: [duplicate-name]"),
        ("any", "DATE '2020-01-01'", "$.any: [type] DATE"),
        ("any", "'nan'::DOUBLE", "$.any: [range]"),
        ("o", "{'A': 'x', 'b': 1}", "$.o.A: [additionalProperties]"),
        ("o", "{'a': 'x'}", "$.o.b: [required]"),
        ("l", "[{'a': 1, 'zz': 5}]", "$.l[].zz: [additionalProperties]"),
        ("l", "[{'a': DATE '2020-01-01'}]", "$.l[].a: [type]"),
        ("m", "[{'key': 'a', 'value': 1}, {'key': 'a', 'value': 2}]", "$.m: [duplicate-name]"),
    ],
)
def test_what_a_schema_has_no_place_for_is_a_finding(
    name: str, sql: str, finding: str, shelf: Path, tmp_path: Path, cli: CommandLine
) -> None:
    typed(shelf, **{name: sql})
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 1, ran.err
    assert f"schema/views/shelf.sql: {finding}" in ran.out


@pytest.mark.parametrize(
    ("title", "says"), [("'one'", 'title "one" stands already in row 1'), ("NULL::VARCHAR", "the key's title is null")]
)
def test_a_key_that_is_null_or_stands_twice_is_a_finding(
    title: str, says: str, shelf: Path, tmp_path: Path, cli: CommandLine
) -> None:
    query(shelf, f"SELECT {title} AS title, author_ids AS authors FROM books")
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 1, ran.err
    assert says in ran.out


def test_rows_that_are_laid_down_in_runs_come_back_in_order(
    shelf: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataset_packager.release.view_order.RUN_BYTES", 20_000)
    monkeypatch.setattr("dataset_packager.release.view_order.CHUNK_BYTES", 1_000)
    monkeypatch.setattr("dataset_packager.release.views.BATCH_ROWS", 300)
    query(shelf, "SELECT 'n' || (i * 7919 % 5000) AS title, [i::VARCHAR] AS authors FROM range(5000) t(i)")
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 0, ran.out + ran.err
    titles = pq.read_table(tmp_path / "tiny-library/data/shelf").column("title").to_pylist()
    assert titles == sorted(f"n{number}" for number in range(5000))


@pytest.mark.parametrize(
    ("setting", "sql"),
    [
        ("view_seconds = 0.5", "SELECT i::VARCHAR AS title, []::VARCHAR[] AS authors FROM range(10000000000) t(i)"),
        ("view_memory_bytes = 33554432", "SELECT list(i)::VARCHAR AS title, [] AS authors FROM range(99999999) t(i)"),
    ],
)  # fmt: skip
def test_a_limit_names_the_setting_that_raises_it(
    setting: str, sql: str, shelf: Path, tmp_path: Path, cli: CommandLine
) -> None:
    file = shelf / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace("released =", f"{setting}\nreleased =", 1), "utf-8")
    query(shelf, sql)
    ran = cli("--project", shelf, "--out", tmp_path)
    assert ran.code == 2, ran.err
    assert f"raise {setting.split()[0]}" in ran.err


def test_a_view_is_the_same_in_all_time_zones(shelf: Path, tmp_path: Path, cli: CommandLine) -> None:
    query(shelf, "SELECT left(('2024-03-10T02:30:00Z'::TIMESTAMPTZ)::VARCHAR, 15) AS title, []::VARCHAR[] AS authors")
    made = []
    for zone in ("UTC", "America/New_York"):
        words = ["--project", shelf, "--out", tmp_path / zone]
        ran = subprocess.run(
            [sys.executable, "-m", "dataset_packager", *map(str, words)],
            env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert "leaked" not in ran.stderr  # as DuckDB's binding says of what is still there when the process ends
        made += [path.read_bytes() for path in (tmp_path / zone / "tiny-library/data/shelf").iterdir()]
    assert made[0] == made[1]
    assert cli("verify", tmp_path / "America/New_York/tiny-library").code == 0
