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
        help="files of records, folders of them, and folders of pictures, sound, films or documents: each becomes a "
        "table (default: an example)",
    )  # fmt: skip
    parser.add_argument("--table", metavar="NAME", help="the name of the table, if it is one (default: the file's)")
    parser.add_argument("--mixed", action="store_true", help="make one table of records of several kinds")
    words = "the JSON Schema of the table, where you have one (default: one is inferred from the records)"
    parser.add_argument("--schema", type=Path, metavar="FILE", help=words)
    words = "take the column types that every value fits (default: they are proposed in comments of pyproject.toml)"
    parser.add_argument("--typed", action="store_true", help=words)
    words = "write the workflow that publishes from this CI without a stored token, too"
    parser.add_argument("--workflow", choices=("github",), help=words)
    records = parser.add_mutually_exclusive_group()
    records.add_argument("--copy", action="store_true", help="copy the records (default: link them, where possible)")
    records.add_argument("--move", action="store_true", help="move the records into the project")
    add_report(parser)


def run(options: Namespace) -> int:
    """Make the project, and return the exit code."""
    from dataset_packager.documents.datasheet import questions
    from dataset_packager.scaffold import Wishes, new_project

    reporter = reporter_of(options)
    records = "copy" if options.copy else "move" if options.move else "link"
    wishes = Wishes(options.table, options.mixed, options.typed, options.schema, records, options.workflow)
    written = new_project(options.folder, options.records, reporter, wishes)
    steps = [f"{len(written)} files in {options.folder}; next:", f"  cd {options.folder}", "  make dataset"]
    needed = [question.asks for question in questions() if question.needed]
    lines = [*steps, "README.md there says what is left to do. Before it is published, DATASHEET.md has to answer:"]
    lines += [f"  {asks}" for asks in needed]
    lines += [f"the other {len(questions()) - len(needed)} questions there can wait"]
    reporter.result({"project": str(options.folder), "files": written}, lines)
    return 0
