"""The documents are so: every command in them runs, and every command that there is stands in them."""

from __future__ import annotations

import importlib
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from conftest import PACKAGE, PACKAGER, ROOT, CommandLine
from documents_read import Reader, blocks

from dataset_packager.cli import COMMANDS, build_parser
from dataset_packager.cli.commands_reference import command_reference

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = re.compile(r"^ *from (dataset_packager[\w.]*) import ([\w, ]+)$", re.MULTILINE)
DOCUMENTS = ("README.md", *sorted(f"docs/{path.name}" for path in (PACKAGER / "docs").glob("*.md")))


def test_the_page_on_python_runs_in_the_tiny_library(tmp_path: Path, cli: CommandLine) -> None:
    readme = (PACKAGER / "README.md").read_text("utf-8")
    reader = Reader(tmp_path, cli)
    reader.read(readme[readme.index("## A tiny library") : readme.index("`dist/tiny-library/` is the release")])
    reader.read((PACKAGER / "docs/python.md").read_text("utf-8"))
    assert (tmp_path / "tiny-library/from-python/build_dataset.py").is_file()


def test_the_reference_of_the_commands_is_what_the_program_says_of_itself() -> None:
    assert (PACKAGER / "docs/commands.md").read_text("utf-8") == command_reference()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_in_a_document(name: str) -> None:
    texts = [(PACKAGER / path).read_text("utf-8") for path in DOCUMENTS if path != "docs/commands.md"]
    assert any(re.search(rf"(build_dataset\.py |dataset-packager |`){name}\b", text) for text in texts)


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_of_a_document_leads_to_a_file(path: str) -> None:
    text = (PACKAGER / path).read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (PACKAGER / path).parent.joinpath(link).exists()] == []


def test_the_options_of_every_example_command_exist() -> None:
    parser = build_parser()[1]
    for path in DOCUMENTS:
        for _, held in blocks((PACKAGER / path).read_text("utf-8"), "sh"):
            for line in re.findall(r"build_dataset\.py ([a-z-]+ [^#\n&]*)", held):
                name, *words = shlex.split(line)
                if name.startswith("-"):
                    name, words = "build", [name, *words]
                if name not in parser:  # an example of an extension's own command
                    assert path == "docs/extending.md", line
                    continue
                known = {option for action in parser[name]._actions for option in action.option_strings}
                assert {word for word in words if word.startswith("--")} <= known, line


def test_the_files_that_the_architecture_names_exist() -> None:
    text = (PACKAGER / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|\.schema\.json|/))`", text))
    roots = (ROOT, PACKAGER, PACKAGE, PACKAGER / "docs")
    assert len(named) > 20
    assert [name for name in sorted(named) if not any((root / name).exists() for root in roots)] == []


def test_every_import_that_documents_and_new_projects_show_is_there() -> None:
    shown = [PACKAGER / path for path in DOCUMENTS] + sorted((PACKAGE / "scaffold/templates").glob("*.py.txt"))
    lines = {line for path in shown for line in IMPORT.findall(path.read_text("utf-8"))}
    assert len(lines) > 10
    for module, names in lines:
        there = importlib.import_module(module)
        assert [name for name in re.findall(r"(\w+)(?: as \w+)?", names) if not hasattr(there, name)] == [], module
