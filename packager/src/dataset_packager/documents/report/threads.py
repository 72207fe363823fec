"""Threads: rows that links join, in the order of their dates: who says it first, who repeats, denies, contradicts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report.edtf import days
from dataset_packager.documents.report.shown_values import at, first, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source
    from dataset_packager.documents.report.shown_values import Row

MOST_THREADS, MOST_ROWS = 300, 60  # in the page; of a thread


def thread(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of the threads of a table's rows, the longest first."""
    rows = {key[0]: row for row in source.rows(drawn.table) if (key := source.key(drawn.table, row))}
    links = _links(source, drawn, rows)
    found = [_thread(source, drawn, sorted(keys, key=lambda key: _order(drawn, rows[key], key)), rows, links)
             for keys in _joined(links)]  # fmt: skip
    found.sort(key=lambda one: (-len(one["pages"]), -one["count"], one["rows"][0]["date"], one["name"]))
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table),
        "threads": found[:MOST_THREADS], "hidden": len(found[MOST_THREADS:]), "picture": None,
    }  # fmt: skip


def _links(source: Source, drawn: Drawn, rows: dict[Any, Row]) -> list[dict[str, Any]]:
    """Return the links whose ends are both rows of the table."""
    part = drawn.parts["links"]
    found = []
    for link in source.rows(part["table"]):
        start, end = first(link, part["from"]), first(link, part["to"])
        if start in rows and end in rows and start != end:
            details = [shown(value) for path in part.get("details", ()) for value in at(link, path)]
            relation = _words(first(link, part["relation"]))
            found.append({"from": start, "to": end, "relation": relation, "details": details})
    return found


def _words(relation: Any) -> str:
    return shown("is linked to" if relation is None else str(relation).replace("_", " "))


def _joined(links: list[dict[str, Any]]) -> Iterator[set[Any]]:
    """Yield the sets of keys that links join, whatever their direction."""
    beside: dict[Any, list[Any]] = defaultdict(list)
    for link in links:
        beside[link["from"]].append(link["to"])
        beside[link["to"]].append(link["from"])
    left = dict.fromkeys(beside)
    while left:
        joined, ahead = set[Any](), [next(iter(left))]
        while ahead:
            key = ahead.pop()
            if key in left:
                del left[key]
                joined.add(key)
                ahead.extend(beside[key])
        yield joined


def _order(drawn: Drawn, row: Row, key: Any) -> tuple[str, str]:
    known = days(first(row, drawn.path("date")))
    return known.start.isoformat() if known else "9", str(key)


def _thread(
    source: Source, drawn: Drawn, keys: list[Any], rows: dict[Any, Row], links: list[dict[str, Any]]
) -> dict[str, Any]:
    numbers = {key: number for number, key in enumerate(keys, 1)}
    told: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for link in links:
        if link["from"] in numbers:
            told[link["from"]].append(link | {"number": numbers[link["to"]]})
    shown_rows = [_row(source, drawn, key, rows[key], told[key]) for key in keys[:MOST_ROWS]]
    pages = dict.fromkeys(row["by"] for row in shown_rows if row["by"])
    return {
        "name": f"thread-{source.anchor(drawn.table, rows[keys[0]])}", "title": shown_rows[0]["text"],
        "rows": shown_rows, "count": len(keys), "pages": list(pages),
        "relations": list(dict.fromkeys(link["relation"] for key in keys for link in told[key])),
    }  # fmt: skip


def _row(source: Source, drawn: Drawn, key: Any, row: Row, links: list[dict[str, Any]]) -> dict[str, Any]:
    date = first(row, drawn.path("date"))
    return {
        "text": shown(first(row, drawn.needed("text")) or ""),
        "who": ", ".join(_named(source, drawn, row, "who")),
        "by": next(_named(source, drawn, row, "by"), ""),
        "date": "" if date is None else shown(date),
        "anchor": source.browsed_row(drawn.table, key),
        "links": links,
    }


def _named(source: Source, drawn: Drawn, row: Row, name: str) -> Iterator[str]:
    path = drawn.path(name)
    if path is not None:
        yield from (source.labels.of(drawn.table, path, value) for value in at(row, path))
