"""Damage to releases, and what a forger would mend afterwards so that it goes unseen."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.documents.front_matter import front_matter
from dataset_packager.documents.release_facts import Facts
from dataset_packager.release import bag
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.names import CARD, INFO, MANIFEST, TAG_MANIFEST, UNSPOKEN
from dataset_packager.release.release_files import Release


def shards(release: Path, config: str, split: str = "*") -> list[Path]:
    """Return the shards of a config."""
    return sorted((release / "data" / config).glob(f"{split}-*.parquet"))


def rewrite(shard: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace the rows of a shard and keep what its footer says."""
    with pq.ParquetFile(shard) as file:
        table, told = file.read(), file.metadata.metadata[b"provenance"]
    changed = change(table)
    with pq.ParquetWriter(shard, changed.schema) as writer:
        writer.write_table(changed)
        writer.add_key_value_metadata({b"provenance": told})


def written_otherwise(shard: Path, keys: dict[bytes, bytes], **options: Any) -> None:
    """Write a shard's rows again with other keys in its footer, or in another way."""
    with pq.ParquetFile(shard) as file:
        table, told = file.read(), file.metadata.metadata[b"provenance"]
    with pq.ParquetWriter(shard, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({b"provenance": told, **keys})


def with_false_statistics(shard: Path) -> None:
    """Let each statistic of a text that stands in the footer say another value of the same length."""
    data = bytearray(shard.read_bytes())
    begin = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    data[begin:-8] = data[begin:-8].replace(b"c001", b"c999")
    shard.write_bytes(data)


def with_other_versions(release: Path) -> None:
    """Let the provenance tell of another version of Arrow."""
    member = ("predicate", "runDetails", "builder", "version")

    def change(value: Any) -> None:
        for name in member:
            value = value[name]
        value["pyarrow"] = "1.0.0"

    edit_json(release / "provenance.intoto.json", change)


def with_rows(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[pa.Table], pa.Table]:
    """Return the change of a table that changes its rows as Python objects."""

    def changed(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        change(rows)
        return pa.Table.from_pylist(rows, schema=table.schema)

    return changed


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that the file has once or more."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def edit_json(file: Path, change: Callable[[Any], object]) -> None:
    """Change the JSON value of a file."""
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value, indent=1))


def mend_hashes(release: Path) -> None:
    """Recompute every hash of a file: those of the provenance, of Croissant, and of the bag's manifests."""
    hashes = {name: hashlib.sha256((release / name).read_bytes()).hexdigest() for name in release_files(release)}
    if (release / "croissant.json").is_file():
        edit_json(release / "croissant.json", lambda value: _mend_objects(release, value, hashes))
        hashes["croissant.json"] = hashlib.sha256((release / "croissant.json").read_bytes()).hexdigest()
    statement = release / "provenance.intoto.json"
    subjects = [{"name": name, "digest": {"sha256": hashes[name]}} for name in hashes if name not in UNSPOKEN]
    edit_json(statement, lambda value: value.update(subject=subjects))
    payload = {name: sha256 for name, sha256 in hashes.items() if bag.is_payload(name)}
    (release / MANIFEST).write_text(bag.manifest(payload))
    config = Release(release, release).config
    sizes = {name: (release / name).stat().st_size for name in payload}
    about = bag.info(f"{config.name}-{config.version}", config.description, config.released, sizes)
    (release / INFO).write_text(about)
    tags = [name for name in hashes if not bag.is_payload(name) and name not in (CARD, TAG_MANIFEST)]
    again = {name: hashlib.sha256((release / name).read_bytes()).hexdigest() for name in tags}
    (release / TAG_MANIFEST).write_text(bag.manifest(again))


def _mend_objects(release: Path, document: Any, hashes: dict[str, str]) -> None:
    for item in document["distribution"]:
        if item.get("contentUrl") in hashes:
            item["sha256"] = hashes[item["contentUrl"]]
            item["contentSize"] = f"{(release / item['contentUrl']).stat().st_size} B"


def mend_card(release: Path) -> None:
    """Write the card's metadata anew, from the shards as they are now."""
    import yaml

    opened = Release(release, release)
    schemas = {part.name: opened.json(part.schema) for part in opened.parts.values()}
    metadata = yaml.safe_dump(front_matter(Facts(opened.config, opened.contents, release, schemas)), sort_keys=False)
    body = (release / CARD).read_text().split("---\n", 2)[2]
    (release / CARD).write_text(f"---\n{metadata}---\n{body}")
