"""Whether a release is whole, told by everybody's means: its manifests, and a Parquet reader."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path


def stated(release: Path) -> dict[str, str]:
    """Return the SHA-256 by path that both manifests of a bag state."""
    names = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
    lines = [line for name in names for line in (release / name).read_text("utf-8").splitlines()]
    return {line[66:]: line[:64] for line in lines}


def saying(release: Path) -> set[str]:
    """Return what the rows of a release say; fail where it isn't whole."""
    files = stated(release)
    for path, sha256 in files.items():
        assert hashlib.sha256((release / path).read_bytes()).hexdigest() == sha256, path
    shards = [path for path in files if path.startswith("data/")]
    assert shards
    return {text for path in shards for text in pq.read_table(release / path).column("what").to_pylist()}


def refused(path: Path) -> set[str]:
    """Return what refused records say; nothing where there is no such file."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {json.loads(json.loads(line)["record"])["what"] for line in lines}


def names(folder: Path) -> set[str]:
    """Return the names of all that stands in a folder, hidden or not."""
    return {path.name for path in folder.iterdir()}
