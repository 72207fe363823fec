"""``validate``: the records alone, and no file is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli.options import add_records, config_of, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

HELP = "judge the records, and write nothing"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add_records(parser)


def run(options: Namespace) -> int:
    """Validate, and return the exit code."""
    from dataset_packager.engines.local import load_forkably, without_pandas

    load_forkably()
    from dataset_packager.build import Options, validate

    without_pandas()
    validate(config_of(options), Options(out=Path(), workers=options.workers), reporter_of(options))
    return 0
