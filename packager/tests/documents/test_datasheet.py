"""The datasheet: numbers follow the records, and what is stale or unsaid is found by its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, CommandLine

from dataset_packager.documents.datasheet import check, fill, passages, questions, responsible

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUTHOR = '{"author_id": "bronte", "name": "Charlotte Brontë"}\n'
SHEET = "# Datasheet\n\n" + "".join(
    f"## Q <!-- question:{question.id} -->\n\nIt is so.\n\n" for question in questions()
)


def facts(name: str, argument: str) -> str | None:
    return {("rows", "a"): "3", ("tables", ""): "\n\n| a |\n\n"}.get((name, argument))


@pytest.fixture
def sheet(project: Path, cli: CommandLine, tmp_path: Path) -> Callable[..., str]:
    """Write the project's datasheet below the answers, fill it, and give what it reads then."""

    def write(text: str) -> str:
        (project / "DATASHEET.md").write_text(SHEET + text, "utf-8")
        ran = cli("build", "--project", project, "--out", tmp_path / "out", "--update-docs", "--workers", "1")
        assert ran.code == 0, ran.out + ran.err
        return (project / "DATASHEET.md").read_text("utf-8").removeprefix(SHEET)

    return write


def test_the_paper_asks_57_questions_50_of_them_of_substance() -> None:
    asked = [question.id for question in questions()]
    assert len(asked) == len(set(asked)) == 57
    sections = {id_.split("-")[0]: 0 for id_ in asked}
    for id_ in asked:
        sections[id_.split("-")[0]] += not id_.endswith("-other")
    assert sections == {
        "motivation": 3, "composition": 15, "collection": 11, "preprocessing": 3,
        "uses": 5, "distribution": 6, "maintenance": 7,
    }  # fmt: skip


def test_this_repositorys_datasheet_answers_every_question() -> None:
    text = (ROOT / "DATASHEET.md").read_text("utf-8")
    assert (
        check("DATASHEET.md", text, lambda name, argument: None if name == "gone" else _standing(text, name, argument))
        == []
    )


def _standing(text: str, name: str, argument: str) -> str:
    mark = f"<!-- slot:{' '.join(filter(None, (name, argument)))} -->"
    return text.split(mark, 1)[1].split("<!-- /slot -->", 1)[0]


def test_one_more_record_makes_it_stale_and_update_docs_mends_it(
    project: Path, cli: CommandLine, sheet: Callable[..., str]
) -> None:
    before = sheet("All <!-- slot:rows authors --><!-- /slot -->\n\n<!-- slot:missing -->\n<!-- /slot -->\n")
    assert "All <!-- slot:rows authors -->4<!-- /slot -->" in before
    assert cli("build", "--check", "--project", project).code == 0

    with next((project / "data/authors").glob("*.jsonl")).open("a", encoding="utf-8") as file:
        file.write(AUTHOR)
    ran = cli("build", "--check", "--project", project, "--format", "json")
    assert ran.code == 1
    *findings, last = map(json.loads, ran.out.splitlines())
    assert [(found["file"], found["code"]) for found in findings] == [("DATASHEET.md", "stale")] * 2
    assert findings[0]["line"] == SHEET.count("\n") + 1
    assert "--update-docs" in findings[0]["hint"]
    assert last["summary"]["release"] is None

    assert cli("build", "--project", project, "--out", project / "out", "--update-docs").code == 0
    assert "-->5<!--" in (project / "DATASHEET.md").read_text("utf-8")
    assert cli("build", "--check", "--project", project).code == 0


def test_a_build_fills_the_releases_copy_and_leaves_the_projects_file_alone(project: Path, cli: CommandLine) -> None:
    (project / "DATASHEET.md").write_text("<!-- slot:rows books --><!-- /slot -->\r\n", "utf-8", newline="")
    assert cli("build", "--project", project, "--out", project / "out").code == 0
    assert (project / "DATASHEET.md").read_bytes() == b"<!-- slot:rows books --><!-- /slot -->\r\n"
    assert (project / "out/tiny-library/DATASHEET.md").read_bytes() == b"<!-- slot:rows books -->3<!-- /slot -->\r\n"


def test_numbers_of_nested_columns_are_those_of_the_records(sheet: Callable[..., str]) -> None:
    lines = sheet("<!-- slot:missing --><!-- /slot -->\n<!-- slot:words --><!-- /slot -->").splitlines()
    assert "| `books` | `pages` | 3 | 1 | 33.3% | - |" in lines
    assert "| `books` | `editions` | 3 | 1 | 33.3% | 1 |" in lines
    assert "| `books` | `editions[].city` | 2 | 1 | 50.0% | - |" in lines
    assert "| `books` | `genre` | `novel` | 2 | 66.7% |" in lines
    assert "| `books` | `genre` | `essay` | 0 | 0.0% |" in lines


def test_refused_records_are_counted(project: Path, cli: CommandLine) -> None:
    with next((project / "data/authors").glob("*.jsonl")).open("a", encoding="utf-8") as file:
        file.write('{"author_id": 5}\n')
    assert cli("build", "--project", project, "--out", project / "out", "--quarantine").code == 0
    assert "| `authors` | 1 |" in (project / "out/tiny-library/DATASHEET.md").read_text("utf-8").splitlines()


def test_without_one_there_is_a_warning_and_one_of_the_computed_parts(project: Path, cli: CommandLine) -> None:
    ran = cli("build", "--project", project, "--out", project / "out", "--verify", "full")
    assert ran.code == 0
    assert "no DATASHEET.md" in ran.err
    text = (project / "out/tiny-library/DATASHEET.md").read_text("utf-8")
    assert "no datasheet written by people" in text
    assert "| `books` | `train` | 3 | table | A book |" in text


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<!-- slot:rows a -->4<!-- /slot -->", 0, "the slot 'rows a' is stale"),
        ("\n<!-- slot:rows b -->4<!-- /slot -->", 1, "nobody knows a slot 'rows b'"),
        ("x\n\n<!-- slot:rows a -->3", 2, "opens a slot that nothing closes"),
        ("<!-- card:limits -->x", 0, "opens a card that nothing closes"),
        ("<!-- /rai -->", 0, "closes a rai that isn't open"),
        ("## Again <!-- question:uses-unfit -->\nNo.", 0, "the question 'uses-unfit' is answered twice"),
        ("## New <!-- question:uses-new -->\nNo.", 0, "nobody asks 'uses-new'"),
    ],
)
def test_what_is_wrong_is_told_by_its_line(text: str, line: int, message: str) -> None:
    (finding,) = check("DATASHEET.md", SHEET + text, facts)
    assert (finding.line, finding.code) == (SHEET.count("\n") + 1 + line, "stale")
    assert finding.message.startswith(message)


@pytest.mark.parametrize("said", ["", "TODO", "n/a", "...", "<!-- later -->", "To be written."])
def test_a_question_without_an_answer_is_found(said: str) -> None:
    text = SHEET.replace("It is so.", said, 1)
    (finding,) = check("DATASHEET.md", text, facts)
    assert (finding.line, finding.message.split(":")[0]) == (3, "the question 'motivation-purpose' has no answer")


def test_a_question_that_is_left_out_is_found() -> None:
    (finding,) = check("DATASHEET.md", SHEET.replace("question:uses-unfit", "note"), facts)
    assert finding.message.startswith("the question 'uses-unfit' is missing")


def test_a_slot_is_filled_once_and_an_unknown_one_is_emptied() -> None:
    text = (
        "a <!-- slot:rows a -->old<!-- /slot --> b\n<!-- slot:tables -->\n<!-- /slot --><!-- slot:x -->9<!-- /slot -->"
    )
    once = fill(text, facts)
    assert once == (
        "a <!-- slot:rows a -->3<!-- /slot --> b\n<!-- slot:tables -->\n\n| a |\n\n<!-- /slot -->"
        "<!-- slot:x --><!-- /slot -->"
    )
    assert fill(once, facts) == once


def test_passages_go_to_the_card_and_to_croissant_without_marks() -> None:
    text = (
        "## A <!-- question:uses-impact -->\nSome **bias** in `x`.\n\n| t |\n"
        "## B <!-- question:uses-others -->\n<!-- card:uses -->\n<!-- rai:dataUseCases -->Many, <!-- slot:rows a -->3"
        "<!-- /slot -->.<!-- /rai -->\n<!-- /card -->\nNot this."
    )
    assert passages(text, "card") == {"uses": "Many, 3."}
    assert responsible(text) == {"dataBiases": "Some bias in x.", "dataUseCases": "Many, 3."}
