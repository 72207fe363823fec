"""The benchmarks measure what they say: the same input each time, all of it valid, and figures that add up."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from conftest import PACKAGER, python, ran_well

from benchmarks.__main__ import main
from benchmarks.contenders import CONTENDERS, as_run
from benchmarks.inputs import bytes_of, project
from benchmarks.inside import REST, STEPS, profiled
from benchmarks.measure import Measured, RunFailed, run
from benchmarks.measure import ran_well as measured_well
from benchmarks.programs import gate_alone
from benchmarks.relations import DUPLICATES, ORPHANS, check, lay_down
from benchmarks.results import environment, keep, load
from benchmarks.shapes import BLOCK, SHAPES, block
from benchmarks.tables import middle, ratio, report

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


@pytest.mark.parametrize("shape", SHAPES)
def test_every_record_is_accepted_by_the_build(shape: str, tmp_path: Path, cli: CommandLine) -> None:
    source = project(tmp_path, shape, "300KB", seed=3)
    ran = cli("validate", "--project", source.project, "--workers", "1", "--format", "json")
    assert json.loads(ran.out)["summary"]["tables"]["records"] == {
        "read": source.records,
        "accepted": source.records,
        "rejected": 0,
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_as_long_as_it_is_said_to_be(shape: str) -> None:
    sizes = {"nested": (350, 450), "unique": (350, 450), "tied": (300, 450), "hard": (200, 500), "wide": (3000, 5500)}
    sizes |= dict.fromkeys(("narrow", "csv", "parquet"), (80, 110)) | {"vectors": (1100, 1400), "images": (40, 60)}
    least, most = sizes[shape]
    assert least <= len(block(SHAPES[shape], 1, 0)) / BLOCK <= most


def test_the_steps_of_a_worker_are_found_and_add_up(tmp_path: Path) -> None:
    source = project(tmp_path, "nested", "2MB", seed=1)
    told = profiled(source.project)
    assert told["records"] == source.records
    assert list(told["steps"]) == [*(title for title, _, _ in STEPS), REST]
    assert sum(told["steps"].values()) == pytest.approx(told["seconds"])
    assert all(seconds > 0 for title, seconds in told["steps"].items() if title != "choice of dictionaries")


def test_the_seed_alone_decides_the_input_and_more_of_it_begins_alike(tmp_path: Path) -> None:
    texts = {}
    for name, size, seed in (("one", "200KB", 1), ("two", "200KB", 1), ("more", "300KB", 1), ("other", "200KB", 2)):
        texts[name] = project(tmp_path / name, "nested", size, seed).files[0].read_bytes()
    assert texts["one"] == texts["two"]
    assert texts["more"].startswith(texts["one"])
    assert texts["other"] != texts["one"]


def test_input_that_stands_complete_is_not_made_again(tmp_path: Path) -> None:
    source = project(tmp_path, "narrow", "20KB", seed=1)
    source.files[0].write_bytes(b"")
    assert project(tmp_path, "narrow", "20KB", seed=1) == source
    assert source.files[0].read_bytes() == b""
    (source.project / "made.json").unlink()
    assert project(tmp_path, "narrow", "20KB", seed=1).files[0].read_bytes() != b""


def test_records_are_dealt_to_files_without_loss(tmp_path: Path) -> None:
    one, several = (project(tmp_path, "hard", "200KB", 1, files) for files in (1, 4))
    assert len(several.files) == 4
    whole, parts = one.files[0].read_bytes(), b"".join(path.read_bytes() for path in several.files)
    assert parts.startswith(whole)
    assert several.records == parts.count(b"\n")
    assert several.bytes == len(parts)


@pytest.mark.parametrize("processes", ["1", "3"])
def test_the_gate_alone_judges_each_record_once(
    processes: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = project(tmp_path, "hard", "50KB", 1)
    gate_alone(source.files[0], processes)
    assert json.loads(capsys.readouterr().out) == {"rows": source.records}


def test_the_wrong_keys_and_references_are_found_and_no_others(tmp_path: Path) -> None:
    lay_down(tmp_path / "keys", 5000)
    assert check(tmp_path / "keys", 1) == {"key": DUPLICATES, "reference": ORPHANS}


def test_memory_of_child_processes_and_their_time_is_counted() -> None:
    child = "import time; x = bytearray(60_000_000); y = sum(range(6_000_000)); time.sleep(2)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    begin = time.perf_counter()
    measured = run([sys.executable, "-c", parent])
    assert 60e6 < measured.memory < 150e6
    assert 0.5 < measured.wall <= time.perf_counter() - begin
    assert 0.05 < measured.cpu < measured.wall


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(RunFailed, match="exit code 3"):
        measured_well([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.parametrize(
    "out",
    [
        '{"summary": {"findings": 0, "stages": {"write": 1.5}}}\n',
        '{"check": "write", "proven": 1, "wrong": 0, "problems": [], "seconds": 1.5}\n',
    ],
)
def test_the_seconds_of_stages_and_checks_are_kept(out: str) -> None:
    assert as_run(Measured(2.0, 1.0, 10**8, 0.1, 0, out, ""))["stages"] == {"write": 1.5}


@pytest.mark.parametrize("text", ["100", "MB", "1.5GB", "1 GB", "1gb"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        bytes_of(text)


def part(**walls: list[float]) -> dict[str, Any]:
    runs = {
        name: [{"wall": wall, "cpu": 2 * wall, "memory": 10**8, "looking": 0.0} for wall in each]
        for name, each in walls.items()
    }
    return {
        "shape": "nested", "size": "1GB", "bytes": 10**9, "records": 10**6, "build": "abc", "load": 0.1, "runs": runs,
    }  # fmt: skip


def test_medians_and_ratios_come_from_all_rounds() -> None:
    told = part(duckdb=[4.0, 1.0, 2.0], datasets=[10.0, 10.0], script=[])
    assert middle(told["runs"]["duckdb"]) == 2.0
    assert ratio(told, "datasets", "duckdb") == 5.0
    assert ratio(told, "duckdb", "polars") is None
    assert ratio(told, "duckdb", "script") is None


def cells(text: str, *, begin: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {begin}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_report_says_what_was_measured_and_what_is_missed() -> None:
    told = part(**{"ours-2": [3.0, 5.0, 4.0], "duckdb": [2.0, 2.0, 2.0], "datasets": [8.0, 8.0, 8.0]})
    for run_ in told["runs"]["ours-2"]:
        run_["stages"] = {"hash": 0.5, "write": run_["wall"] / 2}
    builds = [
        told | {"shape": "wide", "runs": {"1": told["runs"]["duckdb"], "2": [{"wall": 1, "cpu": 1, "memory": 1.3e9}]}}
    ]
    constants = {"peaks": {"builds": builds, "build": "abc", "load": 0.1}}
    text = report({"environment": environment(), "comparisons": {"nested 1GB": told}, "constants": constants})
    title = CONTENDERS["ours-2"].title
    assert cells(text, begin=title) == [
        title, "4.00 (3.00–5.00)", "2.00", "0.50", "8.0", "100", "250,000", "250.0", "–",
    ]  # fmt: skip
    lines = [line for line in text.splitlines() if line.startswith("| nested | 1GB |")]
    assert [line.split("|")[4:7:2] for line in lines] == [[" 2.00 ", " **missed** "], [" 0.50 ", " held "]]
    assert cells(text, begin="write") == ["write", "2.00"]
    peaks = [line.split("|")[3:8] for line in text.splitlines() if line.startswith("| wide | 1GB |")]
    assert [(line[0], *line[3:]) for line in peaks] == [(" 1 ", " 100 ", " held "), (" 2 ", " 1,300 ", " **missed** ")]


def test_parts_are_kept_beside_each_other_but_not_those_of_another_machine(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    keep(file, load(file), "comparisons", "a", part(duckdb=[1.0]))
    keep(file, load(file), "comparisons", "b", part(duckdb=[2.0]))
    assert list(load(file)["comparisons"]) == ["a", "b"]
    known = json.loads(file.read_bytes())
    known["environment"]["cores"] += 1
    file.write_text(json.dumps(known), "utf-8")
    assert load(file)["comparisons"] == {}


def test_a_small_run_measures_and_reports_each_form_beside_those_that_take_it(tmp_path: Path) -> None:
    words = ["--sizes", "30KB", "--rounds", "1", "--folder", str(tmp_path / "work"), "--results", str(tmp_path)]
    assert main(["--shapes", "csv", "images", "--contenders", "ours-1", "duckdb", *words]) == 0
    told = json.loads((tmp_path / "results.json").read_bytes())["comparisons"]
    assert {name: sorted(part["runs"]) for name, part in told.items()} == {
        "csv 30KB": ["duckdb", "ours-1"], "images 30KB": ["ours-1"],
    }  # fmt: skip
    runs = [run_ for part in told.values() for each in part["runs"].values() for run_ in each]
    assert all(run_["wall"] > 0 and run_["memory"] > 10**7 and run_["output"] > 1000 for run_ in runs)
    assert "## csv, 30KB" in (tmp_path / "RESULTS.md").read_text("utf-8")
    assert not (tmp_path / "work/out").exists()


def test_the_benchmarks_say_how_to_run_them() -> None:
    assert "--rounds" in ran_well(python("-m", "benchmarks", "--help", cwd=PACKAGER)).out
