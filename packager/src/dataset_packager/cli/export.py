"""``export``: a table's records as they went in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "give a table's records back as JSON Lines"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument("table", metavar="TABLE", help="a table or view of it")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the records go (default: standard output)")
    parser.add_argument(
        "--files", type=Path, metavar="DIR", help="where the files go that its rows hold (default: they stay)"
    )


def run(options: Namespace) -> int:
    """Export, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.release.export import export, export_files

    if options.files is not None:
        export_files(options.release, options.table, options.files)
    Reporter().lines(export(options.release, options.table), options.out)
    return 0
