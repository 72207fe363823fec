"""Where a release comes from: an in-toto Statement v1 with SLSA provenance v1.

Nothing in it depends on a clock, a commit, a machine or a folder's name: equal content has equal provenance. Its
contract is ``contracts/provenance.schema.json``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_packager.base.versions import shaping_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig

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
                "internalParameters": {"tables": [_table(part) for part in contents.configs]},
                "resolvedDependencies": [_input(base, path, inputs[path]) for path in sorted(inputs)],
            },
            "runDetails": {"builder": {"id": BUILDER, "version": shaping_versions()}},
        },
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _input(base: str, path: str, sha256: str) -> dict[str, Any]:
    """Return an in-toto ResourceDescriptor; its ``uri`` is a package URL (purl), whose subpath is the file's path."""
    return {"name": path, "uri": base + quote(path), "digest": {"sha256": sha256}}


def _table(part: ReleasedConfig) -> dict[str, Any]:
    shards = [
        {
            "path": shard.path,
            "rows": shard.rows,
            "content_digest": shard.content,
            "inputs": [asdict(range_) for range_ in shard.inputs],
        }
        for shard in part.shards
    ]
    return {"name": part.name, "rows": part.rows, "content_digest": part.content, "shards": shards}
