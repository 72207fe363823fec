"""``apply``: a newer release from an older one and what ``diff --delta`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "give the newer release, from the older one and a delta"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("old", type=Path, metavar="OLD", help="the folder of the older release")
    parser.add_argument("delta", type=Path, metavar="DELTA", help="the folder that `diff --delta` wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the newer release")


def run(options: Namespace) -> int:
    """Apply, and return the exit code."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.diff.apply_delta import apply_delta

    apply_delta(options.old, options.delta, options.out)
    Reporter().say(f"{options.out}: every file is that of the newer release; `verify` proves it")
    return 0
