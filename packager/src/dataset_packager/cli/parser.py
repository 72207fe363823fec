"""All commands, one file each: what it does in a few words, what adds its options, what runs it."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from difflib import get_close_matches
from itertools import pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.console import heard
from dataset_packager.base.findings import SETUP
from dataset_packager.base.version import __version__
from dataset_packager.cli import (
    apply,
    build,
    diff,
    explain_schema,
    export,
    new,
    publish,
    sign,
    validate,
    verify,
    withdraw,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from _typeshed import SupportsWrite

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
    "apply": (apply.HELP, apply.register, apply.run),
    "sign": (sign.HELP, sign.register, sign.run),
    "withdraw": (withdraw.HELP, withdraw.register, withdraw.run),
    "new": (new.HELP, new.register, new.run),
    "explain-schema": (explain_schema.HELP, explain_schema.register, explain_schema.run),
}
assert SETUP == 2, "argparse exits with 2 for a wrong call"  # noqa: S101 - a contract between two modules


class _Parser(argparse.ArgumentParser):
    """A parser whose help is heard, or said not to be: argparse takes it for told whatever happens to it."""

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        if file is None or file is not sys.stdout:
            super()._print_message(message, file)
            return
        with suppress(BrokenPipeError), heard():
            file.write(message)


def build_parser(
    extensions: Sequence[Extension[Config]] = (),
) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """Return the parser of the whole command line, and those of the commands by name."""
    called = "dataset-packager" if Path(sys.argv[0]).name.startswith("dataset-packager") else "build_dataset.py"
    parser = _Parser(called, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", description=f"{DEFAULT} is the default")
    commands: dict[str, argparse.ArgumentParser] = {}
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
    if words and words[0] in ("-h", "--help", "--version"):
        return parser.parse_args(words)
    name, *rest = _command_first(list(words), parser, commands)
    _insist_on_known(rest, name, commands)
    options, unknown = parser.parse_known_args([name, *rest])
    if unknown:
        commands[name].error(why_unknown(unknown[0], name, commands))
    return options


def _insist_on_known(words: Sequence[str], name: str, commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """Leave the process where an option, or its word from a list, is none: argparse asks first for what is missing."""
    known = _options(commands[name])
    if "-h" in words or "--help" in words:
        return
    options = list(takewhile(lambda word: word != "--", words))
    for word in options:
        if word.startswith("--") and not any(each.startswith(word.partition("=")[0]) for each in known):
            commands[name].error(why_unknown(word, name, commands))
    for action in commands[name]._actions:
        for word, value in pairwise([part for each in options for part in each.split("=", 1)]):
            if action.choices and word in action.option_strings and value not in action.choices:
                near = get_close_matches(value, list(action.choices), 1, 0.5)
                mend = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(action.choices)}"
                commands[name].error(f"{word} {value}: {mend}")


def _command_first(
    words: list[str], parser: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser]
) -> list[str]:
    """Return the words with the command before all options; the default one where there is none."""
    known = [option for each in commands.values() for option in _options(each)]
    valued = [option for each in commands.values() for option in _options(each, with_value=True)]
    position = 0
    while position < len(words) and words[position] != "--":
        word = words[position]
        if word in commands:
            return [word, *words[:position], *words[position + 1 :]]
        if word.startswith("-"):
            position += 2 if any(option.startswith(word) for option in valued) else 1
        elif (
            position
            and words[position - 1][:1] == "-"
            and not any(each.startswith(words[position - 1]) for each in known)
        ):
            position += 1  # what seems to be the value of an option that nobody knows, which is told of later
        else:
            parser.error(_no_command(word, commands))
    return [DEFAULT, *words]


def _options(parser: argparse.ArgumentParser, *, with_value: bool = False) -> list[str]:
    actions = parser._actions  # argparse has no other way
    return [option for each in actions if each.nargs != 0 or not with_value for option in each.option_strings]


def _no_command(word: str, commands: Iterable[str]) -> str:
    if Path(word).is_dir():
        return f"{word} is no command: to build the project in that folder, write --project {word}"
    near = get_close_matches(word, commands, 1, 0.5)
    mend = f"did you mean {near[0]}?" if near else f"commands are {', '.join(sorted(commands))}"
    return f"{word!r} is no command: {mend}"


def why_unknown(word: str, name: str, commands: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return what is wrong with a word that a command doesn't take, and what may have been meant."""
    known = _options(commands[name])
    if not word.startswith("-"):
        if "--project" in known and Path(word).is_dir():
            return f"{word!r}: to name the project's folder, write --project {word}"
        return f"{word!r} is one word too many: {name} --help says what it takes"
    option = word.partition("=")[0]
    if others := sorted(each for each in commands if option in _options(commands[each])):
        return f"{name} has no option {option}: it is one of {', '.join(others)}"
    near = get_close_matches(option, [each for each in known if each.startswith("--")], 1, 0.6)
    return f"{name} has no option {option}" + (f": did you mean {near[0]}?" if near else "")
