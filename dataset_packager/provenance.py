"""Where a release comes from: an in-toto Statement v1 with SLSA provenance v1.

Nothing in it depends on a clock, a commit, a machine or a folder's name: equal content has equal provenance.
"""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dataset_packager import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_packager.config import Config
    from dataset_packager.contents import Contents, ReleasedConfig

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "https://dataset-packager.invalid/build/v1"
BUILDER = "https://dataset-packager.invalid/builder"
SHAPING = ("pyarrow", "datasets", "duckdb", "jsonschema-rs", "orjson")


def shaping_versions() -> dict[str, str]:
    """Return the versions of everything that shapes the bytes of a release."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"dataset-packager": __version__, "python": python} | {name: version(name) for name in SHAPING}


def statement(config: Config, contents: Contents, inputs: Mapping[str, str], subjects: Mapping[str, str]) -> str:
    """Return the provenance of a release as JSON text.

    Args:
        config: the configuration, whole.
        contents: what the release holds.
        inputs: SHA-256 by relative path of everything that was read: records, schemas, views, the datasheet.
        subjects: SHA-256 by path of the release's files that this speaks of.
    """
    document = {
        "_type": STATEMENT,
        "subject": [_resource("name", path, sha256) for path, sha256 in sorted(subjects.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"configuration": config.document},
                "internalParameters": {"tables": [_table(part) for part in contents.configs]},
                "resolvedDependencies": [_resource("uri", path, sha256) for path, sha256 in sorted(inputs.items())],
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": shaping_versions()},
                "metadata": {"finishedOn": f"{config.released}T00:00:00Z"},
            },
        },
    }
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _resource(member: str, name: str, sha256: str) -> dict[str, Any]:
    return {member: name, "digest": {"sha256": sha256}}


def _table(part: ReleasedConfig) -> dict[str, Any]:
    shards: Iterable[dict[str, Any]] = (
        {
            "path": shard.path,
            "rows": shard.rows,
            "content_digest": shard.content,
            "inputs": [asdict(range_) for range_ in shard.inputs],
        }
        for shard in part.shards
    )
    return {"name": part.name, "rows": part.rows, "content_digest": part.content, "shards": list(shards)}
