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
    if missing := _unsaid(config):
        yield f"pyproject.toml: {', '.join(missing)}"


def missing_for_publication(config: Config, datasheet_text: str) -> Iterator[str]:
    """Yield what somebody who finds the dataset has to know, and nobody has said yet.

    Args:
        config: the configuration of the release.
        datasheet_text: the release's datasheet; empty where there is none.
    """
    yield from (f"pyproject.toml: {_WORDS[name]}" for name in _unsaid(config))
    for question in datasheet.unanswered_needed(datasheet_text):
        yield f"DATASHEET.md: {question.asks} (below the heading with <!-- question:{question.id} -->)"


_WORDS = {
    "description": "[project] description: what the dataset is",
    "license": "[project] license: what others may do with it, as an SPDX expression",
    "authors": "[project] authors: who made it",
    "released": "released: the day of this version, still as `new` wrote it",
}


def _unsaid(config: Config) -> list[str]:
    said = {"description": config.description, "license": config.license, "authors": config.authors}
    return [*(name for name, value in said.items() if not value), *(["released"] * (config.released == UNRELEASED))]
