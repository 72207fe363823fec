"""``verify``: a release proven from its folder, or from the Hub, alone."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.cli.options import add_format, add_workers, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from dataset_packager.base.console import Reporter

HELP = "prove a release from its folder, or from the Hub, alone"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "release", metavar="RELEASE", help="the folder or URL of a release, or ORG/NAME[@TAG] on the Hub"
    )
    parser.add_argument("--signer", type=Path, metavar="FILE", help="the public key that must have signed it, in PEM")
    parser.add_argument("--signature", type=Path, metavar="FILE", help="(default: RELEASE.signature.json)")
    add_workers(parser)
    add_format(parser)


def run(options: Namespace) -> int:
    """Verify, and return the exit code."""
    from dataset_packager.engines.local import load_forkably

    load_forkably()
    from dataset_packager.verify.loads_with_datasets import loader_begun  # with all that a fork then has, too

    begun_ahead = options.workers != 1 and Path(options.release).is_dir()
    with loader_begun() if begun_ahead else nullcontext():
        return _verify(options)


def _verify(options: Namespace) -> int:
    from dataset_packager import verify
    from dataset_packager.engines.local import without_pandas
    from dataset_packager.release.download import is_at_hand

    without_pandas()

    reporter = reporter_of(options)
    if options.signer:
        _check_signer(options, reporter)
    if not is_at_hand(options.release):
        from dataset_packager.hub import parse_address

        if parse_address(options.release):
            reporter.say(f"{options.release}: no such folder here, so it is taken for a dataset on the Hub")
    verification = verify(options.release, workers=options.workers)
    reporter.verification(verification.proofs)
    verification.insist()
    return 0


def _check_signer(options: Namespace, reporter: Reporter) -> None:
    """Prove that the release is what the signer has signed, before anything else of it is looked at."""
    from dataset_packager.base.check_result import Proof, Verification
    from dataset_packager.release.names import CARD
    from dataset_packager.release.signature import check_signature, signature_file

    release = Path(options.release)
    if not release.is_dir():
        raise SetupError("--signer is of a folder: fetch the release, and give its folder and the --signature")
    proof = Proof("signature")
    proof.take(check_signature(release, options.signer, options.signature or signature_file(release)))
    if proof.wrong:
        reporter.verification([proof])
        Verification([proof]).insist()
    reporter.say(f"{release}: signed by {options.signer}, all but {CARD}, which the Hub may change")
