"""The provenance: its form, the files that it speaks of, the inputs that it names."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from dataset_packager.base.proof import unsound
from dataset_packager.documents.assemble import (
    released_configuration,
    released_path,
)
from dataset_packager.documents.provenance import dataset_configuration
from dataset_packager.release import bag
from dataset_packager.release.contents import digest_of
from dataset_packager.release.names import (
    CARD,
    CONFIGURATION,
    DATASHEET,
    DECLARATION,
    INFO,
    MANIFEST,
    PROVENANCE,
    TAG_MANIFEST,
)
from dataset_packager.release.reader import shard_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.proof import Told
    from dataset_packager.release.reader import Release

UNSPOKEN = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, CARD, PROVENANCE)


def check_provenance(release: Release) -> Iterator[Told]:
    """Hold the statement against its contract, and what it says of files, inputs and tables against the release."""
    yield int(bool(release.statement))
    definition = release.statement["predicate"]["buildDefinition"]
    yield from _check_subjects(release)
    yield from _check_configuration(release, definition["externalParameters"]["configuration"])
    yield from _check_inputs(release, definition["resolvedDependencies"])
    yield from _check_tables(release)


def _check_subjects(release: Release) -> Iterator[Told]:
    subjects = {subject["name"]: subject["digest"]["sha256"] for subject in release.statement["subject"]}
    for name, sha256 in subjects.items():
        if name not in release.files:
            yield unsound(name, f"missing, but {PROVENANCE} speaks of it")
        else:
            yield 1 if release.sha256(name) == sha256 else unsound(name, f"its SHA-256 is not that of {PROVENANCE}")
    for name in release.files:
        if name not in subjects and name not in UNSPOKEN:
            yield unsound(name, f"{PROVENANCE} does not speak of it")


def _check_configuration(release: Release, told: dict[str, Any]) -> Iterator[Told]:
    told = deepcopy(told)
    tool = told["tool"].get("dataset-packager", {})
    for part in (*tool.get("tables", {}).values(), *tool.get("views", {}).values()):
        part |= {name: released_path(part[name]) for name in ("schema", "query") if name in part}
    same = told == dataset_configuration(release.config) == released_configuration(release.config)
    yield 1 if same else unsound(CONFIGURATION, f"is not the configuration of {PROVENANCE}")


def _check_inputs(release: Release, dependencies: list[dict[str, Any]]) -> Iterator[Told]:
    """Check that every input is named, and that those which are shipped are those which were read."""
    inputs = {dependency["name"]: dependency["digest"]["sha256"] for dependency in dependencies}
    shipped = {released_path(name): sha256 for name, sha256 in inputs.items() if released_path(name) in release.files}
    for name in release.files:
        if name.startswith("schema/") and name != CONFIGURATION:
            yield 1 if shipped.get(name) == release.sha256(name) else unsound(name, f"is no input of {PROVENANCE}")
    if DATASHEET in release.files:
        source = release.config.document["tool"]["dataset-packager"].get("datasheet")  # without it, the build makes one
        yield 1 if source is None or source in inputs else unsound(source, f"is no input of {PROVENANCE}")
    for path, shard in release.told_shards.items():
        missing = sorted({part["file"] for part in shard["inputs"]} - inputs.keys())
        yield unsound(path, f"{PROVENANCE} has no hash of {missing[0]}") if missing else 1


def _check_tables(release: Release) -> Iterator[Told]:
    """Check that exactly the shards which are told of are there, and that the tables' sums are theirs."""
    names = [table["name"] for table in release.told_tables]
    yield 1 if names == list(release.parts) else unsound(PROVENANCE, f"tells of {', '.join(names)}")
    for table in release.told_tables:
        shards = table["shards"]
        rows = sum(shard["rows"] for shard in shards)
        same = rows == table["rows"]
        yield 1 if same else unsound(PROVENANCE, f"{table['name']} has {rows} rows, not {table['rows']}")
        digest = digest_of(shard["content_digest"] for shard in shards)
        same = digest == table["content_digest"]
        yield 1 if same else unsound(PROVENANCE, f"the content digest of {table['name']} is not that of its shards")
        yield from _check_order(release, table)
    for name in release.files:
        if bag.is_payload(name) and name not in release.told_shards:
            yield unsound(name, f"no shard of {PROVENANCE}")


def _check_order(release: Release, table: dict[str, Any]) -> Iterator[Told]:
    part, found = release.parts[table["name"]], []
    for split in part.splits:
        shards = release.shards(part, split)
        numbers = shard_numbers(shards)
        whole = bool(shards) and numbers == [(number, len(shards)) for number in range(len(shards))]
        yield 1 if whole else unsound(f"data/{part.name}", f"the shards of the split {split} are not complete")
        found += shards
    same = found == [shard["path"] for shard in table["shards"]]
    yield 1 if same else unsound(f"data/{part.name}", f"its shards are not those of {PROVENANCE}, in their order")
