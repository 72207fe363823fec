"""The same records, configuration and packages give the same bytes, whatever else differs."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT, python, ran_well

from dataset_packager.files import file_sha256
from dataset_packager.release import release_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PARTS = ("pyproject.toml", "DATASHEET.md", "schema", "data")
ANOTHER_TIME = """
import time
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + 5e8
time.time_ns = lambda: nanoseconds() + 5 * 10**17
"""
CLOCKS = {"getpass", "random", "secrets", "socket", "time", "uuid"}


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


def with_files_created_in_another_order_in_another_folder(tmp_path: Path) -> dict[str, str]:
    return built(copy_project(tmp_path / "elsewhere", backwards=True), tmp_path / "out" / "of" / "the" / "way")


def with_another_hash_seed_locale_and_time_zone(tmp_path: Path) -> dict[str, str]:
    return built(ROOT, tmp_path / "dist", PYTHONHASHSEED="4711", LC_ALL="C", TZ="Asia/Tokyo")


def at_another_date(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "sitecustomize.py").write_text(ANOTHER_TIME, "utf-8")
    return built(ROOT, tmp_path / "dist", PYTHONPATH=str(tmp_path))


@pytest.mark.parametrize(
    "build",
    [
        with_three_workers,
        with_files_created_in_another_order_in_another_folder,
        with_another_hash_seed_locale_and_time_zone,
        at_another_date,
    ],
)
def test_every_file_of_the_release_has_the_same_bytes(
    build: Callable[[Path], dict[str, str]], release: Path, tmp_path: Path
) -> None:
    assert build(tmp_path) == hashes(release)


def test_another_record_gives_other_bytes(release: Path, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    file = project / "data/events/events.jsonl"
    file.write_text(file.read_text("utf-8").replace('"label": "', '"label": "Another ', 1), "utf-8")
    former, now = hashes(release), built(project, tmp_path / "dist")
    assert former["data/events/train-00000-of-00001.parquet"] != now["data/events/train-00000-of-00001.parquet"]
    assert former["data/figures/train-00000-of-00001.parquet"] == now["data/figures/train-00000-of-00001.parquet"]


def test_only_modules_that_print_or_wait_look_at_a_clock() -> None:
    asking = set()
    for path in sorted((ROOT / "dataset_packager").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            now = isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
            asking |= {path.name for name in names if name.split(".")[0] in CLOCKS} | ({path.name} if now else set())
    waiting = {"dask.py", "places.py", "stores.py"}  # for workers, and for litter to be old enough
    assert asking == {"report.py"} | waiting
