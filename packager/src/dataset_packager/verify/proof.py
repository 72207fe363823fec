"""What a check of a release tells: how many things it proved, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.findings import DataFindings, EnvironmentFailure
from dataset_packager.base.surroundings import failure_of_surroundings
from dataset_packager.base.text import cause

if TYPE_CHECKING:
    from dataset_packager.release.reader import Release

MOST = 100  # problems that a check keeps; it counts the others
LONGEST = 500


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
        problems: the first of them.
        skipped: what wasn't compared, and why.
        unchecked: what the machine lacked or refused, so that the check came to no end; None if it did.
    """

    check: str
    proven: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unchecked: str | None = None

    def take(self, told: Iterable[int | str | Skipped | Proof]) -> None:
        """Take note of what a check tells."""
        for one in told:
            if isinstance(one, int):
                self.proven += one
            elif isinstance(one, Proof):
                self.proven += one.proven
                self._note(one.wrong, one.problems)
                self.skipped.extend(one.skipped[: MOST - len(self.skipped)])
            elif isinstance(one, Skipped):
                self.skipped.append(one.why)
            else:
                self._note(1, [one if len(one) <= LONGEST else one[: LONGEST - 1] + "…"])

    def _note(self, wrong: int, problems: list[str]) -> None:
        self.wrong += wrong
        self.problems.extend(problems[: MOST - len(self.problems)])


Told = int | str | Skipped | Proof
"""How many things more were proven, or one thing that is wrong (the file, and what is wrong with it), or both; or what
wasn't compared."""


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


Check = Callable[["Release"], Iterator[Told]]


def prove(name: str, check: Check, release: Release) -> Proof:
    """Run a check. That it can't go on is one more problem: a damaged release gets a verdict, never a traceback.

    But where the machine fails, that says nothing about the release.
    """
    proof = Proof(name)
    try:
        proof.take(check(release))
    except Exception as error:  # noqa: BLE001 - nobody can list what a damaged or hostile file makes a reader raise
        failure = failure_of_surroundings(error)
        if failure is None and not release.temporary.is_dir():
            failure = EnvironmentFailure(f"{release.temporary}: it vanished while it was needed: let it stand")
        if failure is None:
            proof.take([f"can't be checked further: {cause(error)}"])
        else:
            proof.unchecked = str(failure)
    return proof
