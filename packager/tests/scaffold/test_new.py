"""`new` makes projects that build and pass their own tests at once, and brings the build along."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import tomllib
import zipfile
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from conftest import COMMAND, PACKAGE, PACKAGER, CommandLine, Ran, python, ran_well
from packaging.requirements import Requirement

from dataset_packager.documents.open_questions import left_to_answer
from dataset_packager.project.read_config import load_config
from dataset_packager.scaffold.wheel import FILE, INFO, wheel

if TYPE_CHECKING:
    from pathlib import Path

FLAT = "".join(json.dumps({"id": n, "kind": "ab"[n % 2], "day": f"2026-01-{n % 28 + 1:02}"}) + "\n" for n in range(30))
NESTED = [
    {"uuid": f"{n:08x}-0000-4000-8000-000000000000", "author": {"name": f"x{n}", "born": None}, "tags": ["a"] * (n % 3),
     "editions": [{"year": 1900 + n, "city": None}] * (n % 2), "provenance": "here", "none": None}
    for n in range(12)
]  # fmt: skip
WILD = [
    {"a.b": n, "value": [1, "x", None, [2], {"y": 2.5}, 2**60 + 1][n % 6], "counts": {f"w{n}-{m}": m for m in range(3)},
     "": True, "mixed": [1.5, 2**60 + 1][n % 2]}
    for n in range(24)
]  # fmt: skip


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed by pip into a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / FILE).write_bytes(wheel())
    words: list[str | Path] = [
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        folder / "site",
        folder / FILE,
    ]
    ran_well(python("-m", "pip", *words, cwd=folder))
    return folder / "site"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "flat.jsonl").write_text(FLAT, "utf-8")
    (folder / "nested.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in NESTED).encode()))
    (folder / "wild.json").write_text(json.dumps(WILD), "utf-8")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def as_installed(installed: Path, cwd: Path, *words: str | Path) -> Ran:
    return python(*words, cwd=cwd, PYTHONPATH=str(installed))


def test_an_installed_wheel_makes_the_same_project_as_the_checkout(
    installed: Path, tmp_path: Path, cli: CommandLine
) -> None:
    assert cli("new", tmp_path / "a/weather").code == 0
    made = tmp_path / "b/weather"
    ran_well(as_installed(installed, tmp_path, installed / "bin/dataset-packager", "new", made))
    assert files_of(made) == files_of(tmp_path / "a/weather")


def test_files_of_three_shapes_become_tables_that_build_and_come_back(
    inputs: Path, tmp_path: Path, cli: CommandLine
) -> None:
    made = tmp_path / "shapes"
    assert cli("new", made, "--from", *sorted(inputs.iterdir())).code == 0
    keys = {table.name: table.key for table in load_config(made).tables}
    assert keys == {"flat": (("id",),), "nested": (("uuid",),), "wild": ()}
    ran = cli("--project", made, "--out", tmp_path / "dist")
    assert ran.code == 0, ran.out + ran.err
    assert "left to answer: DATASHEET.md: 57 of 57 questions are open" in ran.err
    assert "left to answer: pyproject.toml: description, license, authors, released" in ran.err
    back = [json.loads(line) for line in cli("export", tmp_path / "dist/shapes", "wild").out.splitlines()]
    assert back == WILD


def test_the_same_records_give_the_same_bytes(inputs: Path, tmp_path: Path, cli: CommandLine) -> None:
    records = sorted(inputs.iterdir())
    assert cli("new", tmp_path / "a/x", "--from", *records).code == 0
    ran_well(python(COMMAND, "new", tmp_path / "b/x", "--from", *records, PYTHONHASHSEED="7"))
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_a_folder_of_files_is_one_table(tmp_path: Path, cli: CommandLine) -> None:
    folder = tmp_path / "my readings"
    folder.mkdir()
    for name in ("a.jsonl", "b.ndjson"):
        (folder / name).write_text(f'{{"id": "{name}"}}\n', "utf-8")
    (folder / "notes.txt").write_text("no records", "utf-8")
    assert cli("new", tmp_path / "x", "--from", folder).code == 0
    table = load_config(tmp_path / "x").tables[0]
    assert (table.name, table.records) == ("my_readings", ("data/my_readings/*.jsonl", "data/my_readings/*.ndjson"))


def test_wrong_records_are_findings_with_file_and_line_and_nothing_is_written(tmp_path: Path, cli: CommandLine) -> None:
    source = tmp_path / "x.jsonl"
    source.write_text('{"a": 1}\n{"a": 1, "a": 2}\nnot json\n', "utf-8")
    ran = cli("new", tmp_path / "made", "--from", source)
    assert ran.code == 1
    assert f"{source}:2: $.a: [duplicate-name]" in ran.out
    assert f"{source}:3: $: [json]" in ran.out
    assert sorted(tmp_path.iterdir()) == [source]


def test_a_file_without_records_is_a_finding(tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "x.jsonl").write_text("\n", "utf-8")
    ran = cli("new", tmp_path / "made", "--from", tmp_path / "x.jsonl", "--format", "json")
    assert (ran.code, json.loads(ran.out)["code"]) == (1, "empty")


@pytest.mark.parametrize(
    ("name", "told"), [("x.xml", "unknown ending"), ("none.jsonl", "no such file"), ("empty", "no file of records")]
)
def test_an_input_that_cannot_be_one_is_a_wrong_call(name: str, told: str, tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "x.xml").write_text("<a/>\n", "utf-8")
    (tmp_path / "empty").mkdir()
    ran = cli("new", tmp_path / "made", "--from", tmp_path / name)
    assert (ran.code, told in ran.err) == (2, True), ran.err


def test_two_inputs_of_one_name_are_a_wrong_call(inputs: Path, tmp_path: Path, cli: CommandLine) -> None:
    ran = cli("new", tmp_path / "made", "--from", inputs / "flat.jsonl", inputs / "flat.jsonl")
    assert (ran.code, "rename one" in ran.err) == (2, True)


def test_no_file_is_ever_overwritten(inputs: Path, tmp_path: Path, cli: CommandLine) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "Makefile").write_text("mine\n", "utf-8")
    ran = cli("new", made, "--from", inputs / "flat.jsonl")
    assert (ran.code, "Makefile" in ran.err) == (2, True)
    assert files_of(made) == {"Makefile": b"mine\n"}


def test_a_project_can_be_made_around_records_that_are_there(tmp_path: Path, cli: CommandLine) -> None:
    records = tmp_path / "made/data/flat/flat.jsonl"
    records.parent.mkdir(parents=True)
    records.write_text(FLAT, "utf-8")
    ran = cli("new", tmp_path / "made", "--from", records)
    assert ran.code == 0, ran.err
    assert cli("validate", "--project", tmp_path / "made").code == 0


def test_a_disk_that_refuses_is_told_as_such(inputs: Path, cli: CommandLine) -> None:
    ran = cli("new", "/proc/made", "--from", inputs / "flat.jsonl")
    assert ran.code == 3


def test_every_question_of_the_datasheet_is_open_until_it_is_answered(
    inputs: Path, tmp_path: Path, cli: CommandLine
) -> None:
    made = tmp_path / "made"
    cli("new", made, "--from", inputs / "flat.jsonl")
    sheet = made / "DATASHEET.md"
    assert sheet.read_text("utf-8").count("\nTODO\n") == 57
    sheet.write_text(sheet.read_text("utf-8").replace("\nTODO\n", "\nTo try things out.\n", 1), "utf-8")
    assert next(left_to_answer(load_config(made))).startswith("DATASHEET.md: 56 of 57 questions are open")
    sheet.write_text(sheet.read_text("utf-8").replace("\nTODO\n", "\nNone.\n"), "utf-8")
    assert [*left_to_answer(load_config(made))] == ["pyproject.toml: description, license, authors, released"]


def test_the_wheel_is_what_its_record_says_and_depends_on_what_the_lock_pins() -> None:
    lock = (PACKAGE / "scaffold/requirements.txt").read_text("utf-8")
    pinned = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    with zipfile.ZipFile(io.BytesIO(wheel())) as archive:
        assert archive.testzip() is None
        listed = [line.split(",")[0] for line in archive.read(f"{INFO}/RECORD").decode().splitlines()]
        head = archive.read(f"{INFO}/METADATA").decode()
        assert "Apache License" in archive.read(f"{INFO}/licenses/LICENSE").decode()
    assert sorted(listed) == sorted(archive.namelist())
    stated = [Requirement(line.partition(": ")[2]) for line in head.splitlines() if line.startswith("Requires-Dist")]
    assert {each.name for each in stated if each.marker is None} <= pinned


def test_the_lock_of_new_projects_pins_what_this_project_pins() -> None:
    def pins(path: str) -> set[str]:
        lines = (PACKAGER / path).read_text("utf-8").splitlines()
        return {line.split(";")[0].rstrip(" \\") for line in lines if "==" in line and not line.startswith(" ")}

    assert pins("src/dataset_packager/scaffold/requirements.txt") <= pins("../requirements-dev.txt")


def test_every_file_of_the_package_that_is_no_module_is_named_as_package_data() -> None:
    patterns = tomllib.loads((PACKAGER / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    listed = subprocess.run(
        ["git", "ls-files", "dataset_packager"], cwd=PACKAGER / "src", capture_output=True, text=True, check=True
    )
    others = [line.partition("/")[2] for line in listed.stdout.splitlines() if not line.endswith(".py")]
    assert [path for path in others if not any(fnmatch(path, each) for each in patterns["dataset_packager"])] == []


def test_the_targets_of_make_are_understood(tmp_path: Path, cli: CommandLine) -> None:
    cli("new", tmp_path / "made")
    done = subprocess.run(["make", "help"], cwd=tmp_path / "made", capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in done.stdout.splitlines()} >= {"dataset", "test", "check", "publish"}


@pytest.mark.parametrize(
    "records",
    [
        [{"id": 10**40 + 1}, {"id": 10**40 + 2}],
        [{"id": 1, "ID": "a"}, {"id": 2, "ID": "b"}],
        [{"ID": 1, "id": "a"}, {"ID": 2, "id": "b"}],
        [{**{f"f{column}": 1 for column in range(2001)}, "sample_id": f"s{row}"} for row in range(3)],
    ],
    ids=["beyond 64 bits", "by case", "by case, the other way", "behind the last column"],
)
def test_only_a_key_that_a_build_takes_is_proposed(
    records: list[dict[str, Any]], tmp_path: Path, cli: CommandLine
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in records))
    ran_well(cli("new", tmp_path / "made", "--from", path))


MEANT = "where these are the records, write each on a line, and make the project from that"


def test_records_within_one_object_and_lines_called_json_are_told_of(tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "wrapper.json").write_text(json.dumps({"data": [{"id": 1}, {"id": 2}], "total": 2}))
    ran = ran_well(cli("new", tmp_path / "made", "--from", tmp_path / "wrapper.json"))
    assert "wrapper.json: the records are the 2 objects in its member data" in ran.err
    (tmp_path / "deep.jsonl").write_text(json.dumps({"result": {"rows": [{"id": 1}, {"id": 2}]}}) + "\n")
    (tmp_path / "array.jsonl").write_text(json.dumps([{"id": 1}]) + "\n")
    ran = ran_well(cli("new", tmp_path / "more", "--from", tmp_path / "deep.jsonl", tmp_path / "array.jsonl"))
    what = "array.jsonl: is one record, an array of objects"
    assert f"{what}\n    {MEANT}: jq -c '.[]' {tmp_path}/array.jsonl > " in ran.err
    what = 'deep.jsonl: is one record, with many objects in its member "result.rows"'
    assert f"""{what}\n    {MEANT}: jq -c '.["result"]["rows"][]' {tmp_path}/deep.jsonl > deep.jsonl""" in ran.err
    (tmp_path / "lines.json").write_text('{"id": 1}\n{"id": 2}\n')
    ran = cli("new", tmp_path / "other", "--from", tmp_path / "lines.json")
    assert (ran.code, "call it lines.jsonl" in ran.out) == (1, True)


def test_without_what_infers_schemas_the_extra_is_named(tmp_path: Path) -> None:
    words = ["new", str(tmp_path / "made")]
    barred = "import sys; sys.modules['genson'] = None; from dataset_packager.cli import main"
    ran = python("-c", f"{barred}; sys.exit(main({words!r}))")
    assert (ran.code, "pip install 'dataset-packager[new]'" in ran.err) == (2, True), ran.err
    assert not (tmp_path / "made").exists()


def test_a_workflow_that_publishes_without_a_stored_token_is_written_on_request(
    tmp_path: Path, cli: CommandLine
) -> None:
    ran_well(cli("new", tmp_path / "plain"))
    assert not (tmp_path / "plain/.github").exists()
    ran_well(cli("new", tmp_path / "tides", "--workflow", "github"))
    text = (tmp_path / "tides/.github/workflows/publish.yml").read_text("utf-8")
    job = yaml.safe_load(text)["jobs"]["publish"]
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert job["env"] == {"REPO": "ORG/tides"}
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", each) for each in used)  # a tag may be moved, this can't
    called = re.findall(r"make (\w+)", "\n".join(step.get("run", "") for step in job["steps"]))
    targets = re.findall(r"^(\w+):", (tmp_path / "tides/Makefile").read_text("utf-8"), re.MULTILINE)
    assert called == ["test", "check", "publish"]
    assert set(called) <= set(targets)
    assert re.search(r'^version = "\d', (tmp_path / "tides/pyproject.toml").read_text("utf-8"), re.MULTILINE)
