"""Counts: how many rows of a table stand under each pair of values of two columns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report import charts
from dataset_packager.documents.report.shown_values import at

if TYPE_CHECKING:
    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source

MOST = 24


def count(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of two columns' counts, the most frequent values first."""
    labels, table = source.labels, drawn.table
    row_path, column_path = drawn.needed("rows"), drawn.needed("columns")
    pairs: Counter[tuple[str, str]] = Counter()
    for row in source.rows(table):
        lefts = {labels.of(table, row_path, value) for value in at(row, row_path)}
        tops = {labels.of(table, column_path, value) for value in at(row, column_path)}
        pairs.update((left, top) for left in lefts for top in tops)
    rows, columns = _ordered(pairs, 0), _ordered(pairs, 1)
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(table),
        "rows": rows, "columns": columns, "pairs": pairs, "picture": _picture(drawn, pairs, rows, columns),
    }  # fmt: skip


def _ordered(pairs: Counter[tuple[str, str]], side: int) -> list[str]:
    totals: Counter[str] = Counter()
    for pair, number in pairs.items():
        totals[pair[side]] += number
    return [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))][:MOST]


def _picture(
    drawn: Drawn, pairs: Counter[tuple[str, str]], rows: list[str], columns: list[str]
) -> charts.Picture | None:
    if drawn.picture is None or not pairs:
        return None
    cells = [
        {"row": row, "column": column, "count": pairs[row, column]}
        for row in rows
        for column in columns
        if pairs[row, column]
    ]
    text = " ".join(
        f"{column}: " + ", ".join(f"{pairs[row, column]} {row}" for row in rows if pairs[row, column]) + "."
        for column in columns
    )
    drawing = charts.matrix(f"Rows of {drawn.table}: the larger a circle, the more.", cells, rows, columns)
    return charts.render(drawn.picture, drawn.title, text, drawing)
