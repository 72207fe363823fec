"""Findings as lines of text: one by one, or summed up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.finding_summary import PLACES
from dataset_packager.base.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataset_packager.base.finding_summary import FindingKind, FindingSummary
    from dataset_packager.base.findings import Finding

MOST_LINES = 36  # of findings; with what else is told at the end a screen of 40


def format_finding(finding: Finding) -> str:
    """Return a finding as text: place, path, code, message and rule in one line, how to mend it in a second."""
    text = f"{_place(finding)}: {finding.path}: [{finding.code}] {_message(finding)}"
    return _with_hint(text, finding)


def say_finding(say: Callable[[str], object], finding: Finding, as_what: str = "") -> None:
    """Say a finding that ends nothing, as a warning for example; how to mend it is a line of its own."""
    for line in f"{as_what}{format_finding(finding)}".split("\n"):
        say(line)


def finding_lines(summary: FindingSummary, show: int | None = None) -> tuple[list[str], int]:
    """Return findings as lines, and how many findings these tell of.

    With ``show`` so many one by one; without, few are told one by one, and many summed up: a line for each kind, the
    most frequent first, in at most 36 lines with their hints.
    """
    one_by_one = [format_finding(finding) for finding in summary.first[:show]]
    few = summary.total == len(one_by_one) and all(kind.count <= PLACES for kind in summary.kinds)
    if show is not None or (few and _height(one_by_one) <= MOST_LINES):
        return one_by_one, len(one_by_one)
    lines, told = list[str](), 0
    for kind in summary.kinds:
        text = format_kind(kind)
        if _height([*lines, text]) > MOST_LINES:
            break
        lines.append(text)
        told += kind.count
    return lines, told


def format_kind(kind: FindingKind) -> str:
    """Return findings that are alike as text: the first of them, how many there are, and where the next ones are."""
    first = kind.first[0]
    if kind.count == 1:
        return format_finding(first)
    places = [*dict.fromkeys(map(_place, kind.first))][1:] + ["…"] * (kind.count > PLACES)
    also = f", also {', '.join(places)}" if places else ""
    table = "" if kind.table == first.file else f" in {kind.table}"
    text = f"{_place(first)}: {kind.member}: [{kind.code}] {kind.count:,} times{table}{also}: {_message(first)}"
    return _with_hint(text, first)


def _place(finding: Finding) -> str:
    return finding.file if finding.line is None else f"{finding.file}:{finding.line}"


def _message(finding: Finding) -> str:
    return f"{finding.message}  ({finding.schema})" if finding.schema else finding.message


def _with_hint(text: str, finding: Finding) -> str:
    return printable(text) if finding.hint is None else f"{printable(text)}\n    {printable(finding.hint)}"


def _height(texts: Iterable[str]) -> int:
    return sum(text.count("\n") + 1 for text in texts)
