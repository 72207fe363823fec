"""A browser: the rows of a table to be filtered and searched, each with a link of its own and its locator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.paths import format_path
from dataset_packager.documents.report.figures import figure
from dataset_packager.documents.report.shown_values import anchor, at, first, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source
    from dataset_packager.documents.report.shown_values import Row

MOST_OPTIONS = 500
MISSING = "(none)"


def browser(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of a browser: its filters with their options, and its rows."""
    rows = source.rows(drawn.table)
    filters = [_filter(source, drawn, number, rows) for number in range(len(drawn.lists.get("filters", ())))]
    shown_rows = [_row(source, drawn, row, filters) for row in rows]
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table),
        "name": anchor("find", [drawn.table]), "table": drawn.table,
        "filters": filters, "rows": shown_rows,
    }  # fmt: skip


def _filter(source: Source, drawn: Drawn, number: int, rows: list[Row]) -> dict[str, Any]:
    """Return a filter: its values, how each is called, and how many rows have it; the last stands for none."""
    path = drawn.lists["filters"][number]
    counts: dict[str, int] = {}
    for row in rows:
        for name in _values(row, drawn, number):
            counts[name] = counts.get(name, 0) + 1
    called = {name: _called(source, drawn, path, name) for name in counts}
    names = sorted(counts, key=lambda name: (name == MISSING, called[name].casefold(), name))[:MOST_OPTIONS]
    return {
        "name": format_path(path).replace("[]", ""),
        "title": source.title(drawn.table, path),
        "number": number,
        "options": [{"value": name, "label": called[name], "count": counts[name]} for name in names],
        "position": {name: place for place, name in enumerate(names)},
    }


def _called(source: Source, drawn: Drawn, path: Any, name: str) -> str:
    return MISSING if name == MISSING else source.labels.of(drawn.table, path, name)


def _values(row: Row, drawn: Drawn, number: int) -> list[str]:
    found = [shown(value) for value in at(row, drawn.lists["filters"][number])]
    return list(dict.fromkeys(found)) or [MISSING]


def _row(source: Source, drawn: Drawn, row: Row, filters: list[dict[str, Any]]) -> dict[str, Any]:
    key = source.key(drawn.table, row)
    return {
        "anchor": anchor(drawn.table, key),
        "key": ", ".join(shown(value) for value in key),
        "text": shown(first(row, drawn.needed("text")) or ""),
        "places": [
            " ".join(
                str(one["position"][name]) for name in _values(row, drawn, one["number"]) if name in one["position"]
            )
            for one in filters
        ],
        "marks": [source.title(drawn.table, path) for path in drawn.lists.get("marks", ()) if any(at(row, path))],
        "details": list(_details(source, drawn, row)),
        "figures": _figures(drawn, row),
        "locators": [_locator(value) for value in at(row, drawn.paths.get("locator", ("",)))],
    }


def _details(source: Source, drawn: Drawn, row: Row) -> Iterator[tuple[str, str]]:
    for path in (*drawn.lists.get("filters", ()), *drawn.lists.get("details", ())):
        found = [_detail(source, drawn, path, value) for value in at(row, path)]
        if found:
            yield source.title(drawn.table, path), "; ".join(found)


def _figures(drawn: Drawn, row: Row) -> list[dict[str, Any]]:
    part = drawn.parts.get("figures")
    return [figure(part, item) for item in at(row, part["column"])] if part else []


def _detail(source: Source, drawn: Drawn, path: Any, value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(shown(item) for item in value.values() if item is not None)
    return source.labels.of(drawn.table, path, value)


def _locator(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {"text": shown(value), "sha256": ""}
    plain = [f"{name} {shown(item)}" for name, item in value.items() if name != "sha256" and item is not None]
    return {"text": ", ".join(plain), "sha256": shown(value.get("sha256") or "")}
