from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from captures.copied_words import CapturedWords, Text, check_copied, packed_texts, project_texts
from captures.rows import Row

if TYPE_CHECKING:
    from pathlib import Path

CAPTURES = {
    "a": "The old ferry sailed again on a misty Monday, and it didn’t stop.",
    "b": "Nobody waved to the ferry at all.",
}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("the OLD ferry; sailed", 4),
        ("nothing of it", 1),
        ("", 0),
        ("Ferry! Sailed... again? (on) a “misty” Monday", 7),
        ("and it didn't stop", 5),
        ("and it didnt stop", 4),
        ("nobody waved to the old ferry", 4),
        ("ﬀerry", 0),
    ],
)
def test_the_longest_shared_run_ignores_case_punctuation_and_apostrophes(text: str, length: int) -> None:
    assert CapturedWords(CAPTURES).longest(text).length == length


def test_a_run_can_be_asked_of_one_capture_alone() -> None:
    words = CapturedWords(CAPTURES)

    assert words.longest("Nobody waved to the old ferry", ["a"]).length == 3
    assert words.longest("Nobody waved to the old ferry", ["b"]).length == 4


def test_every_run_is_told_with_its_line_and_its_capture() -> None:
    text = "x\nthe old ferry sailed again on a\n\nnobody waved to the ferry at all\n"

    longest, findings = check_copied(CapturedWords(CAPTURES), [Text(text, "notes.md")])

    assert longest.length == 7
    assert [(finding.line, finding.message[-3:]) for finding in findings] == [(2, "'a'"), (4, "'b'")]


def test_files_that_git_ignores_or_that_are_no_text_are_not_compared(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("drafts/\n", encoding="utf-8")
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts/x.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "image.bin").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "notes.md").write_text("words", encoding="utf-8")

    assert [text.file for text in project_texts(tmp_path)] == [".gitignore", "notes.md"]


def test_files_of_a_folder_without_git_are_compared_but_hidden_ones(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/x.md").write_text("words", encoding="utf-8")
    (tmp_path / "broken.json").write_text('{"\\', encoding="utf-8")
    (tmp_path / "some.json").write_text('{"a": ["b\\nc", "plain"]}', encoding="utf-8")

    texts = [(text.file, text.path) for text in project_texts(tmp_path)]

    assert texts == [("broken.json", "$"), ("some.json", "$"), ("some.json", "$.a[0]")]


def test_a_whole_capture_in_the_project_is_one_run_found_at_once() -> None:
    text = " ".join(f"word{number}" for number in range(20_000))

    longest, findings = check_copied(CapturedWords({"a": text}), [Text(f"Look: {text}", "copy.txt")])

    assert longest.length == 20_000
    assert len(findings) == 1


def test_records_of_files_that_are_no_text_are_read_too() -> None:
    record = {"id": 3, "spans": [{"text": CAPTURES["b"]}]}
    rows = [Row(record, name, 3) for name in ("data/a.jsonl", "data/b.parquet", "data/c.CSV.gz")]
    told = list(packed_texts({"claims": rows}))
    assert [(text.file, text.line, text.path) for text in told if text.text == CAPTURES["b"]] == [
        ("data/b.parquet", 3, "$.spans[0].text"), ("data/c.CSV.gz", 3, "$.spans[0].text"),
    ]  # fmt: skip
