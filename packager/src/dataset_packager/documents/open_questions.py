"""What is left to answer before a dataset can be published: in the datasheet, and in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.documents import datasheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.project.config import Config

UNRELEASED = "1970-01-01"  # what a new project says until somebody decides on a day


def left_to_answer(config: Config) -> Iterator[str]:
    """Yield a line for each document of a project with a datasheet that leaves something open.

    Raises:
        SetupError: the datasheet can't be read.
    """
    if config.datasheet is None:
        return
    open_questions = datasheet.unanswered(datasheet.read(config.project, config.datasheet))
    if open_questions:
        line, first = open_questions[0]
        told = f"{config.datasheet}: {len(open_questions)} of {len(datasheet.questions())} questions are open"
        yield f"{told}, the first in line {line}: {first} `--check` lists all"
    unsaid = {"description": config.description, "license": config.license, "authors": config.authors}
    missing = [name for name, value in unsaid.items() if not value]
    if config.released == UNRELEASED:
        missing.append("released")
    if missing:
        yield f"pyproject.toml: {', '.join(missing)}"
