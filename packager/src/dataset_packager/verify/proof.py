"""What a check of a release tells: how many things it proved, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.findings import DataFindings
from dataset_packager.base.text import cause

if TYPE_CHECKING:
    from dataset_packager.release.reader import Release

MOST = 100  # problems that a check keeps; it counts the others
LONGEST = 500


@dataclass
class Proof:
    """What one check found.

    Attributes:
        check: its name.
        proven: how many things were found as the release says.
        wrong: how many were not.
        problems: the first of them.
    """

    check: str
    proven: int = 0
    wrong: int = 0
    problems: list[str] = field(default_factory=list)

    def take(self, told: Iterable[int | str | Proof]) -> None:
        """Take note of what a check tells."""
        for one in told:
            if isinstance(one, int):
                self.proven += one
            elif isinstance(one, Proof):
                self.proven += one.proven
                self._note(one.wrong, one.problems)
            else:
                self._note(1, [one if len(one) <= LONGEST else one[: LONGEST - 1] + "…"])

    def _note(self, wrong: int, problems: list[str]) -> None:
        self.wrong += wrong
        self.problems.extend(problems[: MOST - len(self.problems)])


Told = int | str | Proof
"""How many things more were proven, or one thing that is wrong (the file, and what is wrong with it), or both."""


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

    def insist(self) -> None:
        """Raise if anything is wrong.

        Raises:
            DataFindings: the release doesn't hold what it promises.
        """
        if self.wrong:
            many = "one thing is" if self.wrong == 1 else f"{self.wrong} things are"
            raise DataFindings(f"the release is not what it says: {many} wrong, first {self.problems[0]}")


Check = Callable[["Release"], Iterator[Told]]


def prove(name: str, check: Check, release: Release) -> Proof:
    """Run a check. That it can't go on is one more problem: a damaged release gets a verdict, never a traceback."""
    proof = Proof(name)
    try:
        proof.take(check(release))
    except Exception as error:  # noqa: BLE001 - nobody can list what a damaged or hostile file makes a reader raise
        proof.take([f"can't be checked further: {cause(error)}"])
    return proof
