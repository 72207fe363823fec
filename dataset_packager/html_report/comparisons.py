"""Accounts side by side: the rows of a view that speak of one thing, with their figures and what they say."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from dataset_packager.html_report import charts
from dataset_packager.html_report.edtf import days
from dataset_packager.html_report.figures import figure
from dataset_packager.html_report.values import anchor, at, first, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.html_report.declaration import Drawn
    from dataset_packager.html_report.source import Source
    from dataset_packager.html_report.values import Row


def comparison(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of a comparison: its groups in the order of their dates."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in source.rows(drawn.table):
        groups[first(row, drawn.needed("group"))].append(row)
    made = sorted((_group(source, drawn, key, rows) for key, rows in groups.items()), key=_order)
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table), "groups": made,
        "picture": _picture(drawn, made),
    }  # fmt: skip


def _order(group: dict[str, Any]) -> tuple[bool, str, str]:
    known = days(group["date"])
    return len(group["accounts"]) < 2, known.start.isoformat() if known else "9", group["title"]


def _group(source: Source, drawn: Drawn, key: Any, rows: list[Row]) -> dict[str, Any]:
    heading, date = first(rows[0], drawn.path("heading")), first(rows[0], drawn.path("date"))
    accounts = [_account(source, drawn, row) for row in rows]
    return {
        "key": key,
        "anchor": anchor(drawn.table, [key]),
        "title": source.labels.of(drawn.table, drawn.needed("group"), key) if heading is None else shown(heading),
        "date": "" if date is None else shown(date),
        "accounts": accounts,
        "units": _by_unit(accounts),
    }


def _account(source: Source, drawn: Drawn, row: Row) -> dict[str, Any]:
    by = first(row, drawn.needed("by"))
    return {
        "by": source.labels.of(drawn.table, drawn.needed("by"), by),
        "key": shown(by),
        "details": [
            (shown(str(path[-1])), source.labels.of(drawn.table, path, value))
            for path in drawn.lists.get("details", ())
            for value in at(row, path)
        ],
        "statements": [_statement(drawn.parts["statements"], item) for item in _items(drawn, "statements", row)],
        "figures": [figure(drawn.parts["figures"], item) for item in _items(drawn, "figures", row)],
    }


def _items(drawn: Drawn, name: str, row: Row) -> list[Any]:
    return list(at(row, drawn.parts[name]["column"])) if name in drawn.parts else []


def _statement(part: Mapping[str, Any], item: Row) -> dict[str, Any]:
    who = first(item, part.get("who"))
    return {
        "text": shown(first(item, part["text"]) or ""),
        "who": "" if who is None else shown(who),
        "details": [shown(value) for path in part.get("details", ()) for value in at(item, path)],
    }


def _by_unit(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of all accounts by their unit, each with its place on a scale from 0 to 100."""
    units: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for account in accounts:
        for one in account["figures"]:
            units[one["sort"]].append(one | {"by": account["by"]})
    return [{"unit": unit, "figures": _scaled(figures)} for unit, figures in units.items()]


def _scaled(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    most = max((abs(bound) for one in figures for bound in (one["low"], one["high"]) if bound is not None), default=0)
    scale = 78 / most if most else 0
    for one in figures:
        low, high = one["low"], one["high"]
        one["from"] = round(max(0, (low or 0) * scale), 1)
        one["to"] = round(max(0, high * scale), 1) if high is not None else 97.0
        one["open_low"], one["open_high"] = low is None, high is None and low is not None
        one["drawn"] = most > 0 and (low is not None or high is not None) and min(low or 0, high or 0) >= 0
    return figures


def _picture(drawn: Drawn, groups: list[dict[str, Any]]) -> charts.Picture | None:
    group = next((group for group in groups if str(group["key"]) == drawn.drawn), None)
    if drawn.picture is None or group is None:
        return None
    panels = []
    for unit in group["units"]:
        rows = [_row(one) for one in unit["figures"] if one["low"] is not None and one["drawn"]]
        if rows:
            panels.append((unit["figures"][0]["unit"], rows))
    if not panels:
        return None
    told = "; ".join(
        f"{one['by']}: {one['value']} {one['unit']} ({one['measures']})"
        for unit in group["units"]
        for one in unit["figures"]
    )
    title = f"{group['title']}: the figures of {len(group['accounts'])} accounts"
    spec = charts.bounds(group["title"], f"The figures that {len(group['accounts'])} accounts of it give", panels)
    return charts.render(drawn.picture, title, f"{told}.", spec)


def _row(figure: dict[str, Any]) -> charts.Spec:
    high = figure["high"]
    return {
        "label": f"{figure['by']}: {figure['measures']}",
        "start": figure["low"], "end": figure["low"] if high is None else high, "open": high is None,
        "text": f"{figure['value']} {figure['unit']}",
    }  # fmt: skip
