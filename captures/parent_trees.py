"""Trees: that no row is, through its parents, part of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captures.config import CapturesConfig
    from captures.rows import Tables
    from dataset_packager.base.findings import Finding

CODE = "circle"


def check_trees(tables: Tables, config: CapturesConfig) -> Iterator[Finding]:
    """Yield each row that comes back to itself, by the columns that name a row's parent."""
    for columns in config.trees:
        rows = {row.get(columns.key): row for row in tables[columns.table]}
        parents = {key: row.get(columns.parent) for key, row in rows.items()}
        for key, row in rows.items():
            way = _way(key, parents)
            if way and way[-1] == key:
                yield row.finding("$." + format_path(columns.parent), CODE, " is part of ".join(map(repr, way)))


def _way(key: Any, parents: dict[Any, Any]) -> list[Any]:
    """Return the row and its parents, up to the last one or to the first that was met before."""
    way = [key]
    while (parent := parents.get(way[-1])) is not None:
        if parent in way:
            return [*way, parent]
        way.append(parent)
    return way if len(way) > 1 else []
