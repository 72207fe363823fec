"""Rules of rows beside the schema: a licence each, no secrets, no record that was withdrawn; both ways of reading."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from conftest import keeps_contract

from dataset_packager.shards.row_rules import hashed_key
from dataset_packager.shards.secret_shapes import PERSONAL, SECRETS, secrets_found

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

HEAD = """[project]
name = "notes"
version = "1.0.0"

[tool.dataset-packager]
released = "2026-01-31"
withdrawn = "withdrawn.jsonl"
SECRETS
[tool.dataset-packager.tables.notes]
schema = "notes.schema.json"
records = ["*.records.jsonl"]
key = ["id"]
license_column = "rights.license"
"""
PROPERTIES = {
    "id": {"type": "integer"},
    "text": {"type": "string"},
    "said": {"type": "array", "items": {"type": "object", "properties": {"by": {"type": "string"}}}},
    "rights": {"type": "object", "properties": {"license": {"type": ["string", "null"]}}},
}
TOKEN = "ghp_" + "a1B2" * 9
LARGE = 20_000  # records: more than goes one by one


def project(folder: Path, rows: list[dict[str, Any]], secrets: str = "") -> None:
    (folder / "pyproject.toml").write_text(HEAD.replace("SECRETS", secrets), "utf-8")
    schema = {"required": ["id"], "properties": PROPERTIES}
    (folder / "notes.schema.json").write_text(json.dumps(schema), "utf-8")
    (folder / "withdrawn.jsonl").write_text("", "utf-8")
    (folder / "a.records.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def row(number: int, licence: str | None = "CC-BY-4.0", **more: object) -> dict[str, Any]:
    return {"id": number, "text": f"note {number}", "rights": {"license": licence}, **more}


def told(out: str) -> list[tuple[str, int, str, str]]:
    lines = [json.loads(line) for line in out.splitlines()]
    return [(each["file"], each["line"], each["path"], each["code"]) for each in lines if "code" in each]


@pytest.mark.parametrize("many", [0, LARGE])
def test_each_row_has_a_licence_of_spdx_and_they_are_summed(tmp_path: Path, cli: CommandLine, many: int) -> None:
    good = [row(number + 10, "MIT" if number % 2 else "CC-BY-4.0 OR MIT") for number in range(many + 2)]
    project(tmp_path, [row(1), row(2, None), row(3, "CC BY 4"), {"id": 4}, row(5, "LicenseRef-House"),
                       row(6, " mit "), row(7, "DocumentRef-a:LicenseRef-b or mit"), *good])  # fmt: skip
    ran = cli("--project", tmp_path, "--format", "json")
    assert ran.code == 1
    path = "$.rights.license"
    assert told(ran.out) == [("a.records.jsonl", line, path, "license") for line in (2, 3, 4)]
    assert cli("--project", tmp_path, "--quarantine").code == 0
    card = (tmp_path / "dist/notes/README.md").read_text("utf-8")
    assert f"| `notes` | `MIT` | {many // 2 + 2:,} |" in card
    assert "| `notes` | `LicenseRef-House` | 1 |" in card
    licences = json.loads((tmp_path / "dist/notes/croissant.json").read_text("utf-8"))["license"]
    assert set(licences) == {
        "https://spdx.org/licenses/CC-BY-4.0", "https://spdx.org/licenses/MIT", "CC-BY-4.0 OR MIT", "LicenseRef-House",
        "DocumentRef-a:LicenseRef-b OR MIT",
    }  # fmt: skip
    assert cli("verify", tmp_path / "dist/notes").code == 0
    sheet = (tmp_path / "dist/notes/DATASHEET.md").read_text("utf-8")
    assert (
        sheet.index("## Licences") < sheet.index("| `notes` | `LicenseRef-House` | 1 |") < sheet.index("## Withdrawn")
    )
    if not many:
        (tmp_path / "DATASHEET.md").write_text("# Mine\n\n<!-- slot:withdrawn --><!-- /slot -->\n", "utf-8")
        warned = cli("--project", tmp_path, "--quarantine").err
        assert "DATASHEET.md: says nothing of licences: add <!-- slot:licences --><!-- /slot -->" in warned
        assert "says nothing of withdrawn" not in warned


@pytest.mark.parametrize("many", [0, LARGE])
def test_secrets_are_told_or_refused_and_never_shown(tmp_path: Path, cli: CommandLine, many: int) -> None:
    hidden = [row(1, text=f"use {TOKEN} for it"), row(2, said=[{"by": "x"}, {"by": TOKEN}]), row(3)]
    project(tmp_path, [*hidden, *(row(number + 10) for number in range(many))])
    warned = cli("--project", tmp_path)
    assert warned.code == 0
    assert "warning: a.records.jsonl:1: $.text: [secret] it looks like a GitHub token" in warned.err
    assert "warning: a.records.jsonl:2: $.said[].by: [secret]" in warned.err
    assert "\n    have it revoked, take it out of the record" in warned.err
    assert "warning: a.records.jsonl:1" in cli("--project", tmp_path, "--verify", "full").err
    project(tmp_path, hidden + [row(number + 10) for number in range(many)], 'secrets = "refuse"')
    refused = cli("--project", tmp_path, "--format", "json")
    assert refused.code == 1
    assert told(refused.out) == [
        ("a.records.jsonl", 1, "$.text", "secret"), ("a.records.jsonl", 2, "$.said[].by", "secret"),
    ]  # fmt: skip
    assert TOKEN not in warned.out + warned.err + refused.out + refused.err
    project(tmp_path, hidden, 'secrets = "off"\npersonal_data = "refuse"')
    assert "[secret]" not in cli("--project", tmp_path).err
    texts = ("write to a.b@example.org", "+49 30 1234567", "3+4 = 7 @ x")
    project(tmp_path, [row(number, text=text) for number, text in enumerate(texts)], 'personal_data = "refuse"')
    assert [line for _, line, _, _ in told(cli("--project", tmp_path, "--format", "json").out)] == [1, 2]


def test_kingfisher_finds_tokens_of_more_issuers_in_their_own_row_and_shows_none(
    tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("kingfisher_sdk", reason="Kingfisher isn't installed: pip install '.[secrets]'")
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path / "cache"))
    token = "dop_v1_" + "0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c" * 2
    rows = [row(1, text="ü" * 99), row(2, text=f"ü {token}"), row(3, text=token[:30]), row(4, text=token[30:]),
            row(5, said=[{"by": "x"}, {"by": token}]), row(6, text=f"{TOKEN} {token}"),
            {"id": 7, "rights": {"license": "MIT"}}]  # fmt: skip
    project(tmp_path, rows, 'secrets = "refuse"\nkingfisher = true')
    ran = cli("--project", tmp_path, "--format", "json")
    assert told(ran.out) == [
        ("a.records.jsonl", 2, "$.text", "secret"), ("a.records.jsonl", 5, "$.said[].by", "secret"),
        ("a.records.jsonl", 6, "$.text", "secret"),
    ]  # fmt: skip
    assert "Kingfisher's rule" in ran.out
    assert token not in ran.out + ran.err
    project(tmp_path, rows, 'secrets = "off"\nkingfisher = true')
    assert cli("--project", tmp_path).code == 0
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    project(tmp_path, rows, "kingfisher = true")
    ran = cli("--project", tmp_path)
    assert (ran.code, "kingfisher = true needs the extra 'secrets'" in ran.err) == (2, True)


@pytest.mark.parametrize("many", [0, LARGE])
def test_a_withdrawn_record_that_returns_is_a_finding(tmp_path: Path, cli: CommandLine, many: int) -> None:
    rows = [row(number) for number in range(1, many + 4)]
    project(tmp_path, rows)
    assert cli("--project", tmp_path, "--out", tmp_path / "old").code == 0
    words = ("withdraw", "notes", "2", "--reason", "asked for by its author", "--date", "2026-02-01")
    assert cli(*words, "--project", tmp_path).code == 0
    (entry,) = [json.loads(line) for line in (tmp_path / "withdrawn.jsonl").read_text("utf-8").splitlines()]
    keeps_contract("withdrawn", entry)
    assert (entry["table"], entry["date"], entry["reason"]) == ("notes", "2026-02-01", "asked for by its author")
    ran = cli("--project", tmp_path, "--format", "json")
    assert (ran.code, told(ran.out)) == (1, [("a.records.jsonl", 2, "$.id", "withdrawn")])
    left = [each for each in rows if each["id"] != 2]
    (tmp_path / "a.records.jsonl").write_text("".join(json.dumps(each) + "\n" for each in left), "utf-8")
    assert cli("--project", tmp_path, "--out", tmp_path / "new").code == 0
    assert cli("verify", tmp_path / "new/notes").code == 0
    back = cli("diff", tmp_path / "new/notes", tmp_path / "old/notes")
    assert back.code == 1
    assert "[withdrawn] the record was withdrawn on 2026-02-01: asked for by its author" in back.err
    assert "[withdrawn]" not in cli("diff", tmp_path / "old/notes", tmp_path / "new/notes").err


def test_a_list_that_cannot_be_read_is_a_wrong_set_up(tmp_path: Path, cli: CommandLine) -> None:
    project(tmp_path, [row(1)])
    assert (
        "its key has the columns id" in cli("withdraw", "notes", "1", "2", "--reason", "x", "--project", tmp_path).err
    )
    (tmp_path / "withdrawn.jsonl").write_text('\n{"table": "notes", "key": "7"}\n', "utf-8")
    ran = cli("--project", tmp_path)
    assert ran.code == 2
    assert "withdrawn.jsonl:2: no entry" in ran.err
    (tmp_path / "withdrawn.jsonl").unlink()
    assert "withdrawn.jsonl: no such file" in cli("--project", tmp_path).err


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "ABCDEFGH23456723", "xoxb-" + "1234567890-abcdefghij", "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH",
        "glpat-" + "x" * 20, "sk_live_" + "4" * 24, "AIza" + "S" * 35, "npm_" + "q" * 36,
        "-----BEGIN OPENSSH PRIVATE KEY-----\nx", "sk-ant-" + "api03-" + "k" * 90,
        "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0In0." + "s" * 43,
    ],
)  # fmt: skip
def test_each_known_shape_is_found_within_other_text(text: str) -> None:
    table = pa.table({"a": [None, "plain", f"before {text} behind"]})
    assert [(row, path) for row, path, _ in secrets_found(table, SECRETS)] == [(2, "a")]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [("string", "0042", "0042"), ("string", "true", "true"), ("string", '"x"', "x"), ("string", "[1]", "[1]"),
     ("integer", "42", 42), ("number", "2", 2.0), ("boolean", "true", True), ("integer", "x", None),
     ("integer", "1.5", None), ("boolean", "1", None), ("number", "nil", None)],
)  # fmt: skip
def test_a_key_is_withdrawn_as_the_value_that_its_column_has(
    kind: str, text: str, value: object, tmp_path: Path, cli: CommandLine
) -> None:
    project(tmp_path, [])
    schema = {"required": ["id"], "properties": PROPERTIES | {"id": {"type": kind}}}
    (tmp_path / "notes.schema.json").write_text(json.dumps(schema), "utf-8")
    ran = cli("withdraw", "notes", text, "--reason", "asked for", "--project", tmp_path)
    written = [json.loads(line) for line in (tmp_path / "withdrawn.jsonl").read_text("utf-8").splitlines()]
    if value is None:
        assert (ran.code, written) == (2, [])
        assert f"id: {text!r} is no value of a column of" in ran.err
    else:
        assert [each["key"] for each in written] == [hashed_key(written[0]["salt"], (value,))]


def test_words_that_only_begin_like_a_secret_are_none() -> None:
    plain = [
        "task-oriented",
        "hf_hub_download",
        "AKIA",
        "ghp_short",
        "an eyJ",
        "npm_config_registry",
        "user@host",
        "1+1",
    ]
    assert list(secrets_found(pa.table({"a": plain}), (*SECRETS, *PERSONAL))) == []
