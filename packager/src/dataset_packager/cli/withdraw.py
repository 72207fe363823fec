"""``withdraw``: takes a record back, without naming it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "put a record's key, salted and hashed, on the list of those that must not return"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("table", metavar="TABLE", help="the table that the record stood in")
    parser.add_argument("key", nargs="+", metavar="KEY", help="its key: a value for each column, numbers as JSON")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, in words that may be published")
    parser.add_argument("--date", metavar="DATE", help="as 2026-11-22 (default: today)")
    add_project(parser)


def run(options: Namespace) -> int:
    """Add the entry, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.project.read_config import load_config
    from dataset_packager.shards.withdrawn import add_withdrawn

    config = load_config(options.project, options.extensions)
    entry = add_withdrawn(config, options.table, [_value(text) for text in options.key], options.date, options.reason)
    Reporter().tell(f"{config.withdrawn}: a record of {entry.table} is withdrawn; take it out, build and publish anew")
    return 0


def _value(text: str) -> object:
    """Return a key's value: a number, a truth value or a quoted string as JSON has it, else the text as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) else text
