"""A release as a program reads it: its tables, their files, rows and records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from dataset_packager.base.findings import SetupError
from dataset_packager.project.contract import unknown_name
from dataset_packager.release.read_records import release_in, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from dataset_packager.release.release_files import Part, Release


class OpenTable:
    """A table or view of a release."""

    def __init__(self, release: Release, part: Part) -> None:
        self._release, self._part = release, part

    @property
    def name(self) -> str:
        """The name, by which loaders know it as a config."""
        return self._part.name

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self._part.is_view

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits, in order."""
        return self._part.splits

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its records."""
        document: Mapping[str, Any] = self._release.json(self._part.schema)
        return document

    def files(self, split: str | None = None) -> list[Path]:
        """Return the Parquet files of a split, or of all, in order: for DuckDB, Polars, pandas.

        Raises:
            SetupError: there is no such split.
        """
        return [self._release.folder / path for name in self._chosen(split) for path in self._shards(name)]

    def count(self, split: str | None = None) -> int:
        """Return the number of rows, as the files' footers say.

        Raises:
            SetupError: there is no such split.
            DataFindings: a file isn't readable as Parquet.
        """
        return sum(self._release.footer(path).rows for name in self._chosen(split) for path in self._shards(name))

    def records(self, split: str | None = None) -> Iterator[Any]:
        """Yield the records as they went in, in bounded memory.

        Raises:
            SetupError: there is no such split.
            DataFindings: a file can't be read back; ``verify`` says more.
        """
        for name in self._chosen(split):
            for row in rows(self._release, self._part, name):
                yield row.record

    def read(self, split: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows as an Arrow table, in memory.

        Raises:
            SetupError: there is no such split.
        """
        return pq.read_table(self.files(split), columns=columns)

    def _chosen(self, split: str | None) -> Sequence[str]:
        if split is None:
            return self.splits
        if split not in self.splits:
            raise SetupError(f"{self.name}: {unknown_name(split, list(self.splits))}")
        return (split,)

    def _shards(self, split: str) -> list[str]:
        return self._release.shards(self._part, split)


@dataclass(frozen=True)
class OpenRelease:
    """A release that was opened.

    Attributes:
        folder: where it lies, without links.
        name: the dataset's.
        version: the dataset's.
        released: the version's date.
        tables: its tables and views by name.
    """

    folder: Path
    name: str
    version: str
    released: str
    tables: Mapping[str, OpenTable]

    def __getitem__(self, name: str) -> OpenTable:
        """Return a table or view.

        Raises:
            SetupError: there is none of that name.
        """
        if name not in self.tables:
            raise SetupError(f"{self.folder}: {unknown_name(name, list(self.tables))}")
        return self.tables[name]


def opened(folder: Path) -> OpenRelease:
    """Return the release in a folder, which isn't verified.

    Raises:
        SetupError: there is none, or its configuration can't be read.
    """
    release = release_in(folder)
    config = release.config
    tables = {name: OpenTable(release, part) for name, part in release.parts.items()}
    return OpenRelease(release.folder, config.name, config.version, config.released, tables)
