"""The reference of the command line, from its parser: ``docs/commands.md``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.cli.parser import DEFAULT, DESCRIPTION, EPILOG, build_parser
from dataset_packager.documents.markdown import code, escape, table

if TYPE_CHECKING:
    from argparse import Action, ArgumentParser
    from collections.abc import Iterator


def command_reference() -> str:
    """Return docs/commands.md: every command with all that it takes."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    _, commands = build_parser()
    yield "# Commands"
    yield ""
    yield DESCRIPTION
    yield f"`python build_dataset.py` runs `{DEFAULT}`; where it is installed, the same program is `dataset-packager`."
    yield "This page is made from the program's own parser."
    yield ""
    yield f"{EPILOG[0].upper()}{EPILOG[1:]}."
    yield "Findings go to standard output, all else to standard error."
    for name, parser in commands.items():
        yield from _command(name, parser)


def _command(name: str, parser: ArgumentParser) -> Iterator[str]:
    words = [_written(action) for action in parser._actions if action.dest != "help"]  # argparse has no other way
    yield ""
    yield f"## `{name}`"
    yield ""
    told = parser.description or ""
    yield f"{told[0].upper()}{told[1:]}."
    yield ""
    yield from table(("argument", "meaning"), words)


def _written(action: Action) -> tuple[str, str]:
    metavar = "|".join(map(str, action.choices)) if action.choices else str(action.metavar or "")
    value = metavar if action.nargs != 0 else ""
    name = action.option_strings[-1] if action.option_strings else ""
    shown = " ".join(filter(None, (name, value)))
    needed = "required: " if action.required and action.option_strings else ""
    return code(shown), needed + escape(action.help or "")
