"""The names of the files of a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CARD = "README.md"
DATASHEET = "DATASHEET.md"
CROISSANT = "croissant.json"
PROVENANCE = "provenance.intoto.json"
CONFIGURATION = "schema/dataset.json"
LICENSE = "LICENSE"
WITHDRAWN = "withdrawn.jsonl"
TRAINING_SUMMARY = "TRAINING-CONTENT.md"
REPORT = "report.html"
ASSETS = "assets/"
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
UNSPOKEN = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, CARD, PROVENANCE)  # the provenance doesn't speak of them

VIEW_SPLIT = "train"  # the only one of a view
IN_ONE_FOLDER, IN_EACH = 9_000, 5_000
"""Up to so many shards of a table lie in its folder, of more, so many in each of several: the Hub takes 10,000."""
SHARD = re.compile(
    r"data/(?P<config>[^/]+)/([^/]+-\d{3,}/)?(?P<split>[^/]+)-(?P<number>\d{5,})-of-(?P<count>\d{5,})\.parquet"
)


def shard_paths(config: str, counts: Mapping[str, int]) -> dict[str, list[str]]:
    """Return where the shards of a table or view stand in the release, by split, in order.

    Numbers have the digits of their count, and at least five, so that every order of names is that of the shards.

    Args:
        config: the name of the table or view.
        counts: how many shards each split has.
    """
    return {split: _of_split(config, split, counts) for split in counts}


def _of_split(config: str, split: str, counts: Mapping[str, int]) -> list[str]:
    count, folders = counts[split], in_folders(counts)
    digits, folder_digits = number_digits(count), max(3, len(str(count // IN_EACH)))
    below = [f"{split}-{number // IN_EACH:0{folder_digits}}/" if folders else "" for number in range(count)]
    return [
        f"data/{config}/{folder}{split}-{number:0{digits}}-of-{count:0{digits}}.parquet"
        for number, folder in enumerate(below)
    ]


def in_folders(counts: Mapping[str, int]) -> bool:
    """Say whether the shards of a table's splits are so many that they stand in folders."""
    return sum(counts.values()) > IN_ONE_FOLDER


def number_digits(count: int) -> int:
    """Return how many digits the numbers of so many shards have."""
    return max(5, len(str(count)))


def shards_pattern(config: str, split: str, *, folders: bool) -> str:
    """Return the glob that all shards of a split match, and no other file of the release."""
    return f"data/{config}/{split}-*/{split}-*.parquet" if folders else f"data/{config}/{split}-*.parquet"


def released_path(path: str) -> str:
    """Return where a schema or query of the project stands in the release: always in ``schema/``."""
    return path if path.startswith("schema/") else f"schema/{path}"
