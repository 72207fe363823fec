"""``verify``: a release proven from its folder, or from the Hub, alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_format, add_workers, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "prove a release from its folder, or from the Hub, alone"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "release", metavar="RELEASE", help="the folder or URL of a release, or ORG/NAME[@TAG] on the Hub"
    )
    add_workers(parser)
    add_format(parser)


def run(options: Namespace) -> int:
    """Verify, and return the exit code."""
    from dataset_packager import verify
    from dataset_packager.release.download import is_at_hand

    reporter = reporter_of(options)
    if not is_at_hand(options.release):
        from dataset_packager.hub import parse_address

        if parse_address(options.release):
            reporter.say(f"{options.release}: no such folder here, so it is taken for a dataset on the Hub")
    verification = verify(options.release, workers=options.workers)
    reporter.verification(verification.proofs)
    verification.insist()
    return 0
