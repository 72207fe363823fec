"""What comes of a chunk: the shards and the counts, as they travel from workers and are kept from build to build."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_packager.base.findings import Finding
    from dataset_packager.columns.statistics import Tally
    from dataset_packager.shards.keys import KeySpan

FEW_RANGES = 16


@dataclass(frozen=True, slots=True)
class WrittenShard:
    """One Parquet file: its name, SHA-256, size in bytes, rows, the digest of its content, and what it holds."""

    name: str
    sha256: str
    size: int
    rows: int
    content: str
    tallies: dict[str, Tally]


@dataclass(frozen=True, slots=True)
class InputRange:
    """Which lines of a file went into a shard, and the SHA-256 of the stored bytes that hold them."""

    file: str
    first_line: int
    last_line: int
    sha256: str


def summed_up(inputs: Sequence[InputRange]) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the input ranges for a footer: each of a few, or what sums up many."""
    ranges = [asdict(part) for part in inputs]
    if len(ranges) <= FEW_RANGES:
        return ranges
    text = json.dumps(ranges, sort_keys=True, ensure_ascii=False)
    return {"ranges": len(ranges), "first": ranges[0], "last": ranges[-1], "sha256": bytes_sha256(text.encode("utf-8"))}


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of one split, still under its chunk's name.

    ``keys`` are the files of its key values, and ``spans`` their least and greatest value, where they strictly ascend.
    """

    split: str
    written: WrittenShard
    inputs: tuple[InputRange, ...]
    keys: tuple[str, ...]
    spans: tuple[KeySpan | None, ...]


@dataclass
class ChunkResult:
    """What came of one chunk; counts are of records, and ``damaged`` of files that could not be read to their end.

    Names of files are relative to the chunk's own ``folder``; ``taken_over`` says that a former build made them.
    """

    table: str
    number: int
    folder: Path = Path()
    taken_over: bool = False
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    damaged: int = 0
    records: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    first: list[Finding] = field(default_factory=list)
    shards: list[Shard] = field(default_factory=list)
    findings_file: str | None = None
    rejected_file: str | None = None


def shards_of(results: Iterable[ChunkResult], table: str) -> list[tuple[Path, Shard]]:
    """Return the shards of a table in order, each with the folder that it lies in."""
    return [(result.folder, shard) for result in results if result.table == table for shard in result.shards]
