"""What a check of a release tells: how many things it proved, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import DataFindings, EnvironmentFailure, Finding
from dataset_packager.base.text import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 100  # findings that a check keeps; it counts the others
LONGEST = 500  # code points of a message
UNSOUND = "unsound"
RELEASE = "."  # the file of a finding that isn't about one file


def unsound(file: str, message: str, line: int | None = None) -> Finding:
    """Return what is wrong with a file of a release: it isn't what the release says of it."""
    return Finding(file, line, "$", UNSOUND, message)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that a check couldn't compare here, and why; that is no verdict."""

    why: str


@dataclass
class Proof:
    """What one check found.

    Attributes:
        check: its name.
        proven: how many things were found as the release says.
        wrong: how many were not.
        findings: the first of them.
        skipped: what wasn't compared, and why.
        unchecked: what the machine lacked or refused, so that the check came to no end; None if it did.
        seconds: how long it took; None where that wasn't measured.
    """

    check: str
    proven: int = 0
    wrong: int = 0
    findings: list[Finding] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unchecked: str | None = None
    seconds: float | None = None

    @property
    def problems(self) -> list[str]:
        """The findings in words: the file, and what is wrong with it."""
        return [_in_words(finding) for finding in self.findings]

    def take(self, told: Iterable[Told]) -> None:
        """Take note of what a check tells."""
        for one in told:
            if isinstance(one, int):
                self.proven += one
            elif isinstance(one, Proof):
                self.proven += one.proven
                self._note(one.wrong, one.findings)
                self.skipped.extend(one.skipped[: MOST - len(self.skipped)])
            elif isinstance(one, Skipped):
                self.skipped.append(one.why)
            else:
                self._note(1, [replace(one, message=within(one.message, LONGEST))])

    def _note(self, wrong: int, findings: Sequence[Finding]) -> None:
        self.wrong += wrong
        self.findings.extend(findings[: MOST - len(self.findings)])

    def as_json(self) -> dict[str, Any]:
        """Return the object that ``verify --format json`` prints."""
        told: dict[str, Any] = {"check": self.check, "proven": self.proven, "wrong": self.wrong}
        told |= {"problems": self.problems, "findings": [finding.as_json() for finding in self.findings]}
        more = {"skipped": self.skipped, "unchecked": self.unchecked}
        told |= {name: value for name, value in more.items() if value}
        return told if self.seconds is None else told | {"seconds": round(self.seconds, 3)}


def _in_words(finding: Finding) -> str:
    if finding.file == RELEASE:
        return finding.message
    place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
    if finding.code == UNSOUND:
        return f"{place}: {finding.message}"
    return f"{place}: {finding.path}: [{finding.code}] {finding.message}"


Told = int | Finding | Skipped | Proof
"""How many things more were proven, or one thing that is wrong, or both (a proof); or what wasn't compared."""


@dataclass
class Verification:
    """What all checks of a release found."""

    proofs: list[Proof]

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        return sum(proof.wrong for proof in self.proofs)

    @property
    def problems(self) -> list[str]:
        """What is wrong; of a check with many problems the first ones."""
        return [problem for proof in self.proofs for problem in proof.problems]

    @property
    def unchecked(self) -> str | None:
        """What kept a check from coming to its end; None if nothing did."""
        return next((proof.unchecked for proof in self.proofs if proof.unchecked), None)

    def insist(self) -> None:
        """Raise if anything is wrong, or couldn't be checked.

        Raises:
            DataFindings: the release doesn't hold what it promises.
            EnvironmentFailure: it may be sound or not: the machine failed.
        """
        if self.wrong:
            many = "one thing is" if self.wrong == 1 else f"{self.wrong} things are"
            raise DataFindings(f"the release is not what it says: {many} wrong, first {self.problems[0]}")
        if self.unchecked:
            raise EnvironmentFailure(f"the release could not be checked: {self.unchecked}")
