"""Exports say what the release says, as far as their formats can; a release that has them answers for their bytes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import CommandLine, keeps_contract, ran_well
from harbour import CALLS, STRING, Project, closed

from dataset_packager.base.check_result import Skipped
from dataset_packager.base.files import file_sha256
from dataset_packager.base.findings import Finding
from dataset_packager.documents.exports import DOCUMENT, sqlite_file
from dataset_packager.documents.exports.data_package import _licences
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.release.release_files import Release

EXPORTS = 'exports = ["sqlite", "csv", "datapackage"]\nshard_input_bytes'
ANY: dict[str, Any] = {}
LOGS: list[dict[str, Any]] = [
    {"id": "1", "text": 'He said: "no",\r\nand left', "Text": "", "at": "2026-03-01", "kind": "fog", "tags": ["a", "b"],
     "any": "1", "open": True, "depth": 0.1, "more": {"x": [1, None]}},
    {"id": "2", "text": "NULL", "Text": None, "at": None, "kind": None, "tags": [], "any": 1, "open": None,
     "depth": -1e300, "seen": [{"by": "1"}, {"by": "2"}]},
    {"id": "3", "text": "=1+1", "n": 2**70, "open": False, "any": None, "other": {"deep": "ÿ 𝄞"}, "beside": "2"},
]  # fmt: skip
LOG = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {
        "id": STRING,
        "text": STRING | {"description": "What was written, 'as is'"},
        "Text": {"type": ["string", "null"]},
        "at": {"type": ["string", "null"], "format": "date"},
        "kind": {"enum": ["fog", "ice", None], "type": ["string", "null"]},
        "tags": {"type": "array", "items": STRING},
        "any": ANY,
        "open": {"type": ["boolean", "null"]},
        "depth": {"type": "number"},
        "more": {"type": "object", "properties": {"x": {"type": "array", "items": {"type": ["integer", "null"]}}}},
        "seen": {"type": "array", "items": closed(by=STRING)},
        "n": {"type": "integer", "minimum": 0, "maximum": 2**100},
        "beside": STRING,
        "when": {"type": ["string", "null"], "format": "date-time"},
    },
}
LOGS_TABLE = """
[tool.dataset-packager.tables.logs]
schema = "schema/logs.schema.json"
records = ["data/logs/*.jsonl"]
key = ["id"]
references = [
    { columns = ["seen[].by"], table = "logs", key = ["id"] },
    { columns = ["beside"], table = "logs", key = ["seen[].by"] },
]

[tool.dataset-packager.tables.logs.columns]
at = "date"
when = "timestamp"
kind = "class-label"

[tool.dataset-packager.croissant]
creators = [{ name = "Josiah Carberry", orcid = "0000-0002-1825-0097" }]

[tool.dataset-packager.views.visits]"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    project = Project(folder / "project")
    project.configure("shard_input_bytes", EXPORTS)
    project.configure("\n[tool.dataset-packager.views.visits]", LOGS_TABLE)
    project.schemas["logs"], project.records["logs"] = LOG, LOGS
    return project.build(folder / "dist")


def cells(release: Path, table: str) -> list[dict[str, str]]:
    with (release / f"exports/csv/{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fields(release: Path, table: str) -> dict[str, Any]:
    package = json.loads((release / "datapackage.json").read_text("utf-8"))
    keeps_contract("datapackage", package)
    assert package["contributors"] == [
        {"title": "Josiah Carberry", "path": "https://orcid.org/0000-0002-1825-0097", "roles": ["creator"]}
    ]
    resource: dict[str, Any] = next(each for each in package["resources"] if each["name"] == table)
    return resource


def checked(folder: Path, temporary: Path) -> list[object]:
    return list(DOCUMENT.check(Release(folder, temporary)))


def test_a_release_is_held_against_exports_that_are_made_again(exported: Path, tmp_path: Path) -> None:
    assert checked(exported, tmp_path) == [1] * 7
    forged = Path(shutil.copytree(exported, tmp_path / "forged"))
    for name in ("exports/csv/ships.csv", "exports/harbour-log.sqlite"):
        data = (forged / name).read_bytes()
        assert b"Ship 3" in data
        (forged / name).write_bytes(data.replace(b"Ship 3", b"Ship 4"))
    (forged / "exports/csv/calls.csv").unlink()
    (forged / "exports/csv/more.csv").write_text("a\n")
    told = [each.message for each in checked(forged, tmp_path / "again") if isinstance(each, Finding)]
    assert told == [
        "is there, though the configuration wants none", "missing, though the configuration wants it",
        "is not what the rows of the release give", "is not what the rows of the release give",
    ]  # fmt: skip


def test_a_database_is_on_the_disk_before_anyone_relies_on_it(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    monkeypatch.setattr(sqlite_file, "to_disk", lambda descriptor: kept.append(os.fstat(descriptor).st_size))
    path = tmp_path / "x.sqlite"
    sqlite_file.write_sqlite(facts_of(Release(exported, tmp_path)), path)
    assert kept == [path.stat().st_size]


def test_a_database_that_another_version_wrote_is_not_compared(exported: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(exported, tmp_path / "other"))
    file = other / "exports/harbour-log.sqlite"
    data = bytearray(file.read_bytes())
    data[96:100] = (3_007_017).to_bytes(4, "big")
    file.write_bytes(data)
    skipped = [each for each in checked(other, tmp_path / "again") if isinstance(each, Skipped)]
    assert [each.why for each in skipped] == [
        "exports/harbour-log.sqlite: SQLite 3.7.17 wrote it, which isn't what is here"
    ]


def test_csv_has_every_value_and_tells_null_from_empty_text(exported: Path) -> None:
    first, second, third = cells(exported, "logs")
    assert fields(exported, "logs")["schema"]["missingValues"] == ["NULL_1"]  # for "" and NULL are texts here
    assert [row["text"] for row in (first, second, third)] == [log["text"] for log in LOGS]
    assert (first["Text"], second["Text"]) == ("", "NULL_1")
    assert (first["kind"], first["at"], first["open"], first["depth"]) == ("fog", "2026-03-01", "true", "0.1")
    assert (second["kind"], second["at"], second["depth"], second["tags"]) == ("NULL_1", "NULL_1", "-1e+300", "[]")
    assert (json.loads(first["any"]), json.loads(second["any"])) == ("1", 1)
    assert json.loads(first["more"]) == {"x": [1, None]}
    assert json.loads(second["seen"]) == [{"by": "1"}, {"by": "2"}]
    assert (third["open"], third["n"]) == ("false", str(2**70))
    assert json.loads(third["additional_properties"]) == {"other": {"deep": "ÿ 𝄞"}}


def test_rows_of_several_splits_say_which_one_they_are_in(exported: Path) -> None:
    rows = cells(exported, "calls")
    assert {row["split"] for row in rows} == {"train", "test"}
    assert sorted(row["call_id"] for row in rows) == [call["call_id"] for call in CALLS]
    assert "split" not in cells(exported, "ships")[0]


def test_the_data_package_describes_what_is_there(exported: Path) -> None:
    calls, ships, logs = (fields(exported, name) for name in ("calls", "ships", "logs"))
    for resource in (calls, ships, logs):
        path = exported / resource["path"]
        assert (resource["bytes"], resource["hash"]) == (path.stat().st_size, f"sha256:{file_sha256(path)}")
        header = path.read_text("utf-8").splitlines()[0].split(",")
        assert header == [field["name"] for field in resource["schema"]["fields"]]
    types = {field["name"]: field["type"] for field in logs["schema"]["fields"]}
    assert {name: types[name] for name in ("at", "kind", "tags", "any", "open", "depth", "more", "n", "when")} == {
        "at": "date", "kind": "string", "tags": "array", "any": "any", "open": "boolean", "depth": "number",
        "more": "object", "n": "integer", "when": "datetime",
    }  # fmt: skip
    assert next(f for f in logs["schema"]["fields"] if f["name"] == "kind")["categories"] == ["fog", "ice"]
    assert ships["schema"]["primaryKey"] == ["imo"]
    assert "foreignKeys" not in calls["schema"]
    assert calls["description"] == "ship.imo refers to imo of ships."


SPDX = "https://spdx.org/licenses/"
BOTH, FAR = "(MIT or GPL-2.0+ WITH Classpath-exception-2.0)", "DocumentRef-a:LicenseRef-b"


@pytest.mark.parametrize(
    ("expression", "link", "licences"),
    [
        ("MIT", "https://x.example", [{"name": "MIT", "path": f"{SPDX}MIT"}]),
        ("LicenseRef-Mine", None, [{"name": "LicenseRef-Mine"}]),
        ("LicenseRef-Mine", "https://x.example", [{"name": "LicenseRef-Mine", "path": "https://x.example"}]),
        (BOTH, "LICENSE", [
            {"name": "MIT", "path": f"{SPDX}MIT", "title": BOTH}, {"path": f"{SPDX}GPL-2.0+", "title": BOTH},
        ]),
        (FAR, None, [{"name": "DocumentRef-a-LicenseRef-b", "title": FAR}]),
        (None, "https://x.example", []),
    ],
)  # fmt: skip
def test_each_licence_has_the_name_or_the_path_that_a_data_package_asks_for(
    expression: str | None, link: str | None, licences: list[dict[str, str]]
) -> None:
    assert _licences(expression, link) == licences


def test_sqlite_holds_keys_and_references_as_constraints_at_any_depth(exported: Path) -> None:
    with closing(sqlite3.connect(f"file:{exported}/exports/harbour-log.sqlite?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        links = {
            (table, row[3], row[2], row[4])
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for row in database.execute(f"""PRAGMA foreign_key_list("{table}")""").fetchall()
        }
        assert links == {
            ("calls.ship.imo", "call_id", "calls", "call_id"), ("calls.ship.imo", "ship.imo", "ships", "imo"),
            ("logs.seen[].by", "id", "logs", "id"), ("logs.seen[].by", "seen[].by", "logs", "id"),
            ("logs", "beside", "logs.seen[].by, distinct", "seen[].by"),
        }  # fmt: skip
        assert database.execute('SELECT * FROM "logs.seen[].by"').fetchall() == [("2", "1"), ("2", "2")]
        assert database.execute('SELECT "text_2", "n", "open" FROM logs').fetchall() == [
            ("", None, 1), (None, None, None), (None, str(2**70), 0),
        ]  # fmt: skip
        assert database.execute('SELECT count(*) FROM calls JOIN "calls.ship.imo" USING (call_id)').fetchone() == (90,)
        with closing(sqlite3.connect(":memory:")) as copy:
            database.backup(copy)
            copy.execute("PRAGMA foreign_keys = ON")
            for wrong in ("INSERT INTO ships VALUES (9000000, 'again', NULL)", "DELETE FROM ships"):
                with pytest.raises(sqlite3.IntegrityError):
                    copy.execute(wrong)


def test_the_same_bytes_stand_beside_a_release(exported: Path, tmp_path: Path, cli: CommandLine) -> None:
    ran_well(cli("export", exported, "--format", "sqlite", "--out", tmp_path / "x.sqlite"))
    assert (tmp_path / "x.sqlite").read_bytes() == (exported / "exports/harbour-log.sqlite").read_bytes()
    ran_well(cli("export", exported, "--format", "datapackage", "--out", tmp_path / "deep/package"))
    for file in sorted((exported / "exports/csv").iterdir()):
        assert (tmp_path / "deep/package/csv" / file.name).read_bytes() == file.read_bytes()
    described = json.loads((tmp_path / "deep/package/datapackage.json").read_text("utf-8"))
    assert {each["path"] for each in described["resources"]} == {
        f"csv/{name}.csv" for name in ("calls", "ships", "notes", "logs", "visits")
    }
    again = cli("export", exported, "--format", "csv", "--out", tmp_path / "deep/package")
    assert (again.code, "stands there already" in again.err) == (2, True)
    assert not list(tmp_path.rglob(".*"))


def test_duckdb_holds_nested_values_keys_and_documentation(exported: Path, tmp_path: Path, cli: CommandLine) -> None:
    ran_well(cli("export", exported, "--format", "duckdb", "--out", tmp_path / "x.duckdb"))
    with closing(duckdb.connect(str(tmp_path / "x.duckdb"), read_only=True)) as database:
        assert database.sql("SELECT sum(len(cargo)) FROM calls").fetchall() == [(sum(len(c["cargo"]) for c in CALLS),)]
        assert database.sql("SELECT kind, seen[2].by FROM logs ORDER BY id").fetchall()[:2] == [
            ("fog", None), (None, "2"),
        ]  # fmt: skip
        keys = (
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        )
        assert sorted(database.sql(keys).fetchall())[-2:] == [("ships", ["imo"]), ("visits", ["imo"])]
        told = "SELECT comment FROM duckdb_columns() WHERE table_name = 'ships' AND column_name = 'name'"
        assert database.sql(told).fetchall() == [("As painted on the bow.",)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name a table, or another format"),
        (("--format", "csv"), "with --out PATH"),
        (("ships", "--format", "csv"), "leave the name out"),
        (("--format", "sqlit"), "did you mean 'sqlite'?"),
    ],
)
def test_a_wrong_call_is_told_of(words: tuple[str, ...], told: str, sound: Path, cli: CommandLine) -> None:
    ran = cli("export", sound, *words)
    assert (ran.code, told in ran.err) == (2, True)


@pytest.mark.parametrize(("name", "told"), [("cvs", "did you mean 'csv'?"), ("duckdb", "can't be promised")])
def test_what_a_release_cannot_hold_is_refused_before_records_are_read(
    name: str, told: str, harbour: Project, cli: CommandLine
) -> None:
    harbour.configure("shard_input_bytes", f'exports = ["{name}"]\nshard_input_bytes')
    harbour.write()
    ran = cli("--project", harbour.folder)
    assert (ran.code, told in ran.err) == (2, True)
