"""A declaration that names what isn't there is a wrong set-up, and the message says what is near."""

from pathlib import Path

import pytest
from conftest import CommandLine

from .conftest import PROJECT, records, write_project

WRONG = {
    "an unknown table": ('table = "changes", of', 'table = "chances", of', "'chances': did you mean 'changes'?"),
    "an unknown column": ('date = "day"', 'date = "dai"', "rumours: dai: unknown name 'dai': did you mean 'day'?"),
    "a list without []": ('column = "hands[]", agent', 'column = "hands", agent', "write [] behind the list's name"),
    "[] without a list": ('rows = "kind"', 'rows = "kind[]"', "there is no list where [] stands: leave it out"),
    "a member of a plain value": ('rows = "kind"', 'rows = "kind.of"', "'of' has no place here: end the path"),
    "an unknown key": ('certainty = "kind"', 'certanty = "kind"', "unknown name 'certanty': did you mean 'certainty'?"),
    "no title": ('title = "When"\n', "", "\"title\" is a required property"),
    "a picture that leads out": ('picture = "many"', 'picture = "../many"', "does not match"),
    "a label of an unknown table": ('people = "name"', 'peple = "name"', "'peple': did you mean 'people'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_stops_the_build_and_coaches(tmp_path: Path, cli: CommandLine, case: str) -> None:
    old, new, message = WRONG[case]
    assert PROJECT.count(old) == 1
    project = write_project(tmp_path / "project", records(), PROJECT.replace(old, new))
    ran = cli("--project", project, "--out", tmp_path / "dist", "--workers", "1")
    assert (ran.code, message in ran.err + ran.out) == (2, True), ran.err
