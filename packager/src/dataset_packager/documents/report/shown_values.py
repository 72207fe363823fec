"""Values of rows as a reader sees them: plain text, and a referring key by the name of what it refers to."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_packager.base.paths import LIST, ColumnPath
from dataset_packager.base.text import one_line, visible, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dataset_packager.project.config import Config

Row = dict[str, Any]
LONGEST = 600
_JOINERS = "\u200c\u200d"  # scripts and emoji need them; they hide nothing


def at(row: Any, path: ColumnPath) -> Iterator[Any]:
    """Yield the values at a path of a row, through all lists on the way; what is null or absent is left out."""
    if row is None:
        return
    if not path:
        yield row
    elif path[0] is LIST:
        for item in row:
            yield from at(item, path[1:])
    else:
        yield from at(row.get(path[0]), path[1:])


def first(row: Any, path: ColumnPath | None) -> Any:
    """Return the first value at a path, or None."""
    return next(at(row, path), None) if path is not None else None


def shown(value: Any, longest: int = LONGEST) -> str:
    """Return a value as one line of plain text: control characters told, long text cut after ``longest`` characters."""
    text = value if isinstance(value, str) else _number(value)
    return visible(within(one_line(text), longest), _JOINERS)


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:,.6g}"
    return json.dumps(value, ensure_ascii=False, default=str)


def anchor(name: str, keys: Sequence[Any]) -> str:
    """Return the identifier of a row in the page, which stands in links to it: letters, digits and ``-._~`` only."""
    written = (quote(str(key).replace("~", "~7E"), safe="").replace("%", "~") for key in keys)
    return "-".join((name, *written))


class Labels:
    """The names of rows, by which columns that refer to them are shown.

    A column refers to a table where the configuration says so, or where it has the name of a table's only key column.
    """

    def __init__(
        self,
        config: Config,
        labels: Mapping[str, tuple[ColumnPath, ...]],
        rows: Callable[[str], Sequence[Row]],
    ) -> None:
        self._labels, self._rows = labels, rows
        self._keys = {table.name: table.key[0] for table in config.tables if len(table.key) == 1}
        self._references = {
            (table.name, reference.columns[0]): reference.table
            for table in config.tables
            for reference in table.references
            if len(reference.columns) == 1
        }
        self._known: dict[str, dict[Any, Row]] = {}

    def target(self, table: str, path: ColumnPath) -> str | None:
        """Return the table that a column refers to, or None."""
        by_name = (name for name, key in self._keys.items() if key == path and name != table)
        return self._references.get((table, path)) or next(by_name, None)

    def of(self, table: str, path: ColumnPath, value: Any, depth: int = 0) -> str:
        """Return what a value of a column is called."""
        target = self.target(table, path)
        return shown(value) if target is None else self.named(target, value, depth)

    def named(self, table: str, key: Any, depth: int = 0) -> str:
        """Return what the row of a table with that key is called; its key where it has no other name."""
        if table not in self._labels or table not in self._keys or depth > 2:
            return shown(key)
        if table not in self._known:
            path = self._keys[table]
            self._known[table] = {first(row, path): row for row in self._rows(table)}
        row = self._known[table].get(key)
        for path in self._labels[table]:
            if (value := first(row, path)) is not None:
                return self.of(table, path, value, depth + 1)
        return shown(key)
