"""Whether the records of one table are of one kind: two kinds with hardly a member in common are two tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST = 200  # sets of names that are held
NAMED = 6  # members that a message names
OF_BOTH, OF_SMALLER = 0.25, 0.34  # of the names that two kinds may share, among those of both, and of the smaller


@dataclass
class _Shape:
    names: frozenset[str]
    first: Path
    count: int = 0


class RecordKinds:
    """The sets of members that records have, each with how many have it, and the file of the first of them."""

    def __init__(self) -> None:
        self._shapes: dict[frozenset[str], _Shape] = {}

    def add(self, record: Any, file: Path) -> None:
        """Take the next record of a file."""
        names = frozenset(record) if isinstance(record, dict) else frozenset()
        if names not in self._shapes:
            if len(self._shapes) == MOST:
                return
            self._shapes[names] = _Shape(names, file)
        self._shapes[names].count += 1

    def told(self) -> list[str]:
        """Return a line for each kind of records, the most frequent first; none where all are of one kind."""
        kinds: list[list[_Shape]] = []
        for shape in sorted(self._shapes.values(), key=lambda shape: -len(shape.names)):
            alike = [kind for kind in kinds if any(_alike(shape.names, other.names) for other in kind)]
            kinds = [kind for kind in kinds if kind not in alike] + [[shape, *(one for kind in alike for one in kind)]]
        if len(kinds) < 2:
            return []
        return list(_lines(sorted(kinds, key=lambda kind: -sum(shape.count for shape in kind))))


def _alike(some: frozenset[str], others: frozenset[str]) -> bool:
    if not some or not others:
        return some == others
    shared = len(some & others)
    return shared > OF_BOTH * len(some | others) or shared > OF_SMALLER * min(len(some), len(others))


def _lines(kinds: list[list[_Shape]]) -> Iterator[str]:
    for kind in kinds:
        count, names = sum(shape.count for shape in kind), sorted(frozenset().union(*(shape.names for shape in kind)))
        listed = ", ".join(map(quoted, names[:NAMED])) + (", …" if len(names) > NAMED else "")
        what = f"with {listed}" if names else "that are no objects, or empty"
        yield f"{count:,} {'record' if count == 1 else 'records'} {what}, the first in {kind[0].first}"
