"""``explain-schema``: which column each member of a schema becomes, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from dataset_packager.project.column_choices import PathChoice

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
    from dataset_packager.columns.rules.explain import explain_speed
    from dataset_packager.columns.table_columns import table_plan, types_spelled
    from dataset_packager.schemas import load_schema

    project, path = _within_project(options.schema, options.project)
    schema, reporter = load_schema(project, path), Reporter()
    uses = _uses(project, path)
    for names, (choices, provenance) in uses:
        if len(uses) > 1:
            reporter.tell(f"{names}:")
        plan = table_plan(schema, choices=choices, provenance=provenance)
        for line in explain_schema(plan, types_spelled(schema, choices)):
            reporter.tell(printable(line))
        for line in explain_speed(schema, plan) if options.speed else ():
            reporter.tell(printable(line))
    return 0


def _uses(project: Path, path: str) -> list[tuple[str, tuple[Sequence[PathChoice], bool]]]:
    """Return the tables and views of a schema, grouped by the columns that it makes with their choices."""
    from dataset_packager.base.findings import SetupError
    from dataset_packager.project.read_config import load_config

    uses: dict[tuple[Sequence[PathChoice], bool], list[str]] = {}
    try:
        config = load_config(project)
    except SetupError:  # a schema can be explained before anything is configured
        return [("", ((), True))]
    for table in config.tables:
        if table.schema == path:
            uses.setdefault((table.choices, config.row_provenance), []).append(table.name)
    for view in config.views:
        if view.schema == path:
            uses.setdefault(((), False), []).append(view.name)
    return [(", ".join(names), use) for use, names in uses.items()] or [("", ((), True))]


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
