"""The packages import only downwards, as the README draws it; no file depends on itself; codes are registered."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codes_given import codes_given
from conftest import PACKAGE, PACKAGER, TESTS

from dataset_packager.base.finding_codes import CODES
from dataset_packager.validation.applicators import KEYWORDS
from dataset_packager.validation.leaf_keywords import ASSERTIONS

if TYPE_CHECKING:
    from pathlib import Path

README = (PACKAGER / "README.md").read_text("utf-8")
NAME = "dataset_packager"
OF_NO_PACKAGE = {
    "cases": "folders of cases: what goes in and what should come out, for the tests of several packages",
    "fuzz": "any bytes into whatever reads a stranger's",
    "hub/double": "a Hub in this process, for the tests beside it",
    "reliability": "the promises of docs/reliability.md, each of a whole build",
    "scaling": "engines, stores and destinations together, with a cluster and object stores",
}
FACE = "__init__"  # which hands on what all packages do, and so is imported by none of them
TOP = {FACE, "__main__", "contracts"}  # the door, too, and data


def packages() -> list[str]:
    """Return the packages in the order of the README's picture, from the top down."""
    found = re.search(r"<!-- layers -->\n```\n(.*?)```", README, re.DOTALL)
    assert found
    return [line.split()[0].removesuffix(".py").removesuffix("/") for line in found[1].splitlines() if line.strip()]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it: in functions and for types only, too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == NAME:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.split(".")[0] == NAME}
    return names


FILES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def file_of(name: str) -> str:
    """Return the module that a name is, or stands in."""
    while name not in FILES:
        name = name.rpartition(".")[0]
    return name


def test_packages_import_only_from_those_below_them() -> None:
    rank = {name: -place for place, name in enumerate(packages())}
    wrong = []
    for module, path in FILES.items():
        here = module.split(".")[1] if "." in module else FACE
        for name in imported(path):
            there = file_of(name).partition(".")[2].split(".")[0] or FACE
            if here in TOP or here == there or (there in TOP and there != FACE):
                continue
            if there == FACE or rank[there] >= rank[here]:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_the_picture_names_every_package_once() -> None:
    there = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert sorted(packages()) == sorted(there - TOP)


def test_no_file_depends_on_itself() -> None:
    needs = {module: {file_of(name) for name in imported(path)} for module, path in FILES.items()}
    left = {module: each - {module} for module, each in needs.items() if module not in (NAME, f"{NAME}.__main__")}
    while ends := [module for module in left if not left[module] & left.keys()]:
        for module in ends:
            del left[module]
    while begins := [module for module in left if not any(module in each for each in left.values())]:
        for module in begins:
            del left[module]
    assert {module: sorted(each & left.keys()) for module, each in left.items()} == {}


def test_a_folder_of_tests_is_called_as_the_package_that_it_is_about() -> None:
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py")} - {"."}
    others = {folder for folder in folders if not (PACKAGE / folder).is_dir()}
    listed = {folder for folder in others if any(f"{folder}/".startswith(f"{name}/") for name in OF_NO_PACKAGE)}
    assert sorted(others - listed) == [], "put them where the package stands that they are about"
    assert [name for name in OF_NO_PACKAGE if (PACKAGE / name).is_dir() or not (TESTS / name).is_dir()] == []


def test_every_code_that_a_finding_is_given_is_registered_and_no_other() -> None:
    codes = codes_given(PACKAGE, leave_out=("finding_codes.py",))
    assert codes.unclear == [], "give codes so that they can be read off the source"
    own = codes.given - KEYWORDS.keys() - ASSERTIONS
    assert own == set(CODES), "register the code in base/finding_codes.py and run make documents, or take it out"
