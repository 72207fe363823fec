"""``withdraw``: takes a record back, without naming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "put a record's key, salted and hashed, on the list of those that must not return"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("table", metavar="TABLE", help="the table that the record stood in")
    parser.add_argument("key", nargs="+", metavar="KEY", help="its key: a value for each column")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, in words that may be published")
    parser.add_argument("--date", metavar="DATE", help="as 2026-11-22 (default: today)")
    add_project(parser)


def run(options: Namespace) -> int:
    """Add the entry, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.project.read_config import load_config
    from dataset_packager.shards.project_schemas import load_schemas
    from dataset_packager.shards.withdrawn import add_withdrawn

    config = load_config(options.project, options.extensions)
    columns = load_schemas(config).columns
    entry = add_withdrawn(config, columns, options.table, options.key, options.date, options.reason)
    Reporter().tell(f"{config.withdrawn}: a record of {entry.table} is withdrawn; take it out, build and publish anew")
    return 0
