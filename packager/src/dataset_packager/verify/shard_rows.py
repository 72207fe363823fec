"""What is read of a shard, and what its rows show; both travel between processes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.check_result import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.columns.statistics import Tally
    from dataset_packager.project.config import Splits
    from dataset_packager.release.release_files import Part
    from dataset_packager.shards.key_columns import ColumnPaths, KeySpan

CHECKS = ("records", "places", "splits", "bytes")
Span = tuple[str, int, int]
"""A file, and the first and last of its lines that went into a shard."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """Which shard to read, and what is told of it.

    ``bounded`` says whether its row groups are known to take no more memory than they may. ``later`` is one of ``keys``
    whose values are laid down only where they may stand twice.
    """

    folder: Path
    path: str
    part: Part
    split: str
    splits: Splits | None
    key: ColumnPaths
    keys: tuple[ColumnPaths, ...]
    spans: tuple[Span, ...]
    temporary: Path
    sha256: str
    same_versions: bool
    bounded: bool
    later: ColumnPaths = ()


@dataclass
class ShardRows:
    """What the rows of a shard show.

    Attributes:
        path: of the shard.
        rows: how many it has.
        complete: whether all of them could be read.
        content: the content digest; None where they couldn't.
        first, last: the places of the first and the last row, where rows have places.
        tallies: of its columns, by path.
        spans: of a key of one column, batch by batch, as ``keys.span_of`` gives them.
        keys: the files that the values of keys were laid down in, by their columns.
        linked: the files that rows hold, by their paths in the project, with the SHA-256 of their bytes, if any.
        proofs: what each check found.
        seconds: what was worked for each check.
    """

    path: str
    rows: int = 0
    complete: bool = False
    content: str | None = None
    first: tuple[str, int] | None = None
    last: tuple[str, int] | None = None
    tallies: dict[str, Tally] = field(default_factory=dict)
    spans: list[KeySpan | None] = field(default_factory=list)
    keys: dict[ColumnPaths, str] = field(default_factory=dict)
    linked: set[tuple[str, str | None]] = field(default_factory=set)
    proofs: dict[str, Proof] = field(default_factory=lambda: {check: Proof(check) for check in CHECKS})
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def work(self, check: str) -> Iterator[None]:
        """Book the time that the block takes to a check."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[check] = self.seconds.get(check, 0) + time.perf_counter() - begun
