"""``new``: a dataset project that builds, from somebody's records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_report, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "make a dataset project, from records where you have some"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the project goes; its name is the dataset's")
    parser.add_argument(
        "--from", type=Path, nargs="+", default=[], dest="records", metavar="RECORDS",
        help="files of records, and folders of them: each becomes a table (default: an example)",
    )  # fmt: skip
    add_report(parser)


def run(options: Namespace) -> int:
    """Make the project, and return the exit code."""
    from dataset_packager.scaffold import new_project

    reporter = reporter_of(options)
    written = new_project(options.folder, options.records, reporter)
    steps = [f"{len(written)} files in {options.folder}; next:", f"  cd {options.folder}", "  make dataset"]
    lines = [*steps, "README.md there says what is left to do"]
    reporter.result({"project": str(options.folder), "files": written}, lines)
    return 0
