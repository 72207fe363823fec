"""``build``: a release from records and schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.cli.options import add_records, config_of, folder_or_url, reporter_of

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

    from dataset_packager.project.config import Config

HELP = "make a release from records and schemas"


def register(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add_records(parser)
    parser.add_argument(
        "--out",
        type=folder_or_url,
        metavar="DIR",
        help="or a URL: where releases go (default: dist/ in the project)",
    )
    parser.add_argument(
        "--engine", choices=("local", "dask"), default="local", help="what runs the work (default: local)"
    )
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that runs already: tcp://HOST:PORT")
    parser.add_argument("--quarantine", action="store_true", help="put refused records aside and go on")
    parser.add_argument(
        "--verify", choices=("quick", "full"), default="quick", help="how closely to look at the result"
    )
    documents = parser.add_mutually_exclusive_group()
    documents.add_argument(
        "--check", action="store_true", help="write nothing; fail if records are invalid or documents stale"
    )
    documents.add_argument(
        "--update-docs", action="store_true", help="fill the slots of the project's own DATASHEET.md, too"
    )
    documents.add_argument(
        "--check-for", choices=("croissant-rai", "training-content"),
        help="build nothing; list what is missing of what NeurIPS asks a Croissant file to say, or the EU a summary",
    )  # fmt: skip


def run(options: Namespace) -> int:
    """Build, and return the exit code."""
    from dataset_packager.engines.local import load_forkably, without_pandas

    load_forkably()
    from dataset_packager.build import Options, build, check

    without_pandas()
    config = config_of(options)
    if options.check_for:
        return _tell_missing(config, options)
    for extension in options.extensions:
        code: int = extension.before_build(options)
        if code:
            return code
    how = Options(
        out=options.out or options.project / "dist",
        workers=options.workers,
        quarantine=options.quarantine,
        verify=options.verify,
        update_docs=options.update_docs,
        engine=options.engine,
        scheduler=options.scheduler,
    )
    if options.scheduler and options.engine != "dask":
        raise SetupError("--scheduler is of a Dask cluster: add --engine dask, or leave it out")
    try:
        (check if options.check else build)(config, how, reporter_of(options))
    except KeyboardInterrupt:
        raise KeyboardInterrupt("" if options.check else _standing(how.out, config.name)) from None
    return 0


def _tell_missing(config: Config, options: Namespace) -> int:
    """List what the documents don't say, and return the exit code."""
    from dataset_packager.documents.croissant_people import missing_for_rai
    from dataset_packager.documents.training_summary import missing_for_summary

    missing = list((missing_for_rai if options.check_for == "croissant-rai" else missing_for_summary)(config))
    if options.show is None:
        options.show = len(missing)  # each is another one, which sums would hide
    reporter = reporter_of(options)
    reporter.findings(missing)
    reporter.summary({}, len(missing), None)
    return 1 if missing else 0


def _standing(out: Path | str, name: str) -> str:
    """Say of an interrupted build what stands where it would have gone."""
    if isinstance(out, str):
        return ""  # to look there may take long
    return ": the former release stands as it was" if (out / name).exists() else ": no release was made"
