"""Releases have the bytes that they had before the packager was a distribution of its own.

``digests.json`` was written by that former code, over the SHA-256 of every file but the provenance and the manifest
that covers it, which tell the versions of Python and packages.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from conftest import TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

FOLDER = TESTS / "cases/releases"
DIGESTS = json.loads((FOLDER / "digests.json").read_text("utf-8"))
PYARROW = "26.0.1"
VERSIONS = ("provenance.intoto.json", "tagmanifest-sha256.txt")


@pytest.mark.parametrize("name", DIGESTS)
def test_a_release_has_the_bytes_of_the_first_edition(name: str, tmp_path: Path, cli: CommandLine) -> None:
    there = version("pyarrow")
    if there != PYARROW:
        pytest.skip(f"these bytes were written by pyarrow {PYARROW}")
    assert cli("--project", FOLDER / name, "--out", tmp_path, "--workers", "1", "--quarantine").code == 0
    release = tmp_path / name
    files = {path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()}
    hashes = {file: hashlib.sha256(path.read_bytes()).hexdigest() for file, path in files.items()}
    lines = "".join(f"{sha256}  {file}\n" for file, sha256 in sorted(hashes.items()) if file not in VERSIONS)
    assert hashlib.sha256(lines.encode()).hexdigest() == DIGESTS[name]
