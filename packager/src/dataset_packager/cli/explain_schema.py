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
    words = "also say which rules are held against whole columns, which value by value or record by record, and why"
    parser.add_argument("--speed", action="store_true", help=words)
    add_project(parser)


def run(options: Namespace) -> int:
    """Explain the schema, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.base.text import printable
    from dataset_packager.columns.explain import explain_schema
    from dataset_packager.columns.table_plan import table_plan
    from dataset_packager.schemas import load_schema

    schema = load_schema(options.project, options.schema)
    plan = table_plan(schema)
    for line in explain_schema(plan):
        Reporter().tell(printable(line))
    if options.speed:
        from dataset_packager.columns.rules.explain import explain_speed

        for line in explain_speed(schema, plan):
            Reporter().tell(printable(line))
    return 0
