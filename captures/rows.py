"""Rows: records with the place they were read from, and the values at a column path within them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import Finding
from dataset_packager.base.paths import LIST, ColumnPath

if TYPE_CHECKING:
    from captures.columns import Where


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One record, its file relative to the project, and its line counted from 1."""

    record: Mapping[str, Any]
    file: str
    line: int

    def get(self, path: ColumnPath) -> Any:
        """Return the value at a path that goes through no list; None where a member on the way is missing or null."""
        return next((value for _, value in values(self.record, path)), None)

    def finding(self, path: str, code: str, message: str, hint: str | None = None) -> Finding:
        """Return a finding about the member ``path`` of this row."""
        return Finding(self.file, self.line, path, code, message, hint=hint)


Tables = Mapping[str, Sequence[Row]]


def values(value: Any, path: ColumnPath, where: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield each value at ``path`` that isn't null, with its own path such as ``$.chain[0].at[1]``."""
    if value is None:
        return
    if not path:
        yield where, value
        return
    step, rest = path[0], path[1:]
    if step is LIST:
        for index, item in enumerate(value):
            yield from values(item, rest, f"{where}[{index}]")
    elif step in value:
        yield from values(value[step], rest, f"{where}.{step}")


def owned(record: Any, document: ColumnPath) -> Iterator[tuple[str, Any, str, ColumnPath]]:
    """Yield each part of a record that belongs to one document.

    Where ``document`` goes through no list, that is the whole record; else each item of the innermost list on the way.

    Yields:
        The document's identifier, the part, its path such as ``$.told[0]``, and the column path that leads to it.
    """
    inner = max((position + 1 for position, step in enumerate(document) if step is LIST), default=0)
    base, rest = document[:inner], document[inner:]
    for where, part in values(record, base):
        for _, name in values(part, rest):
            yield name, part, where, base


def chosen(rows: Iterable[Row], where: Where | None) -> Iterator[Row]:
    """Yield the rows that ``where`` chooses; all of them where it is None."""
    return (row for row in rows if where is None or row.get(where.column) in where.values)
