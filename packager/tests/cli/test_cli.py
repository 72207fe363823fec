"""The command line: what it prints where, and with which exit code it leaves."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from conftest import COMMAND, PACKAGER, CommandLine, python, ran_well

from dataset_packager.cli import COMMANDS
from dataset_packager.release.folder_digest import folder_digest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("datasets", "duckdb", "jsonschema", "jsonschema_rs", "numpy", "pandas", "pyarrow", "yaml")


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_imports_no_heavy_package(words: list[str]) -> None:
    script = (
        "import sys\nfrom dataset_packager.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        f"print('loaded', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = ran_well(python("-c", script))
    assert ran.out.rstrip().endswith("loaded []")
    assert "exit codes: 0 done" in ran.out


def test_a_build_without_a_command_is_the_command_build(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    assert cli("--project", project, "--out", tmp_path / "a").code == 0
    assert cli("build", "--project", project, "--out", tmp_path / "b").code == 0
    assert folder_digest(tmp_path / "a/tiny-library") == folder_digest(tmp_path / "b/tiny-library")


def test_findings_go_to_standard_output_and_everything_else_to_standard_error(project: Path, cli: CommandLine) -> None:
    (project / "data/books/c.jsonl").write_text("{}\n", "utf-8")
    ran = cli("validate", "--project", project)
    assert ran.code == 1
    assert all("[required]" in line or line.startswith("    ") for line in ran.out.splitlines())
    assert "books: 3 of 4 records accepted, 1 refused" in ran.err


def test_json_output_is_one_finding_a_line_and_a_summary_last(project: Path, cli: CommandLine) -> None:
    (project / "data/books/c.jsonl").write_text('{"book_id": "x"}\nnot json\n', "utf-8")
    ran = cli("validate", "--project", project, "--format", "json")
    *findings, last = map(json.loads, ran.out.splitlines())
    assert ran.code == 1
    assert [finding["line"] for finding in findings] == [1, 1, 1, 1, 2]
    assert set(findings[0]) == {"file", "line", "path", "code", "message", "schema", "hint"}
    assert last["summary"]["tables"]["books"] == {"read": 5, "accepted": 3, "rejected": 2}
    assert last["summary"]["findings"] == 5
    assert last["summary"]["release"] is None


BAD = '{{"book_id": {0}, "title": "t", "author_ids": ["a{0}"], "genre": "novel", "pages": "{0}"}}\n'


def test_findings_that_are_alike_are_summed_up_and_all_go_to_the_report(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    (project / "data/books/c.jsonl").write_text("".join(BAD.format(n) for n in range(1, 10_001)), "utf-8")
    ran = cli("validate", "--project", project, "--report", tmp_path / "report.txt")
    assert ran.code == 1
    entries = [line for line in ran.out.splitlines() if not line.startswith("    ")]
    assert len(entries) == 2
    often = "10,000 times in books, also data/books/c.jsonl:2, data/books/c.jsonl:3, …: "
    assert entries[0].startswith(f"data/books/c.jsonl:1: $.book_id: [type] {often}1 is not of type 'string'")
    assert entries[1].startswith(f'data/books/c.jsonl:1: $.pages: [type] {often}"1" is not of type')
    assert (tmp_path / "report.txt").read_text("utf-8").count("[type]") == 20_000
    assert "20,000 findings" in ran.err
    assert "release" not in ran.err


def test_findings_are_shown_one_by_one_where_that_is_asked_for(project: Path, cli: CommandLine) -> None:
    (project / "data/books/c.jsonl").write_text("".join(BAD.format(n) for n in range(1, 101)), "utf-8")
    machine = cli("validate", "--project", project, "--format", "json")
    assert machine.out.count('"code": "type"') == 200
    for shown in (5, 0):
        some = cli("validate", "--project", project, "--show", str(shown))
        assert some.out.count("data/books/c.jsonl:") == shown
        assert f"{200 - shown} of 200 findings are not shown: all go to a file with --report FILE" in some.err


def test_a_report_tells_of_this_run_alone(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    report = tmp_path / "report.txt"
    report.write_text("of a former run\n", "utf-8")
    assert cli("validate", "--project", project, "--report", report).code == 0
    assert report.read_text("utf-8") == ""


def test_quarantine_says_where_the_refused_records_are(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    (project / "data/books/c.jsonl").write_text(BAD.format(1) + BAD.format(2), "utf-8")
    out = tmp_path / "dist"
    ran = cli("--project", project, "--out", out, "--quarantine")
    assert ran.code == 0
    assert f"the 2 refused records, each with its findings, are in {out}/tiny-library.rejected.jsonl" in ran.err
    assert len((out / "tiny-library.rejected.jsonl").read_text("utf-8").splitlines()) == 2
    (project / "data/books/c.jsonl").unlink()
    assert "refused" not in cli("--project", project, "--out", out, "--quarantine").err


def test_a_table_whose_every_record_is_refused_is_no_release(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    for path in (project / "data/books").iterdir():
        path.write_text("{}\n", "utf-8")
    ran = cli("--project", project, "--out", tmp_path / "dist", "--quarantine")
    assert ran.code == 1
    assert "no release was made: every record of books was refused" in ran.err
    assert "[empty-split]" not in ran.out


def test_validate_leaves_nothing_behind(project: Path, cli: CommandLine) -> None:
    before = sorted(project.rglob("*"))
    assert cli("validate", "--project", project).code == 0
    assert sorted(project.rglob("*")) == before


def test_check_writes_neither_into_the_project_nor_into_the_output(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    before = sorted(project.rglob("*"))
    cli("--project", project, "--out", tmp_path / "dist", "--check")
    assert sorted(project.rglob("*")) == before
    assert not (tmp_path / "dist").exists()


def test_a_build_says_what_it_made(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    ran = cli("--project", project, "--out", tmp_path / "dist", "--format", "json")
    summary = json.loads(ran.out.splitlines()[-1])["summary"]
    assert summary["release"] == str(tmp_path / "dist/tiny-library")
    assert summary["tables"] == {
        "books": {"read": 3, "accepted": 3, "rejected": 0},
        "authors": {"read": 4, "accepted": 4, "rejected": 0},
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--workers", "0"], "no number of processes"),
        (["--project", "no/such/folder"], "no such folder"),
        (["verify", "no/such/release"], "no release"),
        (["--verify", "halfway"], "--verify halfway: it is one of quick, full"),
        (["vaildate"], "'vaildate' is no command: did you mean validate?"),
        (["--workers", "2", "vaildate"], "'vaildate' is no command: did you mean validate?"),
        (["something"], "'something' is no command: commands are apply, build, diff, explain-schema"),
        (["docs"], "docs is no command: to build the project in that folder, write --project docs"),
        (["validate", "docs"], "'docs': to name the project's folder, write --project docs"),
        (["validate", "--projct", "docs"], "validate has no option --projct: did you mean --project?"),
        (["--projct", "docs", "validate"], "validate has no option --projct: did you mean --project?"),
        (["--quarantne"], "build has no option --quarantne: did you mean --quarantine?"),
        (["publish", "dist/x", "--repoid", "a/b"], "publish has no option --repoid: did you mean --repo-id?"),
        (["--engine", "dsk"], "--engine dsk: did you mean dask?"),
        (["--verify=fulll"], "--verify fulll: did you mean full?"),
        (["validate", "--format", "yaml"], "--format yaml: it is one of text, json"),
        (["validate", "--repo-id=a/b"], "validate has no option --repo-id: it is one of publish"),
        (["validate", "no/such"], "'no/such' is one word too many"),
        (["export", "docs", "books", "authors"], "'authors' is one word too many"),
    ],
)
def test_a_wrong_call_gets_exit_code_2_and_says_why(
    words: list[str], says: str, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PACKAGER)
    ran = cli(*words)
    assert ran.code == 2
    assert says in ran.err


def test_an_output_that_is_no_folder_gets_exit_code_3(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "dist").write_text("a file", "utf-8")
    ran = cli("--project", project, "--out", tmp_path / "dist")
    assert ran.code == 3
    assert "dist" in ran.err


def test_a_second_build_at_the_same_time_says_that_one_is_running(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    from dataset_packager.release.local_releases import staging_area

    with staging_area(tmp_path / "dist", "tiny-library"):
        ran = cli("--project", project, "--out", tmp_path / "dist")
    assert ran.code == 3
    assert "another build is writing it" in ran.err
    assert cli("--project", project, "--out", tmp_path / "dist").code == 0


def test_a_terminal_gets_a_progress_bar_and_a_pipe_gets_none(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    words = ["--project", str(project), "--out", str(tmp_path / "dist"), "--workers", "1"]
    command = [sys.executable, str(COMMAND), *words]
    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    with subprocess.Popen(command, stdout=terminal, stderr=terminal) as building:
        shown = b""
        while building.poll() is None or select.select([main], [], [], 0)[0]:
            if select.select([main], [], [], 0.1)[0]:
                shown += os.read(main, 4096)
    os.close(terminal)
    os.close(main)
    assert b"validate and write" in shown
    assert b"%|" in shown
    assert "%|" not in ran_well(cli(*words)).err


def test_control_characters_in_records_reach_no_terminal(project: Path, cli: CommandLine) -> None:
    line = '{"book_id": "\\u001b[31mred", "title": "\\u0007", "author_ids": [], "genre": "\\u009b2J", "pages": 1}\n'
    (project / "data/books/c.jsonl").write_text(line, "utf-8")
    ran = cli("validate", "--project", project)
    assert ran.code == 1
    assert all(character.isprintable() or character == "\n" for character in ran.out + ran.err)


def test_options_before_the_command_are_like_those_behind_it(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    report = tmp_path / "report.txt"
    ran = cli("--format", "json", "--project", project, f"--report={report}", "validate")
    assert json.loads(ran.out)["summary"]["tables"]["books"]["read"] == 3
    assert report.exists()
    assert "COMMAND" in cli("--help", "export").out


def test_a_release_goes_into_the_project_that_it_is_of(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli("--project", project.name)
    assert ran.code == 0
    assert "project/dist/tiny-library in " in ran.err
    assert (project / "dist/tiny-library/README.md").is_file()
    assert not (tmp_path / "dist").exists()


def test_a_schema_is_explained_by_the_path_that_a_shell_completes(
    project: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = (
        (project, "schema/books.schema.json"),
        (project.parent, "project/schema/books.schema.json"),
        (project / "schema", "books.schema.json"),
        (project / "data", str(project / "schema/books.schema.json")),
        (project.parent, "schema/books.schema.json", "--project", "project"),
        (project.parent, "project/schema/books.schema.json", "--project", "project"),
    )
    told = []
    for folder, *words in ways:
        monkeypatch.chdir(folder)
        told.append(cli("explain-schema", *words))
    assert {ran.code for ran in told} == {0}
    assert len({ran.out for ran in told}) == 1
    assert "book_id" in told[0].out


@pytest.mark.parametrize(
    "name", ["tool.dataset_packager", "tool.datasetpackager", "tool.dataset-packer", "dataset-packager"]
)
def test_the_section_by_another_name_is_recognized(name: str, project: Path, cli: CommandLine) -> None:
    file = project / "pyproject.toml"
    file.write_text(file.read_text("utf-8").replace("tool.dataset-packager", name), "utf-8")
    ran = cli("validate", "--project", project)
    assert ran.code == 2
    assert f"no [tool.dataset-packager]: [{name}] stands there: call it so" in ran.err


def test_a_misspelt_keyword_is_told_before_what_follows_from_it(project: Path, cli: CommandLine) -> None:
    file = project / "schema/books.schema.json"
    file.write_text(file.read_text("utf-8").replace('"properties"', '"propertys"', 1), "utf-8")
    ran = cli("validate", "--project", project)
    warning, *_, error = ran.err.splitlines()
    assert 'the keyword "propertys" is none of JSON Schema and says nothing: did you mean "properties"?' in warning
    assert "no such column" in error


def test_the_program_does_what_is_registered_for_its_end_and_takes_nothing_apart() -> None:
    said = python(
        "-c",
        "import atexit, threading, time\n"
        "from dataset_packager import __main__ as door\n"
        "class Kept:\n"
        "    def __del__(self): print('taken apart', flush=True)\n"
        "kept = Kept()\n"
        "def run():\n"
        "    atexit.register(print, 'registered', flush=True)\n"
        "    threading.Thread(target=lambda: (time.sleep(0.1), print('waited for', flush=True))).start()\n"
        "    return 3\n"
        "door.main = run\n"
        "door.program()\n",
    )
    assert (said.code, said.out.split("\n")) == (3, ["waited for", "registered", ""])
