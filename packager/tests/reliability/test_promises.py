"""Every promise in docs/reliability.md names tests, and they exist."""

from __future__ import annotations

import ast
import re

from conftest import PACKAGER

TEXT = (PACKAGER / "docs/reliability.md").read_text("utf-8")
NAMED = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", TEXT)


def functions(path: str) -> set[str]:
    tree = ast.parse((PACKAGER / "tests" / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_named_test_exists() -> None:
    assert len(NAMED) > 25
    assert [f"{path}::{name}" for path, name in NAMED if name and name not in functions(path)] == []


def test_every_promise_names_a_test() -> None:
    tables = [part for part in TEXT.split("\n\n") if part.startswith("| promise |")]
    rows = [row for table in tables for row in table.splitlines()[2:]]
    assert len(rows) > 40
    assert [row for row in rows if not re.search(r"`[\w/]+\.py(::\w+)?` ?(\||, )", row)] == []


def test_every_test_of_reliability_is_named() -> None:
    files = sorted((PACKAGER / "tests/reliability").glob("test_*.py"))
    written = {f"reliability/{path.name}": functions(f"reliability/{path.name}") for path in files}
    tests = {(path, name) for path, names in written.items() for name in names if name.startswith("test_")}
    assert {each for each in tests - set(NAMED) if each[0] != "reliability/test_promises.py"} == set()
