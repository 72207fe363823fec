"""The command line: from words to a call, from an exception to an exit code.

Heavy packages are imported where a command needs them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from dataset_packager.base.console import Reporter, flushed, make_streams_ready
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.files import refusal
from dataset_packager.base.findings import ENVIRONMENT, FINDINGS, SETUP, PackagerError
from dataset_packager.base.text import cause
from dataset_packager.cli.guarded import guarded, is_limited
from dataset_packager.cli.parser import COMMANDS, build_parser, read_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.project.extension import Extension

COLLECTING = (50_000, 20, 100)
"""When Python looks for objects that only hold each other: what is imported stays, and 700 more objects, its default,
are there every few milliseconds; to look through all of them takes a tenth of the time that imports take."""


def main(arguments: Sequence[str] | None = None, extensions: Sequence[Extension[Config]] = ()) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: the words of the call (default: the process's own).
        extensions: what a project's own code adds: commands, sections of the configuration, slots of the datasheet.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    make_streams_ready()
    if wrong := [word for word in words if "\0" in word]:
        return _error(f"{wrong[0]}: a NUL is in no name: leave it out", SETUP)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts as many as there are cores, and none is used
    gc.set_threshold(*COLLECTING)
    if is_limited():
        return guarded(lambda: _flushed(words, extensions), _error)
    return _flushed(words, extensions)


def _flushed(words: list[str], extensions: Sequence[Extension[Config]]) -> int:
    """Run, and see to it that all arrives: what asks for help leaves the process, but not before it was heard."""
    code, leaving = ENVIRONMENT, None
    try:
        code = _run(words, extensions)
    except SystemExit as leave:
        code, leaving = 0, leave
    finally:
        lost = flushed()
    if lost and code != ENVIRONMENT:  # else it was said
        return _error(lost, ENVIRONMENT)
    if leaving:
        raise leaving
    return code


def _run(words: list[str], extensions: Sequence[Extension[Config]]) -> int:
    try:
        options = read_call(words, extensions)
    except PackagerError as error:
        return _explained(error)
    try:
        return int(options.run(options))
    except KeyboardInterrupt as interrupt:
        return _error(f"interrupted{interrupt}", ENVIRONMENT)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - panics of compiled packages are no Exception
        if options.debug:
            from traceback import print_exception

            print_exception(error)
        return _explained(error)


def _explained(error: BaseException) -> int:
    """Tell in a line what went wrong, and return the exit code that it has: no error of the program's own is a finding.

    What nobody foresaw may be the program's fault or the machine's, but the data may be fine.
    """
    failure = failure_of_surroundings(error)
    if isinstance(error, PackagerError) and not (failure and error.exit_code == FINDINGS):
        return _error(str(error), error.exit_code)
    if isinstance(error, BrokenPipeError):
        return ENVIRONMENT  # nobody reads on
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("dataset_packager"):
        mend = "call it with the Python that the packages were installed for, as in .venv/bin/python build_dataset.py"
        return _error(f"this Python lacks {error.name}: {mend}", SETUP)
    if failure:
        return _error(str(failure), ENVIRONMENT)
    if isinstance(error, OSError):
        return _error(refusal(error), ENVIRONMENT)
    what = f"nobody foresaw this: {cause(error)}: run the same command with --debug, and report what it shows"
    return _error(" ".join(what.split()), ENVIRONMENT)


def _error(message: str, code: int) -> int:
    for line in message.splitlines():
        Reporter().say(f"error: {line}")
    return code


__all__ = ["COMMANDS", "build_parser", "main"]
