from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

import pytest
from conftest import python, ran_well

from captures.commands import COMMANDS
from captures.extension import CAPTURES
from dataset_packager.base.findings import DataFindings

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.conftest import Captured, MakeCaptured


HEAVY = ("datasets", "duckdb", "jsonschema", "jsonschema_rs", "numpy", "pandas", "pyarrow", "yaml")


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_imports_no_heavy_package(words: list[str]) -> None:
    script = (
        "import sys\nfrom captures.extension import CAPTURES\nfrom dataset_packager.cli import main\n"
        f"try: main({words!r}, extensions=[CAPTURES])\nexcept SystemExit: pass\n"
        f"print('loaded', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = ran_well(python("-c", script))
    assert ran.out.rstrip().endswith("loaded []")
    assert "exit codes: 0 done" in ran.out


def run(*words: str | Path) -> int:
    """Run one command as the command line does."""
    name, *rest = map(str, words)
    _, configure, command = COMMANDS[name]
    parser = argparse.ArgumentParser(name)
    configure(parser)
    parser.set_defaults(extensions=[CAPTURES])
    return command(parser.parse_args(rest))


def test_evidence_prints_a_table_and_ends_with_0_where_all_is_proven(
    captured: Captured, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("evidence", "--project", captured.project, "--captures", captured.captures) == 0

    header, row = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["document", "locators", "figures"]
    assert row.split()[:3] == ["river-ferry", "31/31", "13/13"]


def test_evidence_with_findings_prints_them_first_and_ends_with_1(
    make_captured: MakeCaptured, capsys: pytest.CaptureFixture[str]
) -> None:
    captured = make_captured([{"table": "figures", "row": 7, "set": {"low": 1300, "high": 1300}}])

    assert run("evidence", "--project", captured.project, "--captures", captured.captures) == 1

    assert capsys.readouterr().out.startswith("data/figures/ferry.jsonl:8: $.low: [figure-value]")


def test_evidence_for_programs_is_json_lines(captured: Captured, capsys: pytest.CaptureFixture[str]) -> None:
    run("evidence", "--project", captured.project, "--captures", captured.captures, "--format", "json")

    measures, summary = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert measures["evidence"]["documents"][0]["coverage"]["numbers"] == {"total": 12, "touched": 11, "excepted": 1}
    assert summary["summary"]["findings"] == 0


def test_invalid_records_are_printed_before_the_error_goes_on(
    make_captured: MakeCaptured, capsys: pytest.CaptureFixture[str]
) -> None:
    captured = make_captured([{"table": "claims", "row": 0, "set": {"act": "shout"}}])

    with pytest.raises(DataFindings):
        run("evidence", "--project", captured.project, "--captures", captured.captures)

    assert "data/claims/ferry.jsonl:1: $.act: [enum]" in capsys.readouterr().out


def test_hydrate_refuses_another_capture_with_1_and_relocates_with_0(captured: Captured, tmp_path: Path) -> None:
    captured.replace("Home | News | Sport", "Menu")
    words = ("hydrate", "--project", captured.project, "--captures", captured.captures, "--out", tmp_path / "local")

    assert run(*words) == 1
    assert run(*words, "--relocate") == 0


def test_words_are_located_and_drafts_resolved_on_standard_output(
    captured: Captured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drafts = tmp_path / "claims.jsonl"
    drafts.write_text('{"at": [{"find": "Tom Reed"}]}\n', encoding="utf-8")

    assert run("locate", captured.capture, "Tom Reed") == 0
    assert run("resolve", captured.capture, drafts) == 0

    located, resolved = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert resolved == {"at": [located]}


def test_scaffold_tells_which_drafts_it_wrote(
    captured: Captured, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "drafts"

    assert run("scaffold", captured.capture, "--project", captured.project, "--id", "new", "--out", out) == 0

    assert capsys.readouterr().out.splitlines()[0] == str(out / "documents.jsonl")


def test_agreement_lists_differences_when_asked(captured: Captured, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, act in (("first-pass", "announce"), ("second-pass", "assert")):
        kept = captured.project / "data/quality" / folder
        kept.mkdir()
        for table in ("claims", "figures", "segments", "entities", "alterations", "mentions", "links"):
            text = (captured.project / f"data/{table}/ferry.jsonl").read_text(encoding="utf-8")
            kept.joinpath(f"{table}.jsonl").write_text(text.replace('"commit"', f'"{act}"'), encoding="utf-8")

    assert run("agreement", "--project", captured.project, "--differences") == 0

    assert "claims: act: data/quality/first-pass/claims.jsonl:3 'announce' | " in capsys.readouterr().out
