"""What documents are made from: the same for a build and for a release that is verified."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256, changed, failures, regular_bytes
from dataset_packager.columns.statistics import Tally, summed
from dataset_packager.release.names import DATASHEET
from dataset_packager.shards.chunk_results import InputRange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedShard
    from dataset_packager.release.release_files import Release


@dataclass(frozen=True)
class Facts:
    """Everything that documents are made from.

    Attributes:
        config: the configuration.
        contents: what the release holds.
        release: the folder that its shards are in, and the documents that are written already.
        schemas: the JSON Schema of each config, for its documentation.
        extra: the lines of the slots that extensions fill, by name; None where nothing was measured.
        inputs: the SHA-256 of all that was read, by path in the project.
        repo: the dataset on the Hub that the release is published as; None where that isn't known.
    """

    config: Config
    contents: Contents
    release: Path
    schemas: Mapping[str, Any]
    extra: Mapping[str, list[str] | None] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    repo: str | None = None

    @cached_property
    def tallies(self) -> dict[str, dict[str, Tally]]:
        """The tallies of every config's columns."""
        return {part.name: summed(shard.tallies for shard in part.shards) for part in self.contents.configs}

    @cached_property
    def datasheet(self) -> str:
        """The release's datasheet, newlines untouched."""
        with failures(self.release / DATASHEET):
            return regular_bytes(self.release / DATASHEET).decode("utf-8")

    def check_unchanged(self, name: str, data: bytes) -> None:
        """See that a file of the project, which has ``data`` now, is what was hashed.

        Raises:
            EnvironmentFailure: it isn't.
        """
        if bytes_sha256(data) != self.inputs[name]:
            raise changed(name)


def facts_of(release: Release) -> Facts:
    """Return what the documents of a release follow from; the tallies are those of rows that were read."""
    schemas = {part.name: release.json(part.schema) for part in release.parts.values()}

    def known(shard: ReleasedShard) -> ReleasedShard:
        inputs = tuple(InputRange(**each) for each in release.told_shards.get(shard.path, {}).get("inputs", ()))
        tallies = release.rows[shard.path].tallies if shard.path in release.rows else {}
        return replace(shard, inputs=inputs, tallies=tallies)

    contents = replace(release.contents.map_shards(known), rejected=release.refused, reasons=release.reasons)
    return Facts(release.config, contents, release.folder, schemas)
