"""What comes of a chunk: the shards and the counts, as they travel from workers and stand in a store of chunks."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256
from dataset_packager.base.findings import EnvironmentFailure, Finding
from dataset_packager.columns.statistics import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataset_packager.shards.key_columns import KeySpan

FEW_RANGES = 16


def members(value: Any) -> dict[str, Any]:
    """Return the members of a dataclass by name, as they are: ``asdict`` copies them all, however many there are."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


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
    ranges = [members(part) for part in inputs]
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

    Attributes:
        name: what the chunk is called in its store.
        folder: where its files can be read on this machine; names of files are relative to it.
        taken_over: whether a former build made it.
        refuted: whether it was made anew because a former build's wasn't what the records give.
        noticed: how much is to be told of accepted rows; ``notices`` has the first of it.
        files: the SHA-256 of every file, by name.
        linked: the SHA-256 of every file whose bytes its rows have, by its path in the project.
        changed: whether such a file changed while it was read.
    """

    table: str
    number: int
    name: str = ""
    folder: Path = Path()
    taken_over: bool = False
    refuted: bool = False
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    damaged: int = 0
    records: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    first: list[Finding] = field(default_factory=list)
    noticed: int = 0
    notices: list[Finding] = field(default_factory=list)
    shards: list[Shard] = field(default_factory=list)
    findings_file: str | None = None
    rejected_file: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)
    changed: bool = False

    def as_json(self) -> bytes:
        """Return what stands in a store as the chunk's last file, by which it is whole."""
        value = members(self) | {"folder": None, "taken_over": None, "refuted": None}
        return json.dumps(value, default=members).encode("utf-8")

    @classmethod
    def from_json(cls, data: bytes) -> ChunkResult:
        """Return the result that ``as_json`` gave, but for its folder.

        Raises:
            ValueError, KeyError, TypeError: the bytes tell of something else.
        """
        value: dict[str, Any] = json.loads(data)
        counts = {
            name: value[name]
            for name in ("table", "number", "name", "read", "accepted", "rejected", "damaged", "noticed")
        }
        result = cls(
            **counts,
            records=Counter(value["records"]),
            codes=Counter(value["codes"]),
            first=[Finding(**finding) for finding in value["first"]],
            notices=[Finding(**finding) for finding in value["notices"]],
            shards=[_shard(shard) for shard in value["shards"]],
            findings_file=value["findings_file"],
            rejected_file=value["rejected_file"],
            files=dict(value["files"]),
            linked=dict(value["linked"]),
        )
        needed = {name for shard in result.shards for name in (shard.written.name, *shard.keys)}
        needed |= {name for name in (result.findings_file, result.rejected_file) if name}
        if needed != result.files.keys() or any(not name or Path(name).name != name for name in needed):
            raise ValueError("its files are others than those of its shards")
        if any(result.files[shard.written.name] != shard.written.sha256 for shard in result.shards):
            raise ValueError("a shard is told of in two ways")
        return result


def _shard(value: dict[str, Any]) -> Shard:
    tallies = {path: Tally(**tally) for path, tally in value["written"]["tallies"].items()}
    return Shard(
        split=value["split"],
        written=WrittenShard(**{**value["written"], "tallies": tallies}),
        inputs=tuple(InputRange(**part) for part in value["inputs"]),
        keys=tuple(value["keys"]),
        spans=tuple(tuple(span) if span else None for span in value["spans"]),
    )


def linked_by_all(results: Iterable[ChunkResult]) -> dict[str, str]:
    """Return the SHA-256 of every file whose bytes stand in rows, by its path in the project.

    Raises:
        EnvironmentFailure: a file had one when one chunk was made, and another one when another was.
    """
    found: dict[str, str] = {}
    for result in results:
        for name, sha256 in result.linked.items():
            if found.setdefault(name, sha256) != sha256:
                raise EnvironmentFailure(f"{name}: changed during the build: let it rest and run the command again")
    return found


def shards_of(results: Iterable[ChunkResult], table: str) -> list[tuple[Path, Shard]]:
    """Return the shards of a table in order, each with the folder that it lies in."""
    return [(result.folder, shard) for result in results if result.table == table for shard in result.shards]
