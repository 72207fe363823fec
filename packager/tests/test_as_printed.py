"""Every block of the packager's README and of the tutorial works as it is printed, one after the other."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from as_printed import ROOT, fresh_copy, run_as_printed
from conftest import PACKAGER, python

from dataset_packager.scaffold.project_files import example

if TYPE_CHECKING:
    from pathlib import Path

if not (ROOT / "build_dataset.py").is_file():
    pytest.skip("the packager stands alone here, and its documents begin in a clone", allow_module_level=True)


@pytest.mark.parametrize(("name", "python"), [("docs/tutorial.md", ".venv/bin/python"), ("README.md", "python")])
def test_a_document_works_as_printed_within_a_clone(name: str, python: str, tmp_path: Path) -> None:
    clone = fresh_copy(tmp_path / "clone")
    printed = run_as_printed((PACKAGER / name).read_text("utf-8"), clone, python, tmp_path)
    assert "Moby-Dick" in printed


def test_a_new_project_says_where_its_packages_are_to_a_python_without_them(tmp_path: Path) -> None:
    project = tmp_path / "build_dataset.py"
    project.write_bytes(example("build_dataset.py.txt"))
    bare = ["env", "-i", sys.executable, "-S", str(project)]
    ran = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "this Python lacks dataset_packager: run `make dataset` once" in ran.stderr


def test_a_package_that_is_missing_is_named_in_one_line(project: Path) -> None:
    code = "import sys; sys.modules['pyarrow'] = None; from dataset_packager.cli import main; sys.exit(main())"
    ran = python("-c", code, "validate", "--project", project)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("error: this Python lacks pyarrow: ")
