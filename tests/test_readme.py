"""What the README says of data and code is so."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

from conftest import ROOT

from dataset_packager.project.config import load_config

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")
PACKAGE = "dataset_packager"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def layers() -> list[list[str]]:
    """Return the names in each line of the picture of the code, from the bottom up."""
    found = re.search(r"<!-- layers -->\n```\n(.*?)```", README, re.DOTALL)
    assert found
    return [line.split() for line in reversed(found[1].splitlines())]


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it, relative to the package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.removeprefix(f"{PACKAGE}.") for name in names if name.startswith(f"{PACKAGE}.")}


def test_modules_import_only_from_lines_below_their_own() -> None:
    rank = {name: height for height, line in enumerate(layers()) for name in line}
    wrong = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        module = path.relative_to(ROOT / PACKAGE).with_suffix("").parts[0]
        for name in imported(path):
            other = name.split(".")[0]
            if other in rank and module in rank and other != module and rank[other] >= rank[module]:
                wrong.append(f"{path.relative_to(ROOT)} imports {other}")
    assert wrong == []


def test_the_picture_of_the_code_names_every_module_once() -> None:
    names = [name for line in layers() for name in line]
    modules = {path.name.removesuffix(".py") for path in (ROOT / PACKAGE).iterdir() if not path.name.startswith("__")}
    assert sorted(names) == sorted(modules - {"contracts"})


def test_the_row_that_is_shown_is_in_the_dataset() -> None:
    row = json.loads(block("json"))
    file = ROOT / f"data/figures/{row['document_id']}.jsonl"
    assert row in [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_config_is_listed_and_the_default_is_marked() -> None:
    config = load_config(ROOT)
    listed = re.findall(r"^\| `(\w+)`( \(default\))? \|", README, re.MULTILINE)
    assert {name for name, _ in listed} == set(config.configs)
    assert [name for name, mark in listed if mark] == [config.default_config]


def test_the_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets
