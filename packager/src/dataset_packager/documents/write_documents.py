"""Everything beside the data: schemas, configuration, documents, and the bag that closes the release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_packager.base.files import (
    bytes_sha256,
    changed,
    failures,
    file_sha256,
    make_folder,
    regular_bytes,
    write_unsynced,
)
from dataset_packager.documents import datasheet
from dataset_packager.documents.document import documents, files_read
from dataset_packager.documents.provenance import released_configuration
from dataset_packager.documents.release_facts import Facts
from dataset_packager.release import bag
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.names import (
    CARD,
    CONFIGURATION,
    DECLARATION,
    INFO,
    MANIFEST,
    TAG_MANIFEST,
    released_path,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from dataset_packager.project.config import Config
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.release.contents import Contents


def prepare_documents(config: Config) -> None:
    """Check what the documents are asked for, before there is anything to write.

    Raises:
        SetupError: something that can't be.
    """
    for document in documents():
        document.prepare(config)


def load_documents(config: Config) -> None:
    """Load what the documents need whatever the records are: for that there is time while others read them."""
    for document in documents():
        document.load(config)


def describe_release(
    config: Config, contents: Contents, plan: Plan, read: Mapping[str, str], release: Path, linked: Mapping[str, str],
    *, sources: Iterable[str], update_docs: bool = False,
) -> None:  # fmt: skip
    """Write everything beside the data: schemas, configuration, all documents, and the bag's manifests.

    ``read`` has the SHA-256 of all else that is read, as it was when the build began, and ``linked`` that of the files
    that rows hold, by their paths in the project; ``sources`` are the paths of schemas and queries. With
    ``update_docs`` the project's own datasheet has its slots filled, too.

    Raises:
        EnvironmentFailure: a file has another one by now.
    """
    inputs = {file.path: file.sha256 for files in plan.files.values() for file in files}
    inputs |= linked
    inputs |= _place_sources(config.project, {name: read[name] for name in sources}, release)
    others = [name for name in files_read(config) if name in read]
    inputs |= {name: read[name] for name in others}
    settings = released_configuration(config)  # tables and splits keep their order
    write_unsynced(release / CONFIGURATION, json.dumps(settings, indent=1, ensure_ascii=False) + "\n")
    facts = _facts(config, contents, release, inputs)
    for document in documents():
        for name, content in document.write(facts).items():
            if isinstance(content, str):
                write_unsynced(release / name, content)
            else:
                make_folder((release / name).parent)
                content(release / name)
    for name in others:
        if not (config.project / name).is_file() or file_sha256(config.project / name) != read[name]:
            raise changed(name)
    if update_docs:
        datasheet.update(config, facts.datasheet)
    _close_bag(config, release, {shard.path: shard.sha256 for shard in contents.shards})


def _facts(config: Config, contents: Contents, release: Path, inputs: dict[str, str]) -> Facts:
    schemas = {part.name: json.loads((release / part.schema).read_text("utf-8")) for part in contents.configs}
    extra = {name: slot.lines(config) for each in config.extensions for name, slot in each.slots.items()}
    return Facts(config, contents, release, schemas, extra, inputs)


def _place_sources(project: Path, sources: dict[str, str], release: Path) -> dict[str, str]:
    """Copy every schema with all that it refers to, and every query, whose SHA-256s are given and returned by path."""
    for name, sha256 in sources.items():
        with failures(project / name):
            data = regular_bytes(project / name)
        if bytes_sha256(data) != sha256:  # as they were when the records were judged by them
            raise changed(name)
        write_unsynced(release / released_path(name), data)
    return sources


def _close_bag(config: Config, release: Path, payload: dict[str, str]) -> None:
    """Write the bag's own files; the tag manifest comes last and covers all tag files but the card and itself."""
    sizes = {name: (release / name).stat().st_size for name in payload}
    identifier = f"{config.name}-{config.version}"
    write_unsynced(release / DECLARATION, bag.declaration())
    write_unsynced(release / INFO, bag.info(identifier, config.description, config.released, sizes))
    write_unsynced(release / MANIFEST, bag.manifest(payload))
    write_unsynced(release / TAG_MANIFEST, bag.manifest(dict(_tags(release))))


def _tags(release: Path) -> Iterator[tuple[str, str]]:
    for name in release_files(release):
        if not bag.is_payload(name) and name not in (CARD, TAG_MANIFEST):
            yield name, file_sha256(release / name)
