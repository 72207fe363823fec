"""A reporter that prints nothing: what a run tells is kept, for whoever called it from Python."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataset_packager.base.console import Reporter
from dataset_packager.base.finding_summary import FindingSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataset_packager.base.console import Progress
    from dataset_packager.base.findings import Finding


class Recorder(Reporter):
    """Keeps what is told: messages, findings summed up, and the counts of records.

    Attributes:
        notes: the messages, in order.
        summed: the findings.
        tables: by name how many records were read, accepted and rejected.
    """

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.summed = FindingSummary()
        self.tables: dict[str, dict[str, int]] = {}

    def say(self, message: str) -> None:
        """Keep a message."""
        self.notes.append(message)

    def tell(self, text: str) -> None:
        """Keep a line of a result."""
        self.notes.append(text)

    def findings(self, findings: Iterable[Finding], tables: Mapping[str, str] | None = None) -> None:
        """Sum findings up."""
        self.summed.tables = {**self.summed.tables, **(tables or {})}
        for finding in findings:
            self.summed.add(finding)

    def result(self, value: Mapping[str, Any], lines: Iterable[str]) -> None:
        """Leave a result to whoever called: it was returned."""

    def summary(self, tables: dict[str, dict[str, int]], _findings: int, _release: str | None) -> None:
        """Keep the counts of records; all else is known already."""
        self.tables = tables

    @contextmanager
    def progress(self, _label: str, _size: int) -> Iterator[Progress]:
        """Show nothing."""
        yield _Unseen()


class _Unseen:
    def advance(self, size: int, rows: int) -> None:
        """Show nothing."""
