"""``diff``: what changed between two releases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_format, folder_or_url, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "say what changed between two releases; exit code 1 if they differ"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("old", type=folder_or_url, metavar="OLD", help="the folder or URL of a release")
    parser.add_argument("new", type=folder_or_url, metavar="NEW", help="the folder or URL of a later release")
    add_format(parser)


def run(options: Namespace) -> int:
    """Compare, and return the exit code."""
    from dataset_packager.diff import compare
    from dataset_packager.diff.changelog import as_json, changelog
    from dataset_packager.release.download import local_release

    with local_release(options.old) as old, local_release(options.new) as new:
        changes = compare(old, new, threads=os.cpu_count() or 1)
    reporter_of(options).result(as_json(changes), changelog(changes))
    return int(changes.bump != "none")
