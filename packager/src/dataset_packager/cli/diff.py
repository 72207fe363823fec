"""``diff``: what changed between two releases."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_format, folder_or_url, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

MOST = 100  # withdrawn records that are named
HELP = "say what changed between two releases; exit code 1 if they differ"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("old", type=folder_or_url, metavar="OLD", help="the folder or URL of a release")
    parser.add_argument("new", type=folder_or_url, metavar="NEW", help="the folder or URL of a later release")
    parser.add_argument("--delta", type=Path, metavar="DIR", help="write all rows that differ into a new folder, too")
    add_format(parser)


def run(options: Namespace) -> int:
    """Compare, and return the exit code."""
    from dataset_packager.base.finding_text import say_finding
    from dataset_packager.diff import compare
    from dataset_packager.diff.changelog import as_json, changelog
    from dataset_packager.diff.delta import write_delta
    from dataset_packager.documents.withdrawn import listed, returned
    from dataset_packager.release.download import local_release
    from dataset_packager.release.read_records import release_in

    with local_release(options.old) as old, local_release(options.new) as new:
        changes = compare(old, new, threads=os.cpu_count() or 1)
        if options.delta:
            write_delta(old, new, options.delta, threads=os.cpu_count() or 1)
        before, after = release_in(old), release_in(new)
        again = list(islice(returned(after, (*listed(before), *listed(after))), MOST))
    reporter = reporter_of(options)
    reporter.result(as_json(changes), changelog(changes))
    for finding in again:
        say_finding(reporter.say, finding)
    return int(changes.bump != "none" or bool(again))
