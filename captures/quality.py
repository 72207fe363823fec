"""Measures of quality that are committed: JSON files bound to the SHA-256 of the records that they speak of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import file_sha256, make_folder, write_text
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.records.files import record_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from captures.rows import Tables
    from dataset_packager.project.config import Config


def bound_files(config: Config, tables: Tables, others: Iterable[str] = ()) -> dict[str, str]:
    """Return the SHA-256 of every record file of these tables and of the other files, by path within the project."""
    names = {name for table in tables for name in record_files(config.project, config.table[table])}
    return {name: file_sha256(config.project / name) for name in sorted(names | set(others))}


def write_quality(project: Path, name: str, files: Mapping[str, str], measures: Mapping[str, Any]) -> None:
    """Write measures with the SHA-256s of the files that they were taken from; equal measures give equal bytes."""
    make_folder((project / name).parent)
    document = {"files": dict(files), **measures}
    write_text(project / name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read_quality(project: Path, name: str) -> dict[str, Any]:
    """Return the measures kept in a file.

    Raises:
        SetupError: there is no such file, or it isn't one of these.
    """
    try:
        document = json.loads((project / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"{name}: can't be read as measures of quality: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("files"), dict):
        raise SetupError(f"{name}: no measures of quality: they name the files that they were taken from")
    return document


def check_fresh(project: Path, name: str, command: str, files: Iterable[str] | None = None) -> Iterator[Finding]:
    """Yield a finding ``stale`` for each file that changed, went or came since the measures were taken.

    Args:
        project: the dataset project.
        name: the file of measures.
        command: what takes the measures again.
        files: the files that they should speak of; by default those that they name.

    Raises:
        SetupError: the file of measures can't be read.
    """
    bound = read_quality(project, name)["files"]
    for file in sorted(set(bound) | set(files or ())):
        path = project / file
        found = file_sha256(path) if path.is_file() else None
        if found is None or bound.get(file) != found:
            change = "is gone" if found is None else "changed" if file in bound else "is new"
            yield Finding(name, None, f"$.files.{file}", "stale", f"{file} {change} since", hint=f"run: {command}")
