"""The same records, configuration and packages give the same bytes, whatever else differs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, python, ran_well

from dataset_packager.base.files import file_sha256
from dataset_packager.release.folder_digest import release_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS = ("pyproject.toml", "DATASHEET.md", "LICENSE-DATA", "schema", "data")
ANOTHER_TIME = """
import time
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + 5e8
time.time_ns = lambda: nanoseconds() + 5 * 10**17
"""


def hashes(release: Path) -> dict[str, str]:
    return {name: file_sha256(release / name) for name in release_files(release)}


def copy_project(target: Path, *, backwards: bool = False) -> Path:
    """Copy the project's own files, created in the order of their paths or against it."""
    sources = (path for part in PARTS for path in (ROOT / part, *(ROOT / part).rglob("*")) if path.is_file())
    for source in sorted(sources, reverse=backwards):
        copy = target / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return target


def built(project: Path, out: Path, *words: str, **environment: str) -> dict[str, str]:
    command: tuple[str | Path, ...] = (ROOT / "build_dataset.py", "--project", project, "--out", out, *words)
    ran_well(python(*command, cwd=ROOT, **environment))
    return hashes(out / "frontline-claims")


def with_three_workers(tmp_path: Path) -> dict[str, str]:
    return built(ROOT, tmp_path / "dist", "--workers", "3")


def with_everything_else_different(tmp_path: Path) -> dict[str, str]:
    """From another folder whose files were made in another order; another hash seed, locale, time zone and date."""
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_TIME, "utf-8")
    project, out = copy_project(tmp_path / "elsewhere", backwards=True), tmp_path / "out" / "of" / "the" / "way"
    machine = {"PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONPATH": str(tmp_path)}
    return built(project, out, "--workers", "1", **machine)


@pytest.mark.parametrize("build", [with_three_workers, with_everything_else_different])
def test_every_file_of_the_release_has_the_same_bytes(
    build: Callable[[Path], dict[str, str]], release: Path, tmp_path: Path
) -> None:
    assert build(tmp_path) == hashes(release)
