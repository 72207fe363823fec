"""What this dataset adds to the packager's command: its own commands, its section, two slots of the datasheet."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from captures.commands import COMMANDS
from captures.config import NAME, check_section
from dataset_packager.project.extension import Extension, Slot

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from dataset_packager.base.findings import Finding
    from dataset_packager.project.config import Config


def _build_options(parser: ArgumentParser) -> None:
    parser.add_argument("--captures", type=Path, metavar="DIR", help="check the evidence in these captures first")


def _before_build(options: Namespace) -> int:
    return COMMANDS["evidence"][2](Namespace(**vars(options), write=False)) if options.captures else 0


def _lines(slot: str, config: Config) -> list[str] | None:
    from captures import quality_slots  # here: reading a call doesn't need what it imports

    return quality_slots.lines(config, slot)


def _stale(slot: str, config: Config) -> Iterator[Finding]:
    from captures import quality_slots

    return quality_slots.stale_measures(config, slot)


def _reads(slot: str, config: Config) -> list[str]:
    from captures import quality_slots

    return quality_slots.reads(config, slot)


CAPTURES = Extension(
    name=NAME,
    check_section=check_section,
    commands=COMMANDS,
    build_options=_build_options,
    before_build=_before_build,
    slots={
        name: Slot(partial(_lines, name), partial(_stale, name), partial(_reads, name))
        for name in ("quality", "statements", "agreement")
    },
)
