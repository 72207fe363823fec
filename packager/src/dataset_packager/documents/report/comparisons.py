"""Accounts side by side: the rows of a view that speak of one thing, with their figures and what they say."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report import charts
from dataset_packager.documents.report.edtf import days
from dataset_packager.documents.report.figures import between, figure
from dataset_packager.documents.report.shown_values import anchor, at, first, shown
from dataset_packager.documents.report.units import spelled_alike, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source
    from dataset_packager.documents.report.shown_values import Row

MOST_GROUPS, MOST_ACCOUNTS, MOST_ITEMS, MOST_DRAWN = 500, 24, 60, 36  # in the page; of a group; of an account; drawn


def comparison(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of a comparison: its groups in the order of their dates."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in source.rows(drawn.table):
        groups[first(row, drawn.needed("group"))].append(row)
    made = sorted((_group(source, drawn, key, rows) for key, rows in groups.items()), key=_order)
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table),
        "groups": made[:MOST_GROUPS], "hidden": len(made[MOST_GROUPS:]),
        "picture": _picture(drawn, made),
    }  # fmt: skip


def _order(group: dict[str, Any]) -> tuple[bool, str, str]:
    known = days(group["date"])
    return group["count"] < 2, known.start.isoformat() if known else "9", group["title"]


def _group(source: Source, drawn: Drawn, key: Any, rows: list[Row]) -> dict[str, Any]:
    heading, date = first(rows[0], drawn.path("heading")), first(rows[0], drawn.path("date"))
    accounts = [_account(source, drawn, row) for row in rows[:MOST_ACCOUNTS]]
    return {
        "key": key,
        "anchor": anchor(drawn.table, [key]),
        "title": source.labels.of(drawn.table, drawn.needed("group"), key) if heading is None else shown(heading),
        "date": "" if date is None else shown(date),
        "accounts": accounts,
        "count": len(rows),
        "units": _by_unit(accounts),
    }


def _account(source: Source, drawn: Drawn, row: Row) -> dict[str, Any]:
    by = first(row, drawn.needed("by"))
    return {
        "by": source.labels.of(drawn.table, drawn.needed("by"), by),
        "key": shown(by),
        "details": [
            (source.title(drawn.table, path), source.labels.of(drawn.table, path, value))
            for path in drawn.lists.get("details", ())
            for value in at(row, path)
        ],
        "statements": [
            _statement(source, drawn.parts["statements"], item) for item in _items(drawn, "statements", row)
        ],
        "figures": [figure(drawn.parts["figures"], item) for item in _items(drawn, "figures", row)],
    }


def _items(drawn: Drawn, name: str, row: Row) -> list[Any]:
    return list(islice(at(row, drawn.parts[name]["column"]), MOST_ITEMS)) if name in drawn.parts else []


def _statement(source: Source, part: Mapping[str, Any], item: Row) -> dict[str, Any]:
    who = at(item, part["who"]) if "who" in part else ()
    return {
        "anchor": source.browsed(part["key"], first(item, part["key"])) if "key" in part else None,
        "text": shown(first(item, part["text"]) or ""),
        "who": ", ".join(map(shown, who)),
        "details": [shown(value) for path in part.get("details", ()) for value in at(item, path)],
    }


def _by_unit(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of all accounts by what they measure, those of several accounts first, on one scale each."""
    kinds: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for account in accounts:
        for one in account["figures"]:
            unit = unit_of(one["code"])
            kind = unit.dimension if unit else one["code"] or spelled_alike(one["unit"])
            kinds[kind].append(one | {"by": account["by"]})
    shared = sorted(kinds.values(), key=lambda figures: -len({one["by"] for one in figures}))
    return [_scaled(_in_one_unit(figures)) for figures in shared]


def _in_one_unit(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each figure its bounds in the unit that most of them have, and say so where it was told in another one."""
    code, _ = Counter(one["code"] for one in figures).most_common(1)[0]
    common, name = unit_of(code), next(one["unit"] for one in figures if one["code"] == code)
    for one in figures:
        unit = unit_of(one["code"])
        factor = unit.size / common.size if unit and common else 1.0
        one["common"] = name
        one["bounds"] = [None if each is None else each * factor for each in (one["low"], one["high"])]
        same = one["code"] == code or one["value"] == ""
        one["converted"] = "" if same else f"{between(*map(_rounded, one['bounds']))} {name}"
    return figures


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")


def _scaled(figures: list[dict[str, Any]]) -> dict[str, Any]:
    most = max((abs(bound) for one in figures for bound in one["bounds"] if bound is not None), default=0)
    scale = charts.FULL / most if most else 0
    for one in figures:
        low, high = one["bounds"]
        one["from"] = round(max(0, (low or 0) * scale), 1)
        one["to"] = round(max(0, high * scale), 1) if high is not None else 97.0
        one["open_low"], one["open_high"] = low is None, high is None and low is not None
        one["drawn"] = most > 0 and (low is not None or high is not None) and min(low or 0, high or 0) >= 0
    marks = [(f"{value:,g}", round(value * scale, 1)) for value in charts.ticks(most)] if most else []
    return {"unit": figures[0]["common"], "figures": figures, "most": most, "ticks": marks}


def _picture(drawn: Drawn, groups: list[dict[str, Any]]) -> charts.Picture | None:
    group = next((group for group in groups if str(group["key"]) == drawn.drawn), None)
    if drawn.picture is None or group is None:
        return None
    rows = [row for unit in group["units"] for row in _rows(unit)][:MOST_DRAWN]
    if not rows:
        return None
    told = "; ".join(
        f"{one['by']}: {_in_words(one)} ({one['measures']})"
        for unit in group["units"]
        for one in unit["figures"][:MOST_DRAWN]
        if one["value"]
    )
    title = f"{drawn.title}: {group['title']}"
    legend = f"{group['title']}, {group['date']}: the figures that {group['count']} accounts give."
    return charts.render(drawn.picture, title, f"{told}.", charts.bounds(legend, rows))


def _rows(unit: dict[str, Any]) -> list[charts.Row]:
    rows = [
        {
            "label": ", ".join(filter(None, (one["by"], one["who"], one["measures"]))),
            "from": one["from"], "to": one["to"], "open": one["open_high"], "value": _in_words(one),
        }
        for one in unit["figures"]
        if one["drawn"] and not one["open_low"]
    ]  # fmt: skip
    heading = {"unit": f"in {unit['unit'] or 'numbers'}", "most": unit["most"]}
    return [heading, *rows] if rows else []


def _in_words(one: dict[str, Any]) -> str:
    told = f"{one['value']} {one['unit']}".strip()
    return f"{told}, about {one['converted']}" if one["converted"] else told
