"""What the views of a report are made from: the release's rows, read once each, and the names of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.paths import LIST
from dataset_packager.columns.metadata import said
from dataset_packager.documents.report.row_sample import Sample, sample
from dataset_packager.documents.report.shown_values import Labels, Row, anchor, at, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.documents.report.declaration import Declaration
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig


@dataclass
class Source:
    """A release's rows by table, at most ``declaration.rows`` of each."""

    config: Config
    contents: Contents
    release: Path
    declaration: Declaration
    _rows: dict[str, list[Row]] = field(default_factory=dict)
    _samples: dict[str, Sample] = field(default_factory=dict)
    _shown: dict[str, set[object]] = field(default_factory=dict)

    @cached_property
    def parts(self) -> Mapping[str, ReleasedConfig]:
        """The configs by name."""
        return {part.name: part for part in self.contents.configs}

    @cached_property
    def labels(self) -> Labels:
        """The names of rows."""
        return Labels(self.config, self.declaration.labels, self.rows)

    def sample(self, table: str) -> Sample:
        """Return the rows of a config as Arrow."""
        if table not in self._samples:
            self._samples[table] = sample(self.release, self.parts[table], self.declaration.rows)
        return self._samples[table]

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a config as Python values."""
        if table not in self._rows:
            self._rows[table] = self.sample(table).table.to_pylist()
        return self._rows[table]

    def title(self, table: str, path: ColumnPath) -> str:
        """Return what a column, or a member in it, is called for people: its title, else its name without signs."""
        fields: Iterable[pa.Field] = self.parts[table].arrow_schema
        found = None
        for step in path:
            if step is not LIST:
                found = next(field for field in fields if field.name == step)
                inner = found.type
                while pa.types.is_list(inner):
                    inner = inner.value_type
                fields = inner if pa.types.is_struct(inner) else ()
        name = next((str(step) for step in reversed(path) if step is not LIST), "")
        return shown((said(found, "title") if found else None) or name.replace("_", " "))

    def left_out(self, table: str) -> str:
        """Return a sentence on what a view of the table doesn't show, or nothing where it shows all rows."""
        found = self.sample(table)
        if found.is_whole:
            return ""
        return f"Drawn from a sample: {found.table.num_rows:,} of the {found.total:,} rows of {table}."

    def key(self, table: str, row: Row) -> list[object]:
        """Return the values of a row's key."""
        return [value for path in self._key_paths[table] for value in at(row, path)]

    @cached_property
    def _key_paths(self) -> Mapping[str, tuple[ColumnPath, ...]]:
        views = {view.name: view.key for view in self.config.views}
        return {table.name: table.key for table in self.config.tables} | views

    def browsed(self, key: ColumnPath, value: object) -> str | None:
        """Return the identifier of the row that a browser shows for the value of a key, or None where none does."""
        for drawn in self.declaration.browsers:
            if self._key_paths[drawn.table] == (key,) and value in self._browsed(drawn.table):
                return anchor(drawn.table, [value])
        return None

    def browsed_row(self, table: str, key: object) -> str | None:
        """Return the identifier of a row of a table that a browser shows, or None."""
        shown_here = any(drawn.table == table for drawn in self.declaration.browsers)
        return anchor(table, [key]) if shown_here and key in self._browsed(table) else None

    def _browsed(self, table: str) -> set[object]:
        if table not in self._shown:
            self._shown[table] = {self.key(table, row)[0] for row in self.rows(table)}
        return self._shown[table]

    def anchor(self, table: str, row: Row) -> str:
        """Return the identifier of a row in the page."""
        return anchor(table, self.key(table, row))
