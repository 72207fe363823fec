"""``publish``: a release on the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_format, add_workers, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "put a release on the Hub: one commit, one tag, loaded back"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument("--repo-id", required=True, metavar="ORG/NAME", help="the dataset's name on the Hub")
    parser.add_argument("--private", action="store_true", help="if the dataset is to be created, for few to see")
    parser.add_argument("--create-pr", action="store_true", help="propose the release in a pull request")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument(
        "--incomplete",
        action="store_true",
        help="publish though licence, authors or answers are missing",
    )
    add_workers(parser, use="verify with")
    add_format(parser)


def run(options: Namespace) -> int:
    """Publish, and return the exit code."""
    from dataset_packager.hub import Wanted, publish
    from dataset_packager.hub.publishing import account

    wanted = Wanted(options.repo_id, options.private, options.create_pr, options.dry_run, options.incomplete)
    reporter = reporter_of(options)
    done = publish(options.release, wanted, reporter, options.workers)
    reporter.result(done, account(done))
    return 0
