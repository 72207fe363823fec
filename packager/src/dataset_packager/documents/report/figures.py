"""Figures as a reader sees them: what is measured, the bounds of its value, and its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report.shown_values import at, first, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.documents.report.shown_values import Row


def figure(part: Mapping[str, Any], item: Row) -> dict[str, Any]:
    """Return a figure by the columns that a declaration names."""
    low, high = first(item, part["low"]), first(item, part["high"])
    unit, who = first(item, part.get("unit")), at(item, part["who"]) if "who" in part else ()
    return {
        "measures": shown(first(item, part["text"]) or ""),
        "low": low, "high": high,
        "value": between(low, high),
        "unit": "" if unit is None or low is high is None else shown(unit),
        "code": shown(first(item, part.get("unit_code")) or ""), "converted": "",
        "who": ", ".join(map(shown, who)),
        "details": [shown(value) for path in part.get("details", ()) for value in at(item, path)],
    }  # fmt: skip


def between(low: float | None, high: float | None) -> str:
    """Return what two bounds say: a value, a range, or an open end; nothing where there is no number."""
    if low is None and high is None:
        return ""
    if low is None:
        return f"at most {shown(high)}"
    if high is None:
        return f"{shown(low)} or more"
    return shown(low) if low == high else f"{shown(low)} to {shown(high)}"
