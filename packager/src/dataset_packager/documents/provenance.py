"""Where a release comes from: an in-toto Statement v1 with SLSA provenance v1.

Nothing in it depends on a clock, a commit, a machine or a folder's name: equal content has equal provenance. Its
contract is ``contracts/provenance.schema.json``.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_packager.base.check_result import unsound
from dataset_packager.base.files import file_sha256
from dataset_packager.base.package_versions import shaping_versions
from dataset_packager.documents.document import Document
from dataset_packager.documents.report.thumbnails import thumbnail_versions
from dataset_packager.release import bag
from dataset_packager.release.contents import digest_of
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.names import CONFIGURATION, DATASHEET, PROVENANCE, UNSPOKEN, released_path, shard_paths
from dataset_packager.shards.chunk_results import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig
    from dataset_packager.release.release_files import Release

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
# in-toto and SLSA want URIs here. Nobody can own a name under .invalid (RFC 2606, section 2), so nobody else can
# answer for these.
BUILD_TYPE = "https://dataset-packager.invalid/build/v1"
BUILDER = "https://dataset-packager.invalid/builder/v1"
HEAD = ("name", "version", "description", "license", "authors", "keywords", "urls")


def dataset_configuration(config: Config) -> dict[str, Any]:
    """Return the dataset's part of ``pyproject.toml`` as a JSON value, without what only the code's packaging needs."""
    head = {key: value for key, value in config.document["project"].items() if key in HEAD}
    document = {"project": head, "tool": {"dataset-packager": config.document["tool"]["dataset-packager"]}}
    value: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return value


def released_configuration(config: Config) -> dict[str, Any]:
    """Return the dataset's part of the configuration, with paths as they are in the release."""
    document = dataset_configuration(config)
    tool = document["tool"]["dataset-packager"]
    for part in (*tool["tables"].values(), *tool.get("views", {}).values()):
        for member in ("schema", "query"):
            if member in part:
                part[member] = released_path(part[member])
    return document


def statement(config: Config, contents: Contents, inputs: Mapping[str, str], subjects: Mapping[str, str]) -> str:
    """Return the provenance of a release as JSON text.

    Args:
        config: the configuration, whole.
        contents: what the release holds.
        inputs: SHA-256 by relative path of everything that was read: records, schemas, views, the datasheet.
        subjects: SHA-256 by path of the release's files that this speaks of.
    """
    base = f"pkg:generic/{config.name}@{config.version}#"
    document = {
        "_type": STATEMENT,
        "subject": [{"name": path, "digest": {"sha256": sha256}} for path, sha256 in sorted(subjects.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"configuration": dataset_configuration(config)},
                "internalParameters": {"tables": [_table(part) for part in contents.configs]} | _refused(contents),
                "resolvedDependencies": [_input(base, path, inputs[path]) for path in sorted(inputs)],
            },
            "runDetails": {"builder": {"id": BUILDER, "version": shaping_versions() | thumbnail_versions(config)}},
        },
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _input(base: str, path: str, sha256: str) -> dict[str, Any]:
    """Return an in-toto ResourceDescriptor; its ``uri`` is a package URL (purl), whose subpath is the file's path."""
    return {"name": path, "uri": base + quote(path), "digest": {"sha256": sha256}}


def _refused(contents: Contents) -> dict[str, Any]:
    """Return how many records of each table were refused, and with which findings, where any were."""
    told = {
        name: {"records": count, "findings": dict(contents.reasons.get(name, {}))}
        for name, count in contents.rejected.items()
        if count
    }
    return {"refused": told} if told else {}


def _table(part: ReleasedConfig) -> dict[str, Any]:
    shards = [
        {
            "path": shard.path,
            "rows": shard.rows,
            "content_digest": shard.content,
            "inputs": [members(range_) for range_ in shard.inputs],
        }
        for shard in part.shards
    ]
    return {"name": part.name, "rows": part.rows, "content_digest": part.content, "shards": shards}


def _write(facts: Facts) -> dict[str, str]:
    known = {shard.path: shard.sha256 for shard in facts.contents.shards}  # verifying hashes them as they lie there
    names = [name for name in release_files(facts.release) if name not in UNSPOKEN]
    subjects = {name: known.get(name) or file_sha256(facts.release / name) for name in names}
    return {PROVENANCE: statement(facts.config, facts.contents, facts.inputs, subjects)}


def _check(release: Release) -> Iterator[Told]:
    """Hold the statement against its contract, and what it says of files, inputs and tables against the release."""
    yield int(bool(release.statement))
    definition = release.statement["predicate"]["buildDefinition"]
    yield from _check_subjects(release)
    yield from _check_configuration(release, definition["externalParameters"]["configuration"])
    yield from _check_inputs(release)
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


def _check_inputs(release: Release) -> Iterator[Told]:
    """Check that every input is named, and that those which are shipped are those which were read."""
    inputs = release.inputs
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
    expected = shard_paths(part.name, {split: len(release.shards(part, split)) for split in part.splits})
    for split in part.splits:
        shards = release.shards(part, split)
        whole = bool(shards) and shards == expected[split]
        yield 1 if whole else unsound(f"data/{part.name}", f"the shards of the split {split} are not complete")
        found += shards
    same = found == [shard["path"] for shard in table["shards"]]
    yield 1 if same else unsound(f"data/{part.name}", f"its shards are not those of {PROVENANCE}, in their order")


DOCUMENT = Document("provenance", (PROVENANCE,), _write, _check, quick=True, last=True)
