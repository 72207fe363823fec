"""The documents beside the card: Croissant's hashes are the files', the datasheet's slots what the data give."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from dataset_packager.base.json_diff import ABSENT, member_changes
from dataset_packager.base.proof import Skipped, unsound
from dataset_packager.documents import datasheet
from dataset_packager.documents.croissant import croissant
from dataset_packager.documents.slots import BLOCKS, INLINE, Facts
from dataset_packager.release.names import CROISSANT, DATASHEET
from dataset_packager.shards.results import InputRange
from dataset_packager.verify.rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.proof import Told
    from dataset_packager.release.reader import Release

KNOWN = frozenset({*BLOCKS, *INLINE, "rows"}) - {"rejected"}  # slots that are filled from what a release holds


def check_croissant(release: Release) -> Iterator[Told]:
    """Check that Croissant names every shard with its SHA-256 and its size in bytes, and no other file."""
    if CROISSANT not in release.files:
        return
    objects = list(_file_objects(release.json(CROISSANT)))
    for found in objects:
        yield from _check_object(release, found)
    named = {found.get("contentUrl") for found in objects}
    for path in release.told_shards:
        yield 1 if path in named else unsound(CROISSANT, f"does not name {path}")
    yield from _check_again(release)


def _check_again(release: Release) -> Iterator[Told]:
    """Make Croissant again from what it describes: no member of it may say or lead elsewhere."""
    if not release.same_versions:
        yield Skipped(f"{CROISSANT}: other versions wrote it")
        return
    schemas = {part.name: release.json(part.schema) for part in release.parts.values()}
    told = datasheet.responsible(release.text(DATASHEET)) if release.config.datasheet else {}
    inputs = {
        path: tuple(InputRange(**each) for each in shard["inputs"]) for path, shard in release.told_shards.items()
    }
    contents = release.contents.map_shards(lambda shard: replace(shard, inputs=inputs.get(shard.path, ())))
    right = json.loads(croissant(release.config, contents, schemas, told))
    changes = list(member_changes(right, release.json(CROISSANT)))
    yield 0 if changes else 1
    for path, _, found in changes:
        shown = "left out" if found is ABSENT else repr(found)
        yield unsound(CROISSANT, f"{path} is {shown}, which doesn't follow from the release")


def _file_objects(document: Any) -> Iterator[dict[str, Any]]:
    distribution = document.get("distribution", ()) if isinstance(document, dict) else ()
    for item in distribution:
        if isinstance(item, dict) and "sha256" in item and "://" not in str(item.get("contentUrl")):
            yield item


def _check_object(release: Release, found: dict[str, Any]) -> Iterator[Told]:
    path = str(found.get("contentUrl"))
    if path not in release.files:
        yield unsound(path, f"missing, but {CROISSANT} names it")
        return
    yield 1 if found["sha256"] == release.sha256(path) else unsound(path, f"its SHA-256 is not that of {CROISSANT}")
    size = (release.folder / path).stat().st_size
    told = str(found.get("contentSize", f"{size} B")).split()[0]
    yield 1 if told == str(size) else unsound(CROISSANT, f"contentSize of {path} is {told}, not {size}")


def check_datasheet(release: Release) -> Iterator[Told]:
    """Fill the datasheet's slots again from the release, and compare them; counts the lines of the slots' text."""
    if DATASHEET not in release.files:
        return
    text = release.text(DATASHEET)
    held, facts = datasheet.held(text), _facts(release)

    def slot(name: str, argument: str) -> str | None:
        return facts.slot(name, argument) if name in KNOWN else held(name, argument)

    empty = datasheet.fill(text, lambda _name, _argument: None)
    wrong = list(_different_lines(text, datasheet.fill(text, slot)))
    yield from wrong
    yield 0 if wrong else text.count("\n") - empty.count("\n")


def _facts(release: Release) -> Facts:
    schemas = {part.name: release.json(part.schema) for part in release.parts.values()}
    rows = read_rows(release)
    contents = release.contents.map_shards(lambda shard: replace(shard, tallies=rows[shard.path].tallies))
    return Facts(release.config, contents, release.folder, schemas)


def _different_lines(found: str, right: str) -> Iterator[Told]:
    for number, (told, expected) in enumerate(zip_longest(found.split("\n"), right.split("\n")), 1):
        if told != expected:
            yield unsound(DATASHEET, f"is {told!r}, where the release gives {expected!r}", number)
            return  # lines behind it may only have moved
