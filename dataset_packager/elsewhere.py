"""Chunks that are made elsewhere: what must be the same there as here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dataset_packager.files import bytes_sha256, write_text
from dataset_packager.kept import code_digest
from dataset_packager.provenance import shaping_versions

if TYPE_CHECKING:
    from pathlib import Path

MARK = "driver"


def mark(folder: Path) -> Path:
    """Leave something in ``folder`` by which a worker can show that it sees the same folder; return the file."""
    write_text(folder / MARK, os.urandom(16).hex())
    return folder / MARK


def circumstances(files: tuple[Path, ...]) -> dict[str, str]:
    """Return by name what must be the same for driver and workers: versions, code, and the files that both must see."""
    seen = {f"the file {path}": _content(path) for path in files}
    return shaping_versions() | {"the build's code": code_digest()[:12]} | seen


def _content(path: Path) -> str:
    try:
        return bytes_sha256(path.read_bytes())[:12]
    except OSError:
        return "missing"
