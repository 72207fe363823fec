"""The files that records name: which they are, whether they are well, and their bytes in the rows."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.base.text import member_path, shown
from dataset_packager.columns.decode import decode
from dataset_packager.columns.file_values import holds_files, with_files_changed
from dataset_packager.columns.kinds.files import BYTES_LIMIT, FileType, with_bytes
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.typed_column import TypedColumn
from dataset_packager.records.linked_file import WrongFile, insist_on_content, opened, sha256_of
from dataset_packager.shards.row_rules import RowProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.encode import Column
    from dataset_packager.columns.table_columns import TablePlan

SLICE_BYTES = 32 * 2**20  # of files that are read at a time, unless a single row has more
NO_FILES: Mapping[str, str] = {}
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of files: the steps to it, through lists and maps by ``LIST``, and its type."""

    path: ColumnPath
    kind: FileType


def file_columns(record: Column) -> tuple[FileColumn, ...]:
    """Return the columns of files in a table's records.

    Raises:
        SetupError: the member that is to state a SHA-256 isn't there.
    """
    return tuple(_columns(record, (), ()))


def _columns(column: Column, path: ColumnPath, beside: tuple[str, ...]) -> Iterator[FileColumn]:
    if isinstance(column, TypedColumn) and isinstance(column.kind, FileType):
        stated = column.kind.sha256
        if stated is not None and stated not in beside:
            raise SetupError(
                f"{format_path(path)}: {column.kind.name}: sha256: no member {stated!r} stands beside it: "
                f"there are {', '.join(beside) or 'none'}"
            )
        yield FileColumn(path, column.kind)
    elif isinstance(column, StructColumn):
        names = tuple(part.name for part in column.members)
        for part in column.members:
            yield from _columns(part.column, (*path, part.name), names)
    elif isinstance(column, ListColumn):
        yield from _columns(column.item.column, (*path, LIST), beside)
    elif isinstance(column, MapColumn):
        yield from _columns(column.value.column, (*path, LIST), beside)


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a record names: where in the record, by what column, the path, and the SHA-256 that is stated."""

    place: Place
    column: FileColumn
    path: str
    stated: Any = None

    @property
    def name(self) -> str:
        """The file's path in the project."""
        return self.column.kind.within_project(self.path)


def named_files(columns: Iterable[FileColumn], record: Any) -> Iterator[Named]:
    """Yield the files that a record names."""
    for column in columns:
        yield from _named(column, column.path, record, (), None)


def _named(column: FileColumn, steps: ColumnPath, value: Any, place: Place, stated: Any) -> Iterator[Named]:
    """``stated`` is what the member that states SHA-256s has for ``value``: it has the same lists around it."""
    if not steps:
        if isinstance(value, str) and value:
            yield Named(place, column, value, stated)
    elif steps[0] is not LIST:
        if isinstance(value, dict) and steps[0] in value:
            beside = value.get(column.kind.sha256) if column.kind.sha256 else None
            yield from _named(column, steps[1:], value[steps[0]], (*place, steps[0]), beside)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            told = stated[index] if isinstance(stated, list) and index < len(stated) else None
            yield from _named(column, steps[1:], each, (*place, index), told)
    elif isinstance(value, dict):
        for name, each in value.items():
            told = stated.get(name) if isinstance(stated, dict) else None
            yield from _named(column, steps[1:], each, (*place, name), told)


class LinkedFiles:
    """The files that the records of one table name."""

    def __init__(self, project: Path, plan: TablePlan) -> None:
        """Know the columns of a plan; without any of files nothing here costs anything.

        Raises:
            SetupError: a column names what isn't there.
        """
        self._project = project
        self._plan = plan
        self._columns = file_columns(plan.record)
        self.fields = [field.name for field in plan.arrow_schema if holds_files(field)]

    def __bool__(self) -> bool:
        return bool(self._columns)

    @property
    def types(self) -> dict[str, FileType]:
        """The column types, by the paths of their columns."""
        return {format_path(column.path): column.kind for column in self._columns}

    def hashes(self, records: Iterable[Any]) -> dict[str, str]:
        """Return the SHA-256 of each file that records name, by its path in the project, nothing for what is none."""
        found: dict[str, str] = {}
        for record in records:
            for named in named_files(self._columns, record):
                if named.name not in found:
                    try:
                        with self._opened(named) as file:
                            found[named.name] = sha256_of(file)
                    except WrongFile:
                        found[named.name] = ""
        return found

    def problems(self, table: pa.Table) -> Iterator[RowProblem]:
        """Yield which rows name files that aren't well."""
        for row, record in self._rows(table):
            size = 0
            for named in named_files(self._columns, record):
                path = member_path(named.place)
                try:
                    with self._opened(named) as file:
                        size += os.fstat(file.fileno()).st_size
                        insist_on_stated(named.stated, sha256_of(file))
                        insist_on_content(file, named.column.kind.name)
                except WrongFile as wrong:
                    yield RowProblem(row, path, "file", f"{shown(named.path)}: {wrong}", wrong.hint)
            if size > BYTES_LIMIT:
                told = f"the files of the record have {size:,} bytes together, and a row takes {BYTES_LIMIT:,}"
                yield RowProblem(row, "$", "file", told, "let several records name them")

    def names(self, table: pa.Table) -> set[str]:
        """Return the files that rows name, by their paths in the project."""
        return {named.name for _, record in self._rows(table) for named in named_files(self._columns, record)}

    def sizes(self, table: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the bytes of the files of each row."""
        sizes = np.zeros(table.num_rows, np.int64)
        for row, record in self._rows(table):
            sizes[row] = self.size(record)
        return sizes

    def size(self, record: Any) -> int:
        """Return the bytes of the files that a record names."""
        size = 0
        for named in named_files(self._columns, record):
            with suppress(WrongFile), self._opened(named) as file:  # who checks it says so
                size += os.fstat(file.fileno()).st_size
        return size

    def slices(self, table: pa.Table) -> Iterator[tuple[int, int]]:
        """Yield runs of rows, from and to, whose files memory has room for."""
        sums, begin = np.cumsum(self.sizes(table)), 0
        while begin < table.num_rows:
            before = int(sums[begin - 1]) if begin else 0
            end = max(int(np.searchsorted(sums, before + SLICE_BYTES, "right")), begin + 1)
            yield begin, end
            begin = end

    def embedded(self, table: pa.Table, known: Mapping[str, str], changed: Callable[[int, str, str], None]) -> pa.Table:
        """Return rows with the bytes of their files.

        Args:
            table: rows as ``encode`` gives them.
            known: the SHA-256 that each file has to have, by its path in the project.
            changed: is told of each file that has another one: the row, the place within it, and the path.
        """
        wrong = set[str]()

        def read(kind: FileType, path: str) -> bytes:
            name = kind.within_project(path)
            try:
                with opened(self._project, kind.root, path, BYTES_LIMIT) as file:
                    data = file.read(os.fstat(file.fileno()).st_size + 1)
            except WrongFile:
                data = b""
            if hashlib.sha256(data).hexdigest() != known.get(name):
                wrong.add(name)
            return data

        def fill(kind: FileType, files: Array) -> Array:
            paths = kind.decode(files)
            contents = [None if path is None else read(kind, path) for path in paths.to_pylist()]
            return with_bytes(_binary(contents), paths)

        columns = [
            pa.chunked_array([with_files_changed(field, chunk, fill) for chunk in column.chunks], column.type)
            if field.name in self.fields else column
            for field, column in zip(table.schema, table.columns, strict=True)
        ]  # fmt: skip
        for row, record in self._rows(table) if wrong else ():
            for named in named_files(self._columns, record):
                if named.name in wrong:
                    changed(row, member_path(named.place), named.path)
        return pa.Table.from_arrays(columns, schema=table.schema)

    def _opened(self, named: Named) -> Any:
        kind = named.column.kind
        return opened(self._project, kind.root, named.path, kind.max_bytes)

    def _rows(self, table: pa.Table) -> Iterator[tuple[int, Any]]:
        """Yield the records of a table, with their columns that name files or state their hashes, and no others."""
        if not self._columns:
            return
        names = {*self.fields, *(each.kind.sha256 for each in self._columns if len(each.path) > 0)}
        yield from enumerate(decode(table.select([name for name in table.schema.names if name in names])))


def _binary(contents: list[bytes | None]) -> Array:
    """Return binary values; a single one isn't copied."""
    if len(contents) == 1 and contents[0] is not None:
        ends = pa.py_buffer(np.array([0, len(contents[0])], np.int32))
        return pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(contents[0])])
    return pa.array(contents, pa.binary())


def insist_on_stated(stated: Any, sha256: str) -> None:
    """Raise WrongFile where a record states another SHA-256 than a file has."""
    if isinstance(stated, str) and stated.lower() != sha256:
        message = f"its SHA-256 is {sha256}, and the record states {shown(stated)}"
        raise WrongFile(message, "put the right file there, or correct what the record states")
