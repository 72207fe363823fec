"""``verify``: a release proven from its folder, or from the Hub, alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_format, add_workers, local_release, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from dataset_packager.base.console import Reporter
    from dataset_packager.verify import Verification

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
    reporter = reporter_of(options)
    verification = _verification(options.release, options.workers or os.cpu_count() or 1, reporter)
    reporter.verification(verification.proofs)
    verification.insist()
    return 0


def _verification(release: str, workers: int, reporter: Reporter) -> Verification:
    """Verify a folder; what is none, and reads like a dataset on the Hub, is looked for there."""
    from dataset_packager.verify import verify_release

    if "://" in release and not release.startswith("hf://"):
        with local_release(release) as folder:
            return verify_release(folder, full=True, workers=workers, begin=reporter.stage)
    if Path(release).exists() or ("@" not in release and Path(release).parent.is_dir()):
        return verify_release(Path(release), full=True, workers=workers, begin=reporter.stage)
    from dataset_packager.hub import parse_address, verify_on_hub

    address = parse_address(release)
    if address is None:
        return verify_release(Path(release), full=True, workers=workers, begin=reporter.stage)
    reporter.say(f"{release}: no such folder here, so it is taken for a dataset on the Hub")
    return verify_on_hub(address, workers=workers)
