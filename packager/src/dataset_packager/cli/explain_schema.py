"""``explain-schema``: which column each member of a schema becomes, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_project

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "say which column each member becomes, and why"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("schema", metavar="FILE", help="a JSON Schema, relative to the project")
    add_project(parser)


def run(options: Namespace) -> int:
    """Explain the schema, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.base.text import printable
    from dataset_packager.columns.explain_schema import explain_schema
    from dataset_packager.columns.table_columns import table_plan
    from dataset_packager.schemas import load_schema

    for line in explain_schema(table_plan(load_schema(options.project, options.schema))):
        Reporter().tell(printable(line))
    return 0
