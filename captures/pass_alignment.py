"""Alignment of two annotations: which rows of one stand for which rows of the other, by their spans.

Two rows correspond where the code points that they share are at least half of the longer one's. Rows are paired one to
one, greatest share first. Pooled, a row is found where all rows of the other annotation together cover half of it, so
that a finer cut costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Marked:
    """A row's document and its code points, as spans that don't overlap (end exclusive)."""

    document: str
    spans: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """How many code points it has."""
        return sum(end - start for start, end in self.spans)

    def shared(self, other: Marked) -> int:
        """Return how many code points two rows share."""
        if self.document != other.document:
            return 0
        overlaps = (min(b, d) - max(a, c) for a, b in self.spans for c, d in other.spans)
        return sum(overlap for overlap in overlaps if overlap > 0)


def mark(document: str, spans: Sequence[tuple[int, int]]) -> Marked:
    """Return the row that has these spans, with overlapping ones united."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return Marked(document, tuple(united))


def pair(first: Sequence[Marked], second: Sequence[Marked]) -> list[tuple[int, int]]:
    """Return the pairs of corresponding rows, as positions in the two annotations, in order."""
    candidates = []
    for i, left in enumerate(first):
        for j, right in enumerate(second):
            longer = max(left.size, right.size)
            share = left.shared(right) / longer if longer else 0.0
            if share >= HALF:
                candidates.append((-share, i, j))
    taken_first, taken_second = set[int](), set[int]()
    pairs = []
    for _, i, j in sorted(candidates):
        if i not in taken_first and j not in taken_second:
            taken_first.add(i)
            taken_second.add(j)
            pairs.append((i, j))
    return sorted(pairs)


def found(rows: Sequence[Marked], others: Sequence[Marked]) -> int:
    """Return how many of the rows are covered by half or more by all rows of the other annotation together."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for other in others:
        spans.setdefault(other.document, []).extend(other.spans)
    pooled = {document: mark(document, pieces) for document, pieces in spans.items()}
    empty = Marked("", ())
    return sum(row.shared(pooled.get(row.document, empty)) >= HALF * row.size for row in rows)
