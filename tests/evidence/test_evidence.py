from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from captures import evidence
from captures.config import NAME
from captures.quality import check_fresh
from dataset_packager.base.findings import DataFindings, Finding, SetupError
from evidence.conftest import CASES, Captured, MakeCaptured

if TYPE_CHECKING:
    from pathlib import Path

BREAKING = sorted(path.parent.name for path in CASES.glob("*/case.json"))


def test_a_project_that_keeps_every_rule_has_no_finding(captured: Captured) -> None:
    found = evidence.run(captured.config, captured.captures)

    assert found.findings == ()
    assert list(found.rows())[1] == ["river-ferry", "31/31", "13/13", "6/6", "3/3", "12/12 (1 listed)", "2"]


@pytest.mark.parametrize("name", BREAKING)
def test_a_broken_rule_is_found_where_it_is_broken(name: str, make_captured: MakeCaptured) -> None:
    case = json.loads((CASES / name / "case.json").read_text(encoding="utf-8"))
    captured = make_captured(case.get("edits"))
    if "capture" in case:
        captured.replace(*case["capture"])
    for file, text in case.get("files", {}).items():
        (captured.project / file).write_text(text, encoding="utf-8")

    found = captured.evidence()

    assert [_shown(finding, wanted) for finding, wanted in zip(found.findings, case["findings"], strict=True)] == case[
        "findings"
    ]


def _shown(finding: Finding, wanted: dict[str, Any]) -> dict[str, Any]:
    """The finding as the case writes it: the members that it names, and of the message the words that it quotes."""
    shown = {name: value for name, value in finding.as_json().items() if name in wanted}
    if wanted.get("message", "") in finding.message:
        shown["message"] = wanted["message"]
    return shown


def test_invalid_records_are_told_before_anything_is_compared(make_captured: MakeCaptured) -> None:
    captured = make_captured([{"table": "figures", "row": 3, "set": {"low": "many"}}])

    with pytest.raises(DataFindings) as raised:
        evidence.run(captured.config, captured.captures)

    assert [(finding.line, finding.path) for finding in raised.value.findings] == [
        (4, "$.low")
    ] * 2  # neither a number, nor what a vague figure has


def test_a_missing_folder_of_captures_is_a_wrong_call(captured: Captured, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="--captures"):
        evidence.run(captured.config, tmp_path / "nowhere")


def test_a_project_without_captures_is_told_so(captured: Captured) -> None:
    with pytest.raises(SetupError, match="no captured sources"):
        evidence.run(replace(captured.config, sections={}), captured.captures)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"documents": {"table": "documents"}}, "required"),
        ({"colour": "red"}, "colour"),
        ({"own_words": ["poems.title"]}, "no table 'poems'"),
    ],
)
def test_a_wrong_section_of_the_configuration_is_named(
    section: dict[str, Any], message: str, captured: Captured
) -> None:
    config = captured.config

    with pytest.raises(SetupError, match=message):
        evidence.run(replace(config, sections={NAME: {**config.sections[NAME], **section}}), captured.captures)


def test_written_measures_are_stale_as_soon_as_a_record_changes(captured: Captured) -> None:
    evidence.run(captured.config, captured.captures, write=True)
    kept = json.loads((captured.project / evidence.EVIDENCE).read_text(encoding="utf-8"))
    assert kept["documents"][0]["figures_agreeing"] == 13
    assert list(check_fresh(captured.project, evidence.EVIDENCE, "evidence --write")) == []

    claims = captured.project / "data/claims/ferry.jsonl"
    claims.write_text(claims.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    stale = list(check_fresh(captured.project, evidence.EVIDENCE, "evidence --write"))
    assert [(finding.code, finding.path) for finding in stale] == [("stale", "$.files.data/claims/ferry.jsonl")]


def test_measures_are_written_alike_twice(captured: Captured) -> None:
    path = captured.project / evidence.EVIDENCE
    evidence.run(captured.config, captured.captures, write=True)
    first = path.read_bytes()
    evidence.run(captured.config, captured.captures, write=True)

    assert path.read_bytes() == first


def test_readings_of_statements_are_counted_by_verdict(captured: Captured) -> None:
    counts = captured.evidence().statements

    assert counts["same"] == {"read": 1, "kept": 1, "mended": 0, "gone": 0}
    assert counts["weaker"] == {"read": 1, "kept": 0, "mended": 1, "gone": 0}
    assert counts["less"] == {"read": 1, "kept": 0, "mended": 0, "gone": 1}


@pytest.mark.parametrize("change", [{"verdict": "louder"}, {"verdict": "more"}], ids=["no verdict", "no reason"])
def test_a_reading_that_is_none_is_named(change: dict[str, str], make_captured: MakeCaptured) -> None:
    captured = make_captured([{"table": "statements", "row": 0, "set": change}])

    with pytest.raises(SetupError, match=r"statements\.jsonl:1"):
        evidence.run(captured.config, captured.captures)


@pytest.mark.parametrize("line", ["{", '{"document_id": "river-ferry", "sort": "numbers", "start": 1, "end": 2}'])
def test_a_list_of_exceptions_that_cannot_be_read_is_named(line: str, captured: Captured) -> None:
    (captured.project / "data/quality/exceptions.jsonl").write_text(line + "\n", encoding="utf-8")

    with pytest.raises(SetupError, match=r"exceptions\.jsonl:1"):
        evidence.run(captured.config, captured.captures)
