"""The Python interface: what it exports, that its results are values, and that nothing is printed."""

from __future__ import annotations

import inspect
import json
import shutil
import typing
from pathlib import Path

import pytest
from conftest import BASE, python, ran_well

import dataset_packager
from dataset_packager import build, diff, new_project, open_release, validate, verify
from dataset_packager.base.findings import SetupError

FUNCTIONS = (build, diff, new_project, open_release, validate, verify)
HEAVY = ("datasets", "duckdb", "huggingface_hub", "jsonschema", "numpy", "pandas", "pyarrow", "yaml")
BAD = {"book_id": 7, "title": "t", "author_ids": [], "genre": "novel", "pages": 1}


@pytest.fixture
def silent(capfd: pytest.CaptureFixture[str]) -> typing.Iterator[None]:
    yield
    assert capfd.readouterr() == ("", "")


def spoilt(project: Path, records: int = 1) -> Path:
    (project / "data/books/c.jsonl").write_text((json.dumps(BAD) + "\n") * records, "utf-8")
    return project


def test_it_exports_these_functions_and_no_other_thing() -> None:
    assert dataset_packager.__all__ == ["build", "diff", "new_project", "open_release", "validate", "verify"]
    assert [function.__name__ for function in FUNCTIONS] == dataset_packager.__all__


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_each_function_is_documented_and_typed(function: typing.Callable[..., object]) -> None:
    signature, document = inspect.signature(function), inspect.getdoc(function) or ""
    assert "Raises:" in document
    assert signature.return_annotation != signature.empty
    for name, parameter in signature.parameters.items():
        assert parameter.annotation != parameter.empty
        assert function is open_release or f"\n    {name}: " in document


def test_importing_it_imports_nothing_heavy() -> None:
    code = f"import sys, dataset_packager; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert ran_well(python("-c", code)).out == "[]\n"


def test_a_submodule_takes_no_functions_place() -> None:
    code = "import dataset_packager, dataset_packager.build, dataset_packager.verify, dataset_packager.diff\n"
    code += "from dataset_packager.build import Options\nfrom dataset_packager import build, verify, diff\n"
    code += "print(*(type(each).__name__ for each in (build, verify, diff, dataset_packager.build, Options)))"
    assert ran_well(python("-c", code)).out == "function function function function type\n"


@pytest.mark.usefixtures("silent")
def test_a_build_gives_the_release_beside_the_project(project: Path) -> None:
    result = build(project)
    assert result
    assert result.release
    assert (project / "dist/tiny-library").resolve() == Path(result.release).resolve()
    assert result.tables == {
        "books": {"read": 3, "accepted": 3, "rejected": 0},
        "authors": {"read": 4, "accepted": 4, "rejected": 0},
    }
    assert result.findings.total == 0
    assert any("DATASHEET.md" in note for note in result.notes)
    again = build(str(project), project / "dist")
    assert again.release == result.release
    assert "nothing has changed: the release stands as a former build made it" in again.notes


@pytest.mark.usefixtures("silent")
def test_what_is_wrong_with_the_data_is_part_of_the_result(project: Path, tmp_path: Path) -> None:
    spoilt(project, 5_000)
    for result in (validate(project), build(project, tmp_path / "out")):
        assert not result
        assert result.refused
        assert result.findings.total == 5_000
        assert len(result.findings.first) == 1_000
        (kind,) = result.findings.kinds
        assert (kind.table, kind.code, kind.member, kind.count) == ("books", "type", "$.book_id", 5_000)
        assert result.tables["books"] == {"read": 5_003, "accepted": 3, "rejected": 5_000}
    assert result.release is None
    assert list(project.glob("dist")) == []


@pytest.mark.usefixtures("silent")
def test_a_build_with_quarantine_goes_well_though_there_are_findings(project: Path, tmp_path: Path) -> None:
    result = build(spoilt(project), tmp_path / "out", quarantine=True)
    assert result
    assert result.findings.total == 1
    assert result.release
    assert any(str(tmp_path / "out/tiny-library.rejected.jsonl") in note for note in result.notes)


@pytest.mark.usefixtures("silent")
def test_a_release_is_verified_compared_and_read(project: Path, tmp_path: Path) -> None:
    old = build(project, tmp_path / "old").release
    (project / "data/books/a.jsonl").unlink()
    new = build(project, tmp_path / "new").release
    assert old
    assert new
    checked = verify(old, full=False, workers=1)
    assert (checked.wrong, checked.problems) == (0, [])
    assert diff(old, new).bump == "major"
    release = open_release(new)
    books = release["books"]
    assert (release.name, release.version, list(release.tables)) == ("tiny-library", "1.0.0", ["books", "authors"])
    records = [json.loads(line) for line in (project / "data/books/b.jsonl").read_text("utf-8").splitlines()]
    assert list(books.records()) == list(books.records("train")) == records
    assert books.read(columns=["title"]).to_pylist() == [{"title": record["title"]} for record in records]
    assert books.count() == len(records)
    assert [path.name for path in books.files("train")] == ["train-00000-of-00001.parquet"]
    assert "properties" in books.schema
    for wrong in (lambda: books.count("test"), lambda: release["book"], lambda: open_release(project)):
        with pytest.raises(SetupError, match=r"did you mean|known are|no release"):
            wrong()
    (old / Path("README.md") if isinstance(old, Path) else Path(old, "README.md")).write_text("no card", "utf-8")
    assert verify(old, full=False).wrong


@pytest.mark.usefixtures("silent")
def test_a_new_project_builds(tmp_path: Path) -> None:
    made = new_project(tmp_path / "mine", [BASE / "data/books"])
    assert made
    assert made.folder == tmp_path / "mine"
    assert "pyproject.toml" in made.files
    assert build(made.folder).tables["books"]["accepted"] == 3
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"a": 1}\n{"a"\n', "utf-8")
    refused = new_project(tmp_path / "other", [bad])
    assert not refused
    assert (refused.files, refused.findings.first[0].code) == ((), "json")
    assert not (tmp_path / "other").exists()


def test_a_script_without_a_guard_may_use_all_processes(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "project")
    script = tmp_path / "script.py"
    script.write_text(
        "from dataset_packager import build\nresult = build('project', workers=2)\n"
        "print('release', bool(result.release))\n"
    )
    assert ran_well(python(script, cwd=tmp_path)).out == "release True\n"
