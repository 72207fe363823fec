"""Verifying a release cold, from its folder alone: what was proven, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from datasets import Features

from dataset_packager.config import Config, build_config
from dataset_packager.describe import bag
from dataset_packager.files import file_sha256
from dataset_packager.findings import DataFindings, PackagerError, SetupError
from dataset_packager.publication import CARD, CONFIGURATION, PROVENANCE
from dataset_packager.release import release_files
from dataset_packager.write import FOOTER_FEATURES, FOOTER_PROVENANCE

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Release:
    """A release as it lies in its folder."""

    folder: Path

    @cached_property
    def config(self) -> Config:
        """The dataset's part of the configuration."""
        return build_config(self.folder, json.loads(self.text(CONFIGURATION)))

    @cached_property
    def files(self) -> list[str]:
        """All files, sorted."""
        return release_files(self.folder)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """The provenance statement."""
        document: dict[str, Any] = json.loads(self.text(PROVENANCE))
        return document

    @cached_property
    def card(self) -> dict[str, Any]:
        """The card's metadata."""
        head = self.text(CARD).split("---\n", 2)[1]
        metadata: dict[str, Any] = yaml.safe_load(head)
        return metadata

    def text(self, name: str) -> str:
        """Return a file's text."""
        return (self.folder / name).read_text(encoding="utf-8")

    def shards(self, config: str, split: str | None = None) -> list[Path]:
        """Return the shards of a config, or of one split of it, in order."""
        folder = self.folder / "data" / config
        return sorted(folder.glob(f"{split}-*.parquet" if split else "*.parquet"))


@dataclass
class Verification:
    """What was checked: for each check its name, how many things it proved, and what is wrong."""

    rows: list[tuple[str, int, list[str]]] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Everything that is wrong."""
        return [problem for _, _, problems in self.rows for problem in problems]

    def insist(self) -> None:
        """Raise if anything is wrong.

        Raises:
            DataFindings: the release doesn't hold what it promises.
        """
        if self.problems:
            raise DataFindings(
                f"the release is not what it says: {len(self.problems)} things are wrong, first {self.problems[0]}"
            )


Check = Callable[[Release], Iterator[str | None]]
"""Yields None for each thing that is proven, and a message for each that is wrong."""


def verify_release(folder: Path, *, full: bool) -> Verification:
    """Check a release; ``full`` reads all its rows.

    Raises:
        SetupError: there is no release in the folder.
    """
    if not (folder / CONFIGURATION).is_file():
        raise SetupError(f"{folder}: no release: {CONFIGURATION} is missing")
    release, verification = Release(folder), Verification()
    for name, check in (QUICK | FULL if full else QUICK).items():
        told = list(_told(check, release))
        verification.rows.append((name, sum(one is None for one in told), [one for one in told if one is not None]))
    return verification


def _told(check: Check, release: Release) -> Iterator[str | None]:
    try:
        yield from check(release)
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        pa.ArrowException,
        yaml.YAMLError,
        PackagerError,
    ) as error:
        yield f"can't be checked: {type(error).__name__}: {error}"


def check_manifests(release: Release) -> Iterator[str | None]:
    """Compare every file with the bag's manifests; any file that nobody names is wrong."""
    named = {bag.TAG_MANIFEST, CARD}
    for manifest in (bag.MANIFEST, bag.TAG_MANIFEST):
        for name, sha256 in bag.parse_manifest(release.text(manifest)).items():
            named.add(name)
            path = release.folder / name
            if not path.is_file():
                yield f"{name}: missing"
            else:
                yield None if file_sha256(path) == sha256 else f"{name}: its SHA-256 is not that of {manifest}"
    for name in release.files:
        if name not in named:
            yield f"{name}: nobody names this file"


def check_provenance(release: Release) -> Iterator[str | None]:
    """Compare the provenance's subjects with the bag's manifests."""
    hashes = bag.parse_manifest(release.text(bag.MANIFEST)) | bag.parse_manifest(release.text(bag.TAG_MANIFEST))
    subjects = {subject["name"]: subject["digest"]["sha256"] for subject in release.provenance["subject"]}
    for name, sha256 in subjects.items():
        yield None if hashes.get(name) == sha256 else f"{name}: its SHA-256 is not that of {PROVENANCE}"
    for name in hashes:
        if bag.is_payload(name) and name not in subjects:
            yield f"{name}: {PROVENANCE} does not speak of it"


def check_footers(release: Release) -> Iterator[str | None]:
    """Compare each shard's footer with the provenance: rows, content digest, split and features."""
    tables = release.provenance["predicate"]["buildDefinition"]["internalParameters"]["tables"]
    for shard in (shard for table in tables for shard in table["shards"]):
        metadata = pq.read_metadata(release.folder / shard["path"])
        footer = json.loads(metadata.metadata[FOOTER_PROVENANCE])
        told = {"rows": metadata.num_rows, "content_digest": footer["content_digest"]}
        for name, value in told.items():
            yield None if shard[name] == value else f"{shard['path']}: {name} is {value}, not {shard[name]}"
        yield (
            None if footer["rows"] == metadata.num_rows else f"{shard['path']}: the footer tells another number of rows"
        )


def check_card(release: Release) -> Iterator[str | None]:
    """Compare the card's configs, features, sizes and numbers of rows with the shards."""
    infos = {info["config_name"]: info for info in release.card["dataset_info"]}
    defaults = [part["config_name"] for part in release.card["configs"] if part.get("default")]
    yield None if defaults == [release.config.default_config] else f"{CARD}: the default config is {defaults}"
    for name in release.config.configs:
        if name not in infos:
            yield f"{CARD}: nothing about the config {name}"
            continue
        features = Features._from_yaml_list(infos[name]["features"])
        for split in infos[name]["splits"]:
            yield from _check_split(release, name, split, features)
        size = sum(path.stat().st_size for path in release.shards(name))
        yield None if infos[name]["download_size"] == size else f"{CARD}: {name}: download_size is not {size}"


def _check_split(release: Release, name: str, split: dict[str, Any], features: Features) -> Iterator[str | None]:
    shards = release.shards(name, split["name"])
    rows = 0
    for path in shards:
        metadata = pq.read_metadata(path)
        rows += metadata.num_rows
        schema = pq.read_schema(path)
        own = Features.from_arrow_schema(schema)
        same = own == features and FOOTER_FEATURES in (schema.metadata or {})
        yield None if same else f"{CARD}: {name}: features differ from those of {path.name}"
    told = split["num_examples"]
    yield None if rows == told else f"{CARD}: {name}: {split['name']} has {rows} rows, not {told}"


QUICK: dict[str, Check] = {
    "files": check_manifests,
    "provenance": check_provenance,
    "footers": check_footers,
    "card": check_card,
}
FULL: dict[str, Check] = {}
