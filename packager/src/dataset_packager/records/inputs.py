"""The files that records come from: found once, by table and pattern, in the splits that have files of their own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.project.config import SECTION
from dataset_packager.records.files import files_by_pattern, files_within
from dataset_packager.records.formats import ending_of, format_of, formats
from dataset_packager.stores.objects import is_url, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Table


@dataclass(frozen=True, slots=True)
class Inputs:
    """Which files each table's records come from, by table and pattern, and the size of each in bytes, as stored."""

    project: Path
    tables: tuple[Table, ...]
    patterns: dict[str, dict[str, list[str]]]
    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(self.sizes.values())

    def of(self, table: Table) -> list[str]:
        """Return a table's files, sorted."""
        return sorted({name for names in self.patterns[table.name].values() for name in names})


def list_inputs(project: Path, tables: Sequence[Table], out: Path | None = None) -> Inputs:
    """Find the files that records come from; ``out`` is where the release goes: no input.

    Raises:
        SetupError: as ``record_files``.
        EnvironmentFailure: a folder can't be read.
    """
    patterns = {table.name: files_by_pattern(project, table, out) for table in tables}
    names = {name for found in patterns.values() for each in found.values() for name in each}
    for table in tables:
        _insist_on_use(table, {name for each in patterns[table.name].values() for name in each})
    return Inputs(project, tuple(tables), patterns, {name: _size(project, name) for name in sorted(names)})


def _insist_on_use(table: Table, names: set[str]) -> None:
    """Refuse options of formats that none of a table's files has."""
    used = {section for name in names for section in format_of(name)[0].sections}
    for section in json.loads(table.format_options) if names else ():
        if section not in used:
            files = ", ".join(suffix for suffix, each in formats().items() if section in each.sections)
            raise SetupError(
                f"[{SECTION}.tables.{table.name}] {section}: is for {files}, and there are none: remove it"
            )


def _size(project: Path, name: str) -> int:
    if is_url(name):
        return size_of(name)
    try:
        return os.stat(f"{project}/{name}").st_size  # noqa: PTH116 - of each of a hundred thousand
    except OSError:
        return 0  # whoever reads it says so


def files_by_split(table: Table, inputs: Inputs) -> list[tuple[str, list[str]]]:
    """Return a table's files, those of each split that has files of its own after one another.

    Raises:
        SetupError: two splits have the same file.
    """
    if not table.splits.files:
        return [("", inputs.of(table))]
    split_of: dict[str, str] = {}
    for split, wanted in table.splits.files:
        for name in (name for pattern in wanted for name in inputs.patterns[table.name][pattern]):
            if split_of.setdefault(name, split) != split:
                raise SetupError(
                    f"{name}: belongs to two splits of the table {table.name!r}, {split_of[name]!r} and {split!r}: "
                    "let one pattern name it"
                )
    return [(split, sorted(name for name in split_of if split_of[name] == split)) for split in table.splits.names]


def patterns_without_files(patterns: dict[str, dict[str, list[str]]]) -> Iterator[Finding]:
    """Yield a finding for each pattern that names no file."""
    for table, found in patterns.items():
        for pattern, names in found.items():
            if not names:
                message = f"no file of records for the table {table!r} is called so"
                hint = "put the records there, or correct 'records' in pyproject.toml"
                yield Finding(pattern, None, "$", "empty", message, hint=hint)


def files_in_no_split(inputs: Inputs) -> Iterator[Finding]:
    """Yield a finding for each file that lies beside those of splits, ends as they do, and belongs to none.

    In the project's own folder other things than records lie, and so do schemas wherever they are.
    """
    known = {*inputs.sizes, *(table.schema for table in inputs.tables)}
    for table in inputs.tables:
        files = inputs.of(table) if table.splits.files else []
        folders = sorted({name.rpartition("/")[0] for name in files if not is_url(name)} - {""})
        endings = {ending_of(name) for name in files}
        for name in (name for folder in folders for name in files_within(inputs.project, folder)):
            if name not in known and ending_of(name) in endings and not name.endswith(".schema.json"):
                message = f"the file lies beside those of the table {table.name!r} and belongs to none of its splits"
                hint = "name it in 'splits' in pyproject.toml, or move it away"
                yield Finding(name, None, "$", "split", message, hint=hint)
