"""What verifying a stranger's release takes: documents no longer than it needs, refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataset_packager.documents.front_matter import SPARE
from dataset_packager.release.reader import DESCRIPTION_BYTES, DOCUMENT_BYTES, INPUT_BYTES, Release
from dataset_packager.schemas.folder import MOST_BYTES
from dataset_packager.verify import FULL, QUICK, prove
from verify.forging import edit

if TYPE_CHECKING:
    from pathlib import Path

LENGTHS = {  # of documents: what is more than they need
    "DATASHEET.md": DOCUMENT_BYTES,
    "README.md": DOCUMENT_BYTES,
    "bag-info.txt": DOCUMENT_BYTES,
    "schema/dataset.json": DOCUMENT_BYTES,
    "croissant.json": DESCRIPTION_BYTES,
    "provenance.intoto.json": DOCUMENT_BYTES + 1_000 * INPUT_BYTES,
    "manifest-sha256.txt": DOCUMENT_BYTES + 2_000_000,
    "schema/ships.schema.json": MOST_BYTES,
}


def told(release: Path, temporary: Path, *checks: str) -> list[str]:
    """Return what some checks find wrong with a release."""
    opened = Release(release, temporary)
    every = {**QUICK, **FULL}
    return [one for name in checks for one in prove(name, every[name], opened).problems]


@pytest.mark.parametrize("name", LENGTHS)
def test_a_document_longer_than_the_release_needs_is_refused_by_name(name: str, damaged: Path, tmp_path: Path) -> None:
    with (damaged / name).open("ab") as file:
        file.write(b" " * LENGTHS[name])
    found = told(damaged, tmp_path, "files", "provenance", "card", "croissant", "datasheet")
    assert any(f"{name}: longer than " in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pretty_name:", "pretty_name: x\npretty_name:", "'pretty_name' stands twice"),
        ("pretty_name:", "x: &x [y]\nz: [*x, *x]\npretty_name:", "anchors and aliases"),
        ("pretty_name:", "x: " + "[" * 2_000 + "\npretty_name:", "nested more than"),
        ("pretty_name:", "x: y\n" * 20_000 + "pretty_name:", "are more than enough for its shards"),
        ("pretty_name:", "x: " + "y" * 4 * SPARE + "\npretty_name:", "are more than enough for its shards"),
    ],
)
def test_metadata_of_a_card_that_would_harm_its_readers_are_refused_and_not_loaded(
    old: str, new: str, says: str, damaged: Path, tmp_path: Path
) -> None:
    edit(damaged / "README.md", old, new)
    found = told(damaged, tmp_path, "card", "loading")
    assert len(found) == 2
    assert all(says in one for one in found), found


def test_tags_of_a_card_may_still_be_added_by_people(damaged: Path, tmp_path: Path) -> None:
    edit(damaged / "README.md", "pretty_name:", "tags:\n" + "- harbour-of-many-words\n" * 400 + "pretty_name:")
    assert told(damaged, tmp_path, "card") == []
