"""Options that several commands have, and what they stand for: a folder, a URL, a configuration, a reporter."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from dataset_packager.base.console import Reporter
    from dataset_packager.project.config import Config


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add ``--project``."""
    parser.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="the dataset project (default: here)"
    )


def add_workers(parser: argparse.ArgumentParser, use: str = "use", default: str = "all cores") -> None:
    """Add ``--workers``."""
    parser.add_argument("--workers", type=positive, metavar="N", help=f"processes to {use} (default: {default})")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add how findings are told: ``--format`` and ``--report``."""
    add_format(parser)
    parser.add_argument("--report", type=Path, metavar="FILE", help="write all findings to FILE")
    parser.add_argument(
        "--show", type=count, metavar="N", help="list the first N findings one by one (default: all, summed up)"
    )


def add_records(parser: argparse.ArgumentParser) -> None:
    """Add what every command has that reads a project's records."""
    add_project(parser)
    add_workers(parser, default="all cores, one for a small input")
    add_report(parser)


def folder_or_url(text: str) -> Path | str:
    """Return a folder, or a URL as it is."""
    from dataset_packager.stores.objects import is_url, local_path

    if not is_url(text):
        return Path(text)
    try:
        return local_path(text) or text
    except SetupError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> int:
    """Return a number of processes, 1 or more."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes: give 1 or more")
    return number


def count(text: str) -> int:
    """Return a number of findings, 0 or more."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of findings: give 0 or more")
    return int(text)


def reporter_of(options: argparse.Namespace) -> Reporter:
    """Return what tells of a command's work, as its options ask for."""
    from dataset_packager.base.console import Reporter

    report, show = (getattr(options, name, None) for name in ("report", "show"))
    return Reporter(as_json=options.format == "json", report=report, show=show)


def config_of(options: argparse.Namespace) -> Config:
    """Return the configuration, and name the URLs that it lets this machine read before anything is read there.

    Raises:
        SetupError: there is no such project, or its configuration is wrong.
    """
    from dataset_packager.project.read_config import load_config
    from dataset_packager.stores.objects import is_url

    if not options.project.is_dir():
        raise SetupError(f"{options.project}: no such folder: name a dataset project with --project DIR")
    config, reporter = load_config(options.project, options.extensions), reporter_of(options)
    for table in config.tables:
        for pattern in filter(is_url, table.records):
            reporter.say(f"{table.name}: reads {pattern} with this machine's access, as pyproject.toml asks for")
    return config
