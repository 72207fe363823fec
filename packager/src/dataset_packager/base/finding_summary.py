"""Findings summed up: what is wrong how often, and where first; in memory that their number doesn't change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataset_packager.base.findings import Finding

PLACES = 3  # of each kind that are kept
FIRST = 1_000  # findings that are kept as they are, in order
MOST_MEMBERS = 100  # of one table and code; what is wrong with more of them is one more kind
OTHERS = "other members"
_INDEX = re.compile(r"\[\d+\]")
_MISSING = frozenset({"required", "dependentRequired"})  # the path is that of the object, the message names the member


@dataclass
class FindingKind:
    """Findings that are alike: of one table, code and member.

    Attributes:
        table: the table or view; of other files the file.
        code: that of the findings.
        member: the path without places in arrays, as in ``$.figures[].low``.
        count: how many there are.
        first: the first three of them.
    """

    table: str
    code: str
    member: str
    count: int = 0
    first: list[Finding] = field(default_factory=list)


@dataclass
class FindingSummary:
    """All findings of a run: how many, their kinds, and the first thousand as they are.

    Attributes:
        tables: the table or view of a file of records or a query; what isn't there is told of by itself.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    total: int = 0
    first: list[Finding] = field(default_factory=list)
    _kinds: dict[tuple[str, str, str], FindingKind] = field(default_factory=dict)
    _members: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Count findings while they pass by."""
        for finding in findings:
            self.add(finding)
            yield finding

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.total += 1
        if len(self.first) < FIRST:
            self.first.append(finding)
        kind = self._kind(finding)
        kind.count += 1
        if len(kind.first) < PLACES:
            kind.first.append(finding)

    def _kind(self, finding: Finding) -> FindingKind:
        table, member = self.tables.get(finding.file, finding.file), _INDEX.sub("[]", finding.path)
        key = (table, finding.code, finding.message if finding.code in _MISSING else member)
        if key not in self._kinds:
            members = self._members[key[:2]] = self._members.get(key[:2], 0) + 1
            if members > MOST_MEMBERS:
                key, member = (*key[:2], OTHERS), OTHERS
            self._kinds.setdefault(key, FindingKind(table, finding.code, member))
        return self._kinds[key]

    @property
    def kinds(self) -> list[FindingKind]:
        """The kinds of findings, the most frequent first; of those as frequent, what was found first."""
        return sorted(self._kinds.values(), key=lambda kind: -kind.count)
