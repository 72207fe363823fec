"""``explain-schema``: which column each member of a schema becomes, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "say which column each member becomes, and why"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("schema", type=Path, metavar="FILE", help="a JSON Schema, from here or from the project")
    words = "also say which rules are held against whole columns, which value by value or record by record, and why"
    parser.add_argument("--speed", action="store_true", help=words)
    parser.add_argument(
        "--project",
        type=Path,
        metavar="DIR",
        help="the dataset project (default: the nearest one above FILE)",
    )


def run(options: Namespace) -> int:
    """Explain the schema, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.base.text import printable
    from dataset_packager.columns.explain_schema import explain_schema
    from dataset_packager.columns.table_columns import table_plan
    from dataset_packager.schemas import load_schema

    project, path = _within_project(options.schema, options.project)
    schema = load_schema(project, path)
    plan = table_plan(schema)
    for line in explain_schema(plan):
        Reporter().tell(printable(line))
    if options.speed:
        from dataset_packager.columns.rules.explain import explain_speed

        for line in explain_speed(schema, plan):
            Reporter().tell(printable(line))
    return 0


def _within_project(schema: Path, project: Path | None) -> tuple[Path, str]:
    """Return the project that a schema belongs to, and the schema's path in it."""
    if project is not None and not schema.is_absolute() and (project / schema).exists():
        return project, schema.as_posix()
    file = schema.absolute()
    homes = [project.absolute()] if project is not None else [
        folder for folder in file.parents if (folder / "pyproject.toml").is_file()
    ]  # fmt: skip
    home = homes[0] if homes else file.parent
    return home, (file.relative_to(home) if file.is_relative_to(home) else schema).as_posix()
