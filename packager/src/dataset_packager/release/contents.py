"""What a release holds: its configs, their splits and shards. Everything that describes a release is made from this."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dataset_packager.release.names import in_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa

    from dataset_packager.columns.statistics import Tally
    from dataset_packager.shards.chunk_results import InputRange


@dataclass(frozen=True, slots=True)
class ReleasedShard:
    """One Parquet file of the release: its path in it, SHA-256, size in bytes, rows, content digest, inputs, tallies.

    ``memory`` is the uncompressed size in bytes that its footer states.
    """

    path: str
    sha256: str
    size: int
    rows: int
    content: str
    memory: int
    inputs: tuple[InputRange, ...] = ()
    tallies: Mapping[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """One split of a config, with its shards in order."""

    name: str
    shards: tuple[ReleasedShard, ...]

    @property
    def rows(self) -> int:
        """Its number of rows."""
        return sum(shard.rows for shard in self.shards)

    @property
    def memory(self) -> int:
        """The uncompressed size in bytes that the footers state."""
        return sum(shard.memory for shard in self.shards)


@dataclass(frozen=True)
class ReleasedConfig:
    """One table or view as released; ``schema`` is the path of its JSON Schema."""

    name: str
    is_view: bool
    schema: str
    arrow_schema: pa.Schema
    splits: tuple[Split, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many shards each split has."""
        return {split.name: len(split.shards) for split in self.splits}

    @property
    def in_folders(self) -> bool:
        """Whether its shards stand in folders of their own."""
        return in_folders(self.counts)

    @property
    def shards(self) -> tuple[ReleasedShard, ...]:
        """All its shards, splits in the configuration's order."""
        return tuple(shard for split in self.splits for shard in split.shards)

    @property
    def rows(self) -> int:
        """Its number of rows."""
        return sum(split.rows for split in self.splits)

    @cached_property
    def content(self) -> str:
        """The content digest of the table: SHA-256 over its shards' digests."""
        return digest_of(shard.content for shard in self.shards)

    @cached_property
    def files_digest(self) -> str:
        """SHA-256 over the SHA-256s of its shards' files: another release's rows have another one."""
        return digest_of(shard.sha256 for shard in self.shards)


@dataclass(frozen=True, slots=True)
class Contents:
    """All configs of a release: tables, then views; how many records were refused, and why (codes), by table."""

    configs: tuple[ReleasedConfig, ...]
    rejected: dict[str, int]
    reasons: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def shards(self) -> tuple[ReleasedShard, ...]:
        """All shards of the release."""
        return tuple(shard for config in self.configs for shard in config.shards)

    def map_shards(self, change: Callable[[ReleasedShard], ReleasedShard]) -> Contents:
        """Return the same contents with each shard changed."""
        configs = []
        for config in self.configs:
            splits = tuple(replace(split, shards=tuple(map(change, split.shards))) for split in config.splits)
            configs.append(replace(config, splits=splits))
        return replace(self, configs=tuple(configs))


def digest_of(digests: Iterable[str]) -> str:
    """Return the SHA-256 over hexadecimal digests, each taken as its 32 bytes, in order."""
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()
