"""Evaluate an attribution model with group-safe splits: .venv/bin/python examples/evaluate_attribution.py RELEASE.

The task: is a claim the article's own, or somebody's whom it names? The model is a small naive Bayes over words; put
your own in its place. What matters is the split. Claims of one page share topic, names and phrasing, so a random split
tests a model on pages that it has seen. Here each page is left out once, with every other page of the same origin.
"""

import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

CLAIMS = """
select c.statement, c.voice = 'attributed', coalesce(d.origin_id, d.document_id)
from read_parquet(?) c join read_parquet(?) d using (document_id)
where c.voice in ('attributed', 'outlet') order by c.claim_id
"""
Claim = tuple[str, bool, str]
"""Statement, whether somebody else says it, and the group that may not be split."""


class NaiveBayes:
    """Words counted by class, with one added to each count."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.words: dict[bool, Counter[str]] = defaultdict(Counter)
        self.classes = Counter(attributed for _, attributed, _ in claims)
        for statement, attributed, _ in claims:
            self.words[attributed].update(statement.lower().split())

    def says_attributed(self, statement: str) -> bool:
        """Return whether the statement is likelier somebody else's than the article's own."""
        return self._score(statement, True) > self._score(statement, False)

    def _score(self, statement: str, attributed: bool) -> float:
        words, kinds = self.words[attributed], len(self.words[True] | self.words[False])
        seen = math.log(self.classes[attributed] + 1)
        return seen + sum(math.log((words[word] + 1) / (words.total() + kinds)) for word in statement.lower().split())


def read(release: Path) -> list[Claim]:
    """Return the claims that are the article's own or somebody's whom it names."""
    files = [f"{release}/data/{table}/*.parquet" for table in ("claims", "documents")]
    return duckdb.execute(CLAIMS, files).fetchall()


def by_group(claims: Sequence[Claim]) -> Iterator[tuple[list[Claim], list[Claim]]]:
    """Yield training and test claims, each group tested once and never trained on then."""
    for group in sorted({claim[2] for claim in claims}):
        yield [claim for claim in claims if claim[2] != group], [claim for claim in claims if claim[2] == group]


def at_random(claims: Sequence[Claim], folds: int = 5) -> Iterator[tuple[list[Claim], list[Claim]]]:
    """Yield training and test claims as a random split would have them: groups stand on both sides."""
    dealt = random.Random(0).sample(claims, len(claims))  # noqa: S311 - a seed, so that the figures are the same again
    for fold in range(folds):
        yield [claim for n, claim in enumerate(dealt) if n % folds != fold], dealt[fold::folds]


def accuracy(splits: Iterator[tuple[list[Claim], list[Claim]]]) -> float:
    """Return the share of test claims, over all splits, that the model puts into the right class."""
    right = total = 0
    for training, test in splits:
        model = NaiveBayes(training)
        right += sum(model.says_attributed(statement) == attributed for statement, attributed, _ in test)
        total += len(test)
    return right / total


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = read(Path(sys.argv[1]))
    most = max(Counter(claim[1] for claim in found).values())
    groups = len({claim[2] for claim in found})
    print(f"{len(found)} claims in {groups} groups; always the same answer: {most / len(found):.2f}")
    print(f"random split: {accuracy(at_random(found)):.2f}")
    print(f"split by group: {accuracy(by_group(found)):.2f}")
