"""Each folder under ``cases/builds`` bends the base project; ``case.toml`` says what the build then says.

``remove`` lists files of the base that the case goes without, ``words`` adds to the command line, ``exit`` is the exit
code, ``findings`` are all findings that are printed, ``says`` are parts of what is said on standard error. Any other
file of the folder is laid over the base.
"""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING

import pytest
from conftest import BASE, CommandLine

from dataset_packager.release.folder_digest import folder_digest

if TYPE_CHECKING:
    from pathlib import Path

CASES = sorted(path.parent for path in BASE.parent.glob("*/case.toml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bent_project_gets_exactly_the_findings_that_its_case_lists(
    case: Path, project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    expected = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
    out = tmp_path / "dist"
    assert cli("--project", project, "--out", out, "--workers", "1").code == 0
    former = folder_digest(out / "tiny-library")
    bend(project, case, expected.get("remove", []))

    ran = cli("--project", project, "--out", out, "--workers", "1", "--show", "100", *expected.get("words", []))

    assert ran.out.splitlines() == expected.get("findings", []), ran.err
    assert [part for part in expected.get("says", []) if part not in ran.err] == []
    assert ran.code == expected["exit"]
    if ran.code:
        assert folder_digest(out / "tiny-library") == former


def bend(project: Path, case: Path, remove: list[str]) -> None:
    for name in remove:
        (project / name).unlink()
    for path in case.rglob("*"):
        if path.is_file() and path.name != "case.toml":
            target = project / path.relative_to(case)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
