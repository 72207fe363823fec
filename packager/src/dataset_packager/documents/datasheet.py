"""DATASHEET.md: prose by people, which answers the questions of *Datasheets for Datasets*, and numbers by the build.

    ### Why was it made? <!-- question:motivation-purpose -->     a heading that marks which question is answered below
    <!-- slot:tables --> … <!-- /slot -->                         filled by the build, with an argument where it has one
    <!-- card:limits --> … <!-- /card -->                         prose that the card shows too, under this name
    <!-- rai:dataBiases --> … <!-- /rai -->                       prose that Croissant's RAI term of this name takes

The questions are those of Gebru et al. (2021), 57 in all; ``contracts/datasheet-questions.json`` names them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import regular_bytes, unreadable, write_text
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.documents import datasheet_slots
from dataset_packager.documents.document import Document, same_files
from dataset_packager.documents.markdown_marks import (
    Lines,
    marked,
    marks,
    rewritten,
    without_comments,
)
from dataset_packager.documents.plain_text import plain_text
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.release.names import DATASHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.markdown_marks import Mark, Marked
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release

    Fill = Callable[[str, str], str | None]
    """What stands in a slot, by its name and argument; None where there is no such slot."""

KNOWN = frozenset({*datasheet_slots.BLOCKS, *datasheet_slots.INLINE, "rows"})  # filled from what a release tells itself
UPDATE = "run: python build_dataset.py --update-docs"
MOST_BYTES = 4 * 2**20  # of a datasheet that people write
_KINDS = ("slot", "card", "rai")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>.*)$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+")
_UNSAID = frozenset({
    "", "todo", "to do", "tbd", "fixme", "xxx", "na", "n a", "to be written", "to be done", "to be added",
})  # fmt: skip

COMPUTED = """# Datasheet

This dataset has no datasheet written by people: below is what the build computed of it.

## Contents

<!-- slot:tables --><!-- /slot -->

## Columns

<!-- slot:columns --><!-- /slot -->

## Missing values

<!-- slot:missing --><!-- /slot -->

<!-- slot:not-kept --><!-- /slot -->

## Controlled words

<!-- slot:words --><!-- /slot -->

## Refused records

<!-- slot:rejected --><!-- /slot -->

## Content digests

<!-- slot:digests --><!-- /slot -->
"""
SECTIONS = {"licences": "Licences", "withdrawn": "Withdrawn records"}
"""Headings of the slots that are there only where the configuration asks for what they show."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its identifier, what it asks in short, and the RAI term that its answer is for.

    ``needed`` are those few that have to be answered before a dataset is published.
    """

    id: str
    asks: str
    rai: str | None = None
    needed: bool = False


def questions() -> tuple[Question, ...]:
    """Return all questions, in the order of the paper."""
    text = resources.files("dataset_packager").joinpath("contracts/datasheet-questions.json").read_text("utf-8")
    listed: list[dict[str, Any]] = json.loads(text)
    return tuple(Question(**one) for one in listed)


def read(project: Path, name: str) -> str:
    """Return the text of a project's datasheet, newlines untouched.

    Raises:
        SetupError: there is no such file, or it isn't UTF-8, or it is longer than ``MOST_BYTES``.
    """
    try:
        return regular_bytes(project / name, MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise unreadable(error, name, "the datasheet") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{name}: can't be read as a datasheet: {error}: write it in UTF-8") from error


def fill(text: str, slot: Fill) -> str:
    """Return a datasheet with its slots filled; one that nobody knows is emptied, so that nothing old stands in it."""

    def filled(found: Marked) -> str:
        told = slot(found.opening.name, found.opening.argument)
        return f"{text[found.opening.begin : found.opening.end]}{told or ''}<!-- /slot -->"

    return rewritten(text, "slot", filled)


def held(text: str) -> Fill:
    """Return what stands in the slots of a datasheet that the build has filled."""
    found = {(one.opening.name, one.opening.argument): one.text for one in marked(text, "slot")}
    return lambda name, argument: found.get((name, argument)) or None


def slot_names(text: str) -> set[str]:
    """Return the names of the slots that a datasheet has."""
    return {one.opening.name for one in marked(text, "slot")}


def check(file: str, text: str, slot: Fill) -> list[Finding]:
    """Return what is stale in a datasheet: slots, marks and questions, in the order of the lines.

    Args:
        file: its path within the project.
        text: the datasheet as it is committed.
        slot: what ought to stand in its slots.
    """
    wrong = [*_wrong_slots(text, slot), *_wrong_marks(text), *_wrong_questions(text)]
    lines = Lines(text)
    return [
        Finding(file, lines.number(position), "$", "stale", message, hint=hint)
        for position, message, hint in sorted(wrong)
    ]


def _wrong_slots(text: str, slot: Fill) -> Iterator[tuple[int, str, str]]:
    for one in marked(text, "slot"):
        mark = one.opening
        name = " ".join(filter(None, (mark.name, mark.argument)))
        right = slot(mark.name, mark.argument)
        if right is None:
            yield mark.begin, f"nobody knows a slot {name!r}", "name a slot that docs/datasheet.md lists"
        elif right != one.text:
            yield mark.begin, f"the slot {name!r} is stale", UPDATE


def _wrong_marks(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield marks that open and never close, or close what isn't open."""
    opened: list[Mark] = []
    for mark in marks(text):
        if mark.kind not in _KINDS:
            continue
        if mark.name:
            opened.append(mark)
        elif opened and opened[-1].kind == mark.kind:
            opened.pop()
        else:
            yield mark.begin, f"closes a {mark.kind} that isn't open", f"open it with <!-- {mark.kind}:NAME -->"
    for mark in opened:
        yield mark.begin, f"opens a {mark.kind} that nothing closes", f"close it with <!-- /{mark.kind} -->"


def _says_nothing(answer: str) -> bool:
    words = [match[0].lower() for match in islice(_WORD.finditer(without_comments(answer)), 4)]
    return " ".join(words) in _UNSAID or words[:2] == ["lorem", "ipsum"]


def unanswered(text: str) -> list[tuple[int, str]]:
    """Return line and words of each question of a datasheet that has no answer, or isn't in it (line 1), in order."""
    lines, answers = Lines(text), list(_answers(text))
    answered = {id_ for id_, _, answer in answers if not _says_nothing(answer)}
    numbers = {id_: lines.number(position) for id_, position, _ in answers}
    return [(numbers.get(each.id, 1), each.asks) for each in questions() if each.id not in answered]


def unanswered_needed(text: str) -> list[Question]:
    """Return the questions without an answer that have to be answered before a dataset is published."""
    answered = {id_ for id_, _, answer in _answers(text) if not _says_nothing(answer)}
    return [each for each in questions() if each.needed and each.id not in answered]


def _wrong_questions(text: str) -> Iterator[tuple[int, str, str]]:
    answers: dict[str, int] = {}
    known = {question.id: question for question in questions()}
    for id_, position, answer in _answers(text):
        if id_ not in known:
            yield position, f"nobody asks {id_!r}", "use an identifier of contracts/datasheet-questions.json"
        elif id_ in answers:
            yield position, f"the question {id_!r} is answered twice", "join the answers"
        elif _says_nothing(answer):
            yield position, f"the question {id_!r} has no answer: {known[id_].asks}", "write it below the heading"
        answers.setdefault(id_, position)
    for id_ in [id_ for id_ in known if id_ not in answers]:
        hint = f"add a heading with <!-- question:{id_} --> and the answer below it"
        yield len(text.rstrip()), f"the question {id_!r} is missing: {known[id_].asks}", hint


def _answers(text: str) -> Iterator[tuple[str, int, str]]:
    """Yield each marked heading's question, where it stands, and the text up to the next heading outside slots."""
    blank = rewritten(text, "slot", lambda one: re.sub(r"[^\n]", " ", text[one.opening.begin : one.closing.end]))
    headings = list(_HEADING.finditer(blank))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=False):
        for mark in marks(heading["text"]):
            if mark.kind == "question" and mark.name and not mark.argument:
                yield mark.name, heading.start(), text[heading.end() : end]


def passages(text: str, kind: str) -> dict[str, str]:
    """Return the passages that are marked for the ``card`` or as ``rai``, by name, without any marks in them."""
    found: dict[str, list[str]] = {}
    for one in marked(text, kind):
        found.setdefault(one.opening.name, []).append(without_comments(one.text).strip("\n"))
    return {name: re.sub(r"\n{3,}", "\n\n", "\n\n".join(parts)).strip() for name, parts in found.items()}


def responsible(text: str) -> dict[str, str]:
    """Return plain text for Croissant's RAI terms: passages marked so, else the answers to the questions for them."""
    answers = {id_: answer for id_, _, answer in _answers(text)}
    terms = {question.rai: answers[question.id] for question in questions() if question.rai and question.id in answers}
    terms |= {one.opening.name: one.text for one in marked(text, "rai")}
    plain = {term: plain_text(told) for term, told in terms.items()}
    return {term: told for term, told in plain.items() if told}


def answers(text: str) -> dict[str, str]:
    """Return the answers of a datasheet that say something, as Markdown without marks, by question."""
    return {id_: without_comments(answer).strip() for id_, _, answer in _answers(text) if not _says_nothing(answer)}


def said_for_rai(text: str) -> set[str]:
    """Return Croissant's RAI terms for which somebody has written something."""
    return {term for term, told in responsible(text).items() if not _says_nothing(told)}


def stale(config: Config, release: Path) -> list[Finding]:
    """Return what is stale in the project's datasheet, which the build has filled for ``release``.

    Raises:
        SetupError: a committed file of measures can't be read.
    """
    if config.datasheet is None:
        return []
    committed = read(config.project, config.datasheet)
    right = held((release / DATASHEET).read_bytes().decode("utf-8"))
    known = {name: slot for each in config.extensions for name, slot in each.slots.items()}
    shown = [known[name] for name in known if name in slot_names(committed)]
    old = [finding for slot in shown for finding in slot.stale(config)]
    return [*old, *check(config.datasheet, committed, right)]


def _wanted_slots(config: Config) -> Iterator[str]:
    if any(table.license_column for table in config.tables):
        yield "licences"
    if config.withdrawn:
        yield "withdrawn"


def missing_slots(config: Config) -> list[str]:
    """Return the slots that the configuration asks for, and the project's own datasheet lacks.

    Raises:
        SetupError: the datasheet can't be read.
    """
    if config.datasheet is None or not (wanted := list(_wanted_slots(config))):
        return []
    there = slot_names(read(config.project, config.datasheet))
    return [slot for slot in wanted if slot not in there]


def update(config: Config, filled: str) -> None:
    """Fill the slots of the project's own datasheet as those of the release's are."""
    if config.datasheet is not None and filled != read(config.project, config.datasheet):
        write_text(config.project / config.datasheet, filled)


def _reads(config: Config) -> Iterator[str]:
    if config.datasheet is not None:
        yield config.datasheet
    for extension in config.extensions:
        for slot in extension.slots.values():
            yield from slot.reads(config)


def _write(facts: Facts) -> dict[str, str]:
    name = facts.config.datasheet
    more = (f"\n## {SECTIONS[slot]}\n\n<!-- slot:{slot} --><!-- /slot -->\n" for slot in _wanted_slots(facts.config))
    text = "".join((COMPUTED, *more)) if name is None else read(facts.config.project, name)
    if name is not None:
        facts.check_unchanged(name, text.encode("utf-8"))
    return {DATASHEET: fill(text, partial(datasheet_slots.fill, facts))}


def _check(release: Release) -> Iterator[Told]:
    """Fill the slots again from the release, and compare them; counts the lines of the slots' text."""
    if DATASHEET not in release.files:
        return
    text, facts = release.text(DATASHEET, newline=""), facts_of(release)
    there = held(text)

    def slot(name: str, argument: str) -> str | None:
        return datasheet_slots.fill(facts, name, argument) if name in KNOWN else there(name, argument)

    empty = fill(text, lambda _name, _argument: None)
    for told in same_files(release, {DATASHEET: fill(text, slot)}):
        yield text.count("\n") - empty.count("\n") if told == 1 else told


DOCUMENT = Document("datasheet", (DATASHEET,), _write, _check, reads=_reads, follows=("withdrawn",))
