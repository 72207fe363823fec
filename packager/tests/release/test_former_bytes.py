"""Releases hold the rows that they held before the packager was a distribution of its own, and have the bytes they had.

``digests.json`` has, for each project, the content digest of each shard, which former code wrote and nothing renews.
Beside them stand hashes of bytes: one over all data, schemas and whatever isn't among the documents that change now and
then, and one of each of these. ``python tests/release/test_former_bytes.py`` writes those of documents anew, and with
``--all`` the other, where shards are encoded otherwise on purpose. The provenance and the manifests that cover it tell
of versions and hashes, and are left out.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from dataset_packager.cli import main
from dataset_packager.columns.digest import content_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parents[1] / "cases/releases"
DIGESTS = json.loads((FOLDER / "digests.json").read_text("utf-8"))
PYARROW = "26.0.1"
VERSIONS = ("provenance.intoto.json", "tagmanifest-sha256.txt")


def built(name: str, out: Path) -> dict[str, str]:
    """Build a project; return the SHA-256 of its release's files."""
    words = ["--project", str(FOLDER / name), "--out", str(out), "--workers", "1", "--quarantine"]
    assert main(words) == 0
    release = out / name
    files = {path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()}
    return {file: hashlib.sha256(path.read_bytes()).hexdigest() for file, path in files.items()}


def digest_of(hashes: Mapping[str, str]) -> str:
    lines = "".join(f"{sha256}  {file}\n" for file, sha256 in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def contents(release: Path) -> dict[str, str]:
    """Return the content digest of each shard, as its rows give it."""
    shards = sorted(release.rglob("data/**/*.parquet"))
    return {path.relative_to(release).as_posix(): content_digest(pq.read_table(path)) for path in shards}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_release_has_the_bytes_of_the_first_edition(name: str, tmp_path: Path) -> None:
    there = version("pyarrow")
    if there != PYARROW:
        pytest.skip(f"these bytes were written by pyarrow {PYARROW}")
    hashes, stored = built(name, tmp_path), DIGESTS[name]
    changed = {file: hashes.pop(file) for file in stored["changed"]}
    assert contents(tmp_path / name) == stored["content"]
    assert digest_of({file: sha256 for file, sha256 in hashes.items() if file not in VERSIONS}) == stored["as_it_was"]
    assert changed == stored["changed"], "renew them on purpose: python tests/release/test_former_bytes.py"


def test_no_data_and_no_schema_is_among_what_changed() -> None:
    changed = {file for stored in DIGESTS.values() for file in stored["changed"]}
    assert not [file for file in changed if file.startswith(("data/", "schema/"))]


def renew(*, everything: bool) -> None:
    """Write the SHA-256 of each document that has changed since, and with ``everything`` that of all else."""
    for name, stored in DIGESTS.items():
        with tempfile.TemporaryDirectory() as out:
            hashes = built(name, Path(out))
        stored["changed"] = {file: hashes.pop(file) for file in stored["changed"]}
        if everything:
            kept = {file: sha256 for file, sha256 in hashes.items() if file not in VERSIONS}
            stored["as_it_was"] = digest_of(kept)
    (FOLDER / "digests.json").write_text(json.dumps(DIGESTS, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    renew(everything="--all" in sys.argv)
