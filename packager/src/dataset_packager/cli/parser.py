"""All commands, one file each: what it does in a few words, what adds its options, what runs it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dataset_packager import __version__
from dataset_packager.base.findings import SETUP
from dataset_packager.cli import build, diff, explain_schema, export, new, publish, validate, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.project.extension import Command, Extension

DESCRIPTION = "Package records that JSON Schemas describe as a dataset that anyone can load, verify and rebuild."
EPILOG = "exit codes: 0 done; 1 the data has findings; 2 the set-up or call is wrong; 3 the environment failed"
DEFAULT = "build"

COMMANDS: dict[str, Command] = {
    "build": (build.HELP, build.register, build.run),
    "validate": (validate.HELP, validate.register, validate.run),
    "verify": (verify.HELP, verify.register, verify.run),
    "publish": (publish.HELP, publish.register, publish.run),
    "export": (export.HELP, export.register, export.run),
    "diff": (diff.HELP, diff.register, diff.run),
    "new": (new.HELP, new.register, new.run),
    "explain-schema": (explain_schema.HELP, explain_schema.register, explain_schema.run),
}
assert SETUP == 2, "argparse exits with 2 for a wrong call"  # noqa: S101 - a contract between two modules


def build_parser(
    extensions: Sequence[Extension[Config]] = (),
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and those of the commands by name."""
    parser = argparse.ArgumentParser("build_dataset.py", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", description=f"{DEFAULT} is the default")
    commands = {}
    own = {name: command for extension in extensions for name, command in extension.commands.items()}
    for name, (text, register, run) in {**own, **COMMANDS}.items():
        commands[name] = subparsers.add_parser(name, help=text, description=text, epilog=EPILOG)
        commands[name].set_defaults(run=run, extensions=tuple(extensions))
        register(commands[name])
        commands[name].add_argument("--debug", action="store_true", help="show where an error came from, line by line")
    for extension in extensions:
        extension.build_options(commands["build"])
    return parser, commands


def read_call(words: Sequence[str], extensions: Sequence[Extension[Config]] = ()) -> argparse.Namespace:
    """Return what a call asks for; where it is wrong, or asks for help, the process is left, as argparse does."""
    parser, commands = build_parser(extensions)
    if not words or (words[0] not in commands and words[0] not in ("-h", "--help", "--version")):
        words = [DEFAULT, *words]
    return parser.parse_args(words)
