"""``export``: a table's records as they went in, or all tables in another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "give a table's records back as JSON Lines, or all tables in another format"
LINES = "jsonl"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument(
        "table", nargs="?", metavar="TABLE", help="a table or view of it; the other formats take all of them"
    )
    parser.add_argument(
        "--format", default=LINES, metavar="FORMAT",
        help="jsonl (the default), csv, datapackage, duckdb or sqlite",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="PATH",
        help="where the records go: a file (default for jsonl: standard output), for csv and datapackage a new folder",
    )  # fmt: skip
    parser.add_argument(
        "--files", type=Path, metavar="DIR", help="where the files go that its rows hold (default: they stay)"
    )


def run(options: Namespace) -> int:
    """Export, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.base.findings import SetupError
    from dataset_packager.documents.exports import export_beside, export_formats
    from dataset_packager.project.contract import unknown_name
    from dataset_packager.release.export import export, export_files

    reporter = Reporter()
    if options.format != LINES:
        if options.format not in export_formats():
            raise SetupError(f"--format: {unknown_name(options.format, [LINES, *export_formats()])}")
        if options.table is not None:
            raise SetupError(f"{options.table}: --format {options.format} takes all tables: leave the name out")
        if options.out is None:
            raise SetupError(f"--format {options.format}: say where it goes, with --out PATH")
        export_beside(options.release, options.format, options.out)
        reporter.tell(f"{options.out}: {export_formats()[options.format].noun}")
        return 0
    if options.table is None:
        raise SetupError("name a table, or another format than JSON Lines with --format")
    if options.files is not None:
        export_files(options.release, options.table, options.files)
    reporter.lines(export(options.release, options.table), options.out)
    return 0
