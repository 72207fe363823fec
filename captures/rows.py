"""Rows: records with the place they were read from, and the values at a column path within them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import Finding
from dataset_packager.base.paths import LIST, ColumnPath

if TYPE_CHECKING:
    from captures.config import Where


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


def chosen(rows: Iterable[Row], where: Where | None) -> Iterator[Row]:
    """Yield the rows that ``where`` chooses; all of them where it is None."""
    return (row for row in rows if where is None or row.get(where.column) in where.values)
