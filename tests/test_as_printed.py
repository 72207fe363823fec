"""Every block of the README works as it is printed, in a fresh clone and with nothing activated."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from as_printed import fresh_copy, run_as_printed
from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_readme_works_as_printed_in_a_clone(tmp_path: Path) -> None:
    clone = fresh_copy(tmp_path / "clone")
    printed = run_as_printed((ROOT / "README.md").read_text("utf-8"), clone, ".venv/bin/python", tmp_path)
    assert (clone / "dist/frontline-claims/report.html").is_file()
    assert "loading" in printed  # the last check of `verify`


def test_a_python_without_the_packages_says_where_they_are() -> None:
    bare = ["env", "-i", sys.executable, "-S", str(ROOT / "build_dataset.py")]
    ran = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "this Python lacks dataset_packager: run `make dataset` once" in ran.stderr
