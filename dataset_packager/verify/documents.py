"""The documents beside the card: Croissant's hashes are those of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.verify.opened import Release
    from dataset_packager.verify.proof import Told

CROISSANT = "croissant.json"


def check_croissant(release: Release) -> Iterator[Told]:
    """Check that Croissant names every shard with its SHA-256 and its size in bytes, and no other file."""
    if CROISSANT not in release.files:
        return
    objects = list(_file_objects(release.json(CROISSANT)))
    for found in objects:
        yield from _check_object(release, found)
    named = {found.get("contentUrl") for found in objects}
    for path in release.told_shards:
        yield 1 if path in named else f"{CROISSANT}: does not name {path}"


def _file_objects(document: Any) -> Iterator[dict[str, Any]]:
    distribution = document.get("distribution", ()) if isinstance(document, dict) else ()
    for item in distribution:
        if isinstance(item, dict) and "sha256" in item and "://" not in str(item.get("contentUrl")):
            yield item


def _check_object(release: Release, found: dict[str, Any]) -> Iterator[Told]:
    path = str(found.get("contentUrl"))
    if path not in release.files:
        yield f"{path}: missing, but {CROISSANT} names it"
        return
    yield 1 if found["sha256"] == release.sha256(path) else f"{path}: its SHA-256 is not that of {CROISSANT}"
    size = (release.folder / path).stat().st_size
    told = str(found.get("contentSize", f"{size} B")).split()[0]
    yield 1 if told == str(size) else f"{CROISSANT}: contentSize of {path} is {told}, not {size}"
