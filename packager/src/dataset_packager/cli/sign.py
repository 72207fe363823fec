"""``sign``: a signature over a release, with a key of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "sign a release with a key of your own (extra: sign)"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("release", type=Path, metavar="RELEASE", help="the folder of a release")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="an Ed25519 private key in PEM")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="where the signature goes (default: RELEASE.signature.json)"
    )


def run(options: Namespace) -> int:
    """Sign, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.release.signature import sign, signature_file

    target = options.out or signature_file(options.release)
    sign(options.release, options.key, target)
    Reporter().tell(f"{target}: verify --signer proves it with the public half of the key")
    return 0
