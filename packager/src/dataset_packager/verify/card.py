"""The card: its numbers and features are those of the shards, licence and name those of the configuration.

Its prose may be edited on the Hub, and so may the tags that it is found by.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from dataset_packager.base.json_diff import ABSENT, member_changes
from dataset_packager.base.proof import unsound
from dataset_packager.documents.card import front_matter
from dataset_packager.release.names import CARD
from dataset_packager.verify.safe_yaml import safe_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.proof import Told
    from dataset_packager.release.contents import Contents
    from dataset_packager.release.reader import Release

OF_SHARDS = ("configs", "dataset_info", "size_categories")
OF_CONFIGURATION = (
    "pretty_name",
    "license",
    "license_name",
    "license_link",
    "license_details",
    "language",
    "description",
)
SPARE_BYTES = 16 * 2**10  # of metadata: what people add to them on the Hub
_ROW = re.compile(r"\|\s*`(?P<config>[^`|]+)`[^|]*\|\s*`(?P<split>[^`|]+)`\s*\|\s*(?P<rows>[\d,]+)\s*\|")


def check_card(release: Release) -> Iterator[Told]:
    """Compare the card's configs, features, sizes and numbers of rows with the shards, and the rest of its metadata."""
    text = release.text(CARD)
    expected = yaml.safe_dump(front_matter(release.config, release.contents))
    try:
        found, body = _parts(text, 2 * len(expected) + SPARE_BYTES)
    except ValueError as error:
        yield unsound(CARD, str(error))
        return
    yield from _check_metadata(found, yaml.safe_load(expected))  # as YAML brings them back
    yield from _check_sizes(body, release.contents)


def insist_on_harmless(release: Release) -> None:
    """Raise ValueError unless whoever loads the release can read its card's metadata without harm."""
    _parts(release.text(CARD), 2 * len(yaml.safe_dump(front_matter(release.config, release.contents))) + SPARE_BYTES)


def _parts(text: str, most: int) -> tuple[dict[str, Any], str]:
    """Return the metadata of a card, and the text behind them.

    Raises:
        ValueError: there are none, or they have more than ``most`` characters, or are no plain mapping in YAML.
    """
    end = text.find("\n---\n", 3)
    if not text.startswith("---\n") or end < 0:
        raise ValueError("has no metadata between two lines of ---")
    if end > most:
        raise ValueError(f"its metadata have {end:,} characters, where {most:,} are more than enough for its shards")
    found = safe_yaml(text[4 : end + 1])
    if isinstance(found, dict):
        return found, text[end + 5 :]
    raise ValueError("its metadata are no mapping")


def _check_metadata(found: dict[str, Any], expected: dict[str, Any]) -> Iterator[Told]:
    for member in OF_CONFIGURATION:
        right, told = expected.get(member), found.get(member)
        same = right == told
        given = f"where the configuration gives {right or 'nothing'!r}"
        yield 1 if same else unsound(CARD, f"{member} is {told!r}, {given}")
    for member in OF_SHARDS:
        if member not in expected:
            continue
        ours, theirs = expected[member], found.get(member)
        changes = list(member_changes(_by_name(ours), _by_name(theirs), member))
        yield len(ours) if not changes else 0
        for path, right, told in changes:
            wanted = "nothing" if right is ABSENT else repr(right)
            yield unsound(CARD, f"{path} is {told!r}, where the shards have {wanted}")


def _by_name(value: Any) -> Any:
    """Return a list of configs by their names, so that a difference is told by name."""
    if isinstance(value, list) and all(isinstance(item, dict) and "config_name" in item for item in value):
        return {item["config_name"]: item for item in value}
    return value


def _check_sizes(body: str, contents: Contents) -> Iterator[Told]:
    """Check the numbers of rows that tables of the card's text state for a config and a split."""
    rows = {(part.name, split.name): split.rows for part in contents.configs for split in part.splits}
    for match in _ROW.finditer(body):
        place = match["config"], match["split"]
        if place in rows:
            told = int(match["rows"].replace(",", ""))
            same = told == rows[place]
            yield 1 if same else unsound(CARD, f"{place[0]}, {place[1]}: the text says {told} rows, not {rows[place]}")
