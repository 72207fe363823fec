from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from captures.first_drafts import draft_partition, locate, resolve_file, scaffold
from captures.locators import LocatorError, resolves
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from evidence.conftest import Captured, base_config

if TYPE_CHECKING:
    from pathlib import Path

LONG = "It was a quiet evening by the river, and nobody had expected the boat to come back so soon."


def drafts(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_new_document_begins_with_what_its_capture_says_of_itself(captured: Captured, tmp_path: Path) -> None:
    folder = tmp_path / "drafts"

    written = scaffold(captured.config, captured.capture, "new-page", folder)

    assert [path.name for path in written] == [
        "documents.jsonl", "segments.jsonl", "alterations.jsonl", "claims.jsonl", "figures.jsonl", "mentions.jsonl",
    ]  # fmt: skip
    (document,) = drafts(folder, "documents")
    assert document["document_id"] == "new-page"
    assert document["capture"] == captured.tables["documents"][0].record["capture"]
    assert (document["topic"], document["chain"]) == (None, [])
    assert drafts(folder, "claims")[0].keys() == captured.tables["claims"][0].record.keys()
    assert drafts(folder, "mentions")[0]["span"] == {"find": ""}
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_the_draft_of_a_partition_resolves_into_one(captured: Captured, tmp_path: Path) -> None:
    scaffold(captured.config, captured.capture, "new-page", tmp_path / "drafts")
    text = captured.capture.read_text(encoding="utf-8")

    rows = list(resolve_file(captured.capture, tmp_path / "drafts/segments.jsonl", partition=True))

    assert "".join(text[row["start"] : row["end"]] for row in rows) == text
    assert all(resolves(text, row["start"], row["end"], row["sha256"]) for row in rows)
    assert [row["label"] for row in rows] == ["chrome", "body", "body", "body", "chrome"]


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        f"{LONG}\n{LONG}\n{LONG}",
        f"\n\n  Menu\n • It\n • It was\n{LONG}\n{LONG[:-1]}!\n",
        "a\na\na\n",
        f"It\n{LONG}\nIt was\n“{LONG}”\n",
    ],
)
def test_repeated_words_do_not_lead_a_partition_astray(text: str, tmp_path: Path) -> None:
    capture, draft = tmp_path / "c.txt", tmp_path / "d.jsonl"
    capture.write_text(text, encoding="utf-8")
    rows = list(draft_partition(text, "d", base_config()))
    draft.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    spans = [text[row["start"] : row["end"]] for row in resolve_file(capture, draft, partition=True)]

    assert "".join(spans) == text
    assert sum(row["label"] == "body" for row in rows) == text.count("river")
    assert all(("river" in span) == (row["label"] == "body") for span, row in zip(spans, rows, strict=True))


def test_drafts_are_never_written_over_others(captured: Captured, tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts/claims.jsonl").write_text("work of a day", encoding="utf-8")

    with pytest.raises(SetupError, match="holds files already"):
        scaffold(captured.config, captured.capture, "new-page", tmp_path / "drafts")


@pytest.mark.parametrize(
    ("words", "options", "spans"),
    [
        ("Tom Reed", {}, ["Tom Reed"]),
        ("Gazette", {}, ["Gazette", "Gazette"]),
        ("Gazette", {"after": "May"}, ["Gazette"]),
        ("two winters", {"to": "day"}, ["two winters for this day"]),
    ],
)
def test_words_are_located_wherever_they_stand(
    words: str, options: dict[str, str], spans: list[str], captured: Captured
) -> None:
    text = captured.capture.read_text(encoding="utf-8")

    assert [text[found["start"] : found["end"]] for found in locate(captured.capture, words, **options)] == spans


def test_words_that_stand_nowhere_are_told(captured: Captured) -> None:
    with pytest.raises(LocatorError, match="quote it exactly"):
        locate(captured.capture, "Tom Read")


def test_every_draft_that_cannot_be_resolved_is_named(captured: Captured, tmp_path: Path) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text('{"at": {"find": "Reed"}}\n{"at": {"find": "Read"}}\n{"at": {"find": "e"}}\n', encoding="utf-8")

    with pytest.raises(LocatorError, match=r"(?s)claims\.jsonl:2: .*claims\.jsonl:3: "):
        list(resolve_file(captured.capture, path))


def test_a_capture_that_cannot_be_read_is_no_riddle(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(b"caf\xe9")

    with pytest.raises(SetupError, match=r"not UTF-8.*byte 3"):
        locate(tmp_path / "c.txt", "caf")
    with pytest.raises(EnvironmentFailure, match=r"none\.txt"):
        locate(tmp_path / "none.txt", "caf")
