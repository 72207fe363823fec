from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from captures import hydrate
from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.conftest import Captured


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "local"


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_every_locator_gets_its_text_and_every_document_its_clean_text(captured: Captured, out: Path) -> None:
    result = hydrate.run(captured.config, captured.captures, out)

    assert result.findings == ()
    assert list(result.rows())[1] == ["river-ferry", "ferry.txt", "36/36", ""]
    assert rows(out, "segments")[2]["text"] == "By Jane Doe\n"
    assert rows(out, "claims")[1]["at"][0]["text"] == "We waited two winters for this day"
    assert rows(out, "claims")[1]["speaker_at"]["text"] == "Tom Reed"
    assert rows(out, "claims")[0]["speaker_at"] is None
    assert rows(out, "figures")[2]["at"]["text"] == "£3.5 million"
    text = rows(out, "documents")[0]["text"]
    assert text.startswith("The ferry “Heron” sailed again")
    assert "Tom Reed . “It won’t stop again.”\n\nTwo thirds" in text
    assert text.endswith("new track.")


def test_a_hydrated_record_is_its_record_with_texts_added(captured: Captured, out: Path) -> None:
    hydrate.run(captured.config, captured.captures, out)

    def bare(value: Any) -> Any:
        if isinstance(value, list):
            return [bare(item) for item in value]
        return {k: bare(v) for k, v in value.items() if k != "text"} if isinstance(value, dict) else value

    for table, records in captured.tables.items():
        assert bare(rows(out, table)) == [dict(row.record) for row in records]


def test_the_local_copy_is_ignored_by_git(captured: Captured, out: Path) -> None:
    hydrate.run(captured.config, captured.captures, out)

    assert (out / ".gitignore").read_text(encoding="utf-8") == "*\n"


@pytest.mark.parametrize("name", ["claims.jsonl", ".gitignore", "notes.txt"])
def test_a_folder_of_other_things_is_refused(name: str, captured: Captured, out: Path) -> None:
    out.mkdir()
    (out / name).write_text("*\n", "utf-8")
    with pytest.raises(SetupError, match="name a new folder"):
        hydrate.run(captured.config, captured.captures, out)
    assert [(path.name, path.read_text("utf-8")) for path in out.iterdir()] == [(name, "*\n")]


def test_a_hydrated_folder_is_written_anew(captured: Captured, out: Path) -> None:
    hydrate.run(captured.config, captured.captures, out)
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    hydrate.run(captured.config, captured.captures, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_a_capture_that_changed_is_refused_and_named(captured: Captured, out: Path) -> None:
    captured.replace("Quay 7", "Quay 8")

    result = hydrate.run(captured.config, captured.captures, out)

    assert [(finding.code, "ferry.txt" in finding.message) for finding in result.findings] == [("locator", True)]
    assert rows(out, "figures")[2]["at"]["text"] is None
    assert rows(out, "documents")[0]["text"] is None


@pytest.mark.parametrize("name", ["ferry.txt", "another.txt"])
def test_spans_are_found_again_in_another_capture_of_the_article(name: str, captured: Captured, out: Path) -> None:
    captured.replace("Home | News | Sport", "A menu that is longer now")
    captured.replace("Two thirds", "Three quarters")
    captured.capture.rename(captured.captures / name)
    (captured.captures / "picture.jpg").write_bytes(b"\xff\xd8")
    (captured.captures / "unrelated.txt").write_text("Tom Reed", encoding="utf-8")

    result = hydrate.run(captured.config, captured.captures, out, relocate=True)

    assert result.findings == ()
    assert list(result.rows())[1] == ["river-ferry", name, "32/36", "relocated"]
    figure = rows(out, "figures")[12]
    assert (figure["at"]["text"], figure["at"]["found_at"] - figure["at"]["start"]) == ("30km", 10)
    assert rows(out, "figures")[6]["at"]["text"] is None
    assert rows(out, "documents")[0]["text"].endswith("“It won’t stop again.”")


def test_a_capture_that_is_nowhere_to_be_found_stays_a_finding(captured: Captured, out: Path) -> None:
    captured.capture.write_text("Something else altogether", encoding="utf-8")

    result = hydrate.run(captured.config, captured.captures, out, relocate=True)

    assert result.documents == ()
    assert len(result.findings) == 1
