"""The configuration: read once from ``pyproject.toml``, checked once, never changed.

What packaging standards name already stays in ``[project]`` (PEP 621); the rest is ``[tool.dataset-packager]``, whose
contract is ``contracts/configuration.schema.json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.column_choices import PathChoice
    from dataset_packager.project.extension import Extension

SECTION = "tool.dataset-packager"


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns whose values must stand in the key columns of another table."""

    columns: tuple[ColumnPath, ...]
    table: str
    key: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class Splits:
    """Which split a row belongs to: by its group's share, or as the author has it, by a column or by files.

    Attributes:
        shares: by split name, in the configuration's order; rows that agree in ``group_by`` stay together.
        group_by, seed: what deals them.
        column: whose value names the row's split; none for the other two ways.
        named: with ``column`` the splits' names; none where the column's enum has them, until it is read.
        files: by split name the patterns of its files; none for the other two ways.
    """

    shares: tuple[tuple[str, float], ...] = (("train", 1.0),)
    group_by: tuple[ColumnPath, ...] = ()
    seed: str = ""
    column: ColumnPath = ()
    named: tuple[str, ...] = ()
    files: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The splits' names, in the configuration's order."""
        if self.column:
            return self.named
        return tuple(name for name, _ in self.files or self.shares)


UNSPLIT = Splits()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: where its records and its schema are, and what must hold among its rows.

    ``format_options`` is JSON text: the options of formats, by the key that they stand under.
    """

    name: str
    schema: str
    records: tuple[str, ...]
    key: tuple[ColumnPath, ...] = ()
    references: tuple[Reference, ...] = ()
    assert_formats: bool = True
    splits: Splits = UNSPLIT
    unique: tuple[tuple[ColumnPath, ...], ...] = ()
    disjoint: tuple[tuple[ColumnPath, ...], ...] = ()
    choices: tuple[PathChoice, ...] = ()
    """The column types that the configuration states, by path."""
    format_options: str = "{}"
    license_column: ColumnPath = ()

    @property
    def keys(self) -> tuple[tuple[ColumnPath, ...], ...]:
        """The key, where there is one, and the further ones, each once."""
        return tuple(dict.fromkeys(((self.key,) if self.key else ()) + self.unique))


@dataclass(frozen=True, slots=True)
class View:
    """One further config: a query over the tables, the schema of what it selects, and the key that orders it."""

    name: str
    query: str
    schema: str
    key: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one record and one file may cost: bytes of a record, levels of nesting, plain bytes per compressed byte."""

    line_bytes: int
    depth: int
    expansion: float


@dataclass(frozen=True, slots=True)
class ViewLimits:
    """What one view may cost: seconds that its query runs, bytes of memory in the database, bytes of disk meanwhile."""

    seconds: float
    memory: int
    disk: int


@dataclass(frozen=True)
class Config:
    """One dataset's whole configuration.

    ``document`` is what was read, for those who publish it; ``sections`` are those of extensions, by name.
    """

    project: Path
    name: str
    version: str
    description: str
    document: Mapping[str, Any] = field(repr=False)
    released: str
    pretty_name: str
    license: str | None
    authors: tuple[Mapping[str, str], ...]
    keywords: tuple[str, ...]
    urls: Mapping[str, str]
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    task_categories: tuple[str, ...]
    default_config: str
    datasheet: str | None
    license_file: str | None
    row_provenance: bool
    shard_input_bytes: int
    limits: Limits
    view_limits: ViewLimits
    max_rejected: float | None
    tables: tuple[Table, ...]
    views: tuple[View, ...]
    report: Mapping[str, Any] | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    secrets: str = "warn"
    kingfisher: bool = False
    personal_data: str = "off"
    withdrawn: str | None = None
    exports: tuple[str, ...] = ()
    croissant: Mapping[str, Any] = field(default_factory=dict)
    training_summary: bool = False
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    extensions: tuple[Extension[Config], ...] = ()

    @cached_property
    def table(self) -> Mapping[str, Table]:
        """The tables by name."""
        return {table.name: table for table in self.tables}

    @property
    def configs(self) -> tuple[str, ...]:
        """The names that ``load_dataset`` takes: tables, then views."""
        return tuple(table.name for table in self.tables) + tuple(view.name for view in self.views)
