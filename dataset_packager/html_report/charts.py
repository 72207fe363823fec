"""Pictures by Vega-Lite: specifications of a few kinds, and their rendering to SVG.

The bytes of a picture depend on the data, on these specifications and on the version of the charting library alone:
text is measured in a typeface that the library brings along, nothing is a date (so no time zone matters), and no
value ever stands in an expression.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

Spec = dict[str, Any]
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
# The page gives these other colours in the dark; see style.css.
INK, SOFT, LINE, BAND, ACCENT, PALE, PAPER = (
    "#1f2a33", "#55636e", "#d8d4ca", "#f1eee6", "#1d6a84", "#c9dfe6", "#ffffff",
)  # fmt: skip
CONFIG: Spec = {
    "background": PAPER,
    "font": FONT,
    "padding": 14,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "domain": False, "ticks": False, "gridColor": LINE, "labelLimit": 420, "labelPadding": 8,
    },
    "text": {"color": INK, "fontSize": 12},
    "title": {"color": INK, "fontSize": 15, "anchor": "start", "subtitleColor": SOFT, "subtitleFontSize": 12,
              "offset": 14, "frame": "group"},
    "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": "bold"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as SVG, with its title, and what it shows in words."""

    name: str
    title: str
    text: str
    svg: str


def render(name: str, title: str, text: str, spec: Spec) -> Picture:
    """Return the picture of a Vega-Lite specification."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(json.dumps({**spec, "config": CONFIG}), allowed_base_urls=[])
    head, rest = svg.split(">", 1)
    marks = f"<title>{escape(title)}</title><desc>{escape(text)}</desc>"
    return Picture(name, title, text, f'{head} role="img">{marks}{rest}\n')


def matrix(title: str, subtitle: str, cells: Sequence[Spec], rows: Sequence[str], columns: Sequence[str]) -> Spec:
    """Return circles by row and column, as large as their ``count``, with the number in or beside each."""
    most = max((cell["count"] for cell in cells), default=1)
    place: Spec = {
        "y": {"field": "row", "type": "nominal", "sort": list(rows), "axis": {"title": None, "grid": True},
              "scale": {"domain": list(rows)}},
        "x": {"field": "column", "type": "nominal", "scale": {"domain": list(columns)},
              "axis": {"title": None, "orient": "top", "labelAngle": -32, "labelAlign": "left", "labelOverlap": False,
                       "labelLimit": 220}},
    }  # fmt: skip
    size = {"field": "count", "type": "quantitative", "legend": None,
            "scale": {"domain": [0, most], "range": [0, 780], "type": "linear"}}  # fmt: skip
    return {
        "title": {"text": title, "subtitle": subtitle},
        "data": {"values": list(cells)},
        "width": {"step": 64},
        "height": {"step": 30},
        "encoding": place,
        "layer": [
            {"mark": {"type": "circle", "color": ACCENT, "opacity": 1}, "encoding": {"size": size}},
            {"transform": [{"filter": {"field": "count", "gte": most / 4}}],
             "mark": {"type": "text", "fontWeight": "bold", "color": PAPER},
             "encoding": {"text": {"field": "count", "type": "quantitative"}}},
            {"transform": [{"filter": {"field": "count", "lt": most / 4}}],
             "mark": {"type": "text", "dx": 18, "color": INK},
             "encoding": {"text": {"field": "count", "type": "quantitative"}}},
        ],
    }  # fmt: skip


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def years(title: str, subtitle: str, rows: Sequence[Spec]) -> Spec:
    """Return one panel a year, in which each row is a bar from ``from`` to ``to`` (days of the year), with its label.

    A ``sure`` row is filled, another has an outline only.
    """
    panels = [
        _year(year, [row for row in rows if row["year"] == year], last=year == rows[-1]["year"])
        for year in dict.fromkeys(row["year"] for row in rows)
    ]
    return {"title": {"text": title, "subtitle": subtitle}, "vconcat": panels, "spacing": 16}


def _year(year: str, rows: list[Spec], *, last: bool) -> Spec:
    names = [row["label"] for row in rows]
    names_of_months = " : ".join(
        f"datum.value === {day} ? '{name}'" for day, name in zip(MONTH_STARTS, MONTHS, strict=True)
    )
    x_axis = {"values": list(MONTH_STARTS), "labelExpr": f"{names_of_months} : ''", "title": None, "labelAlign": "left",
              "labelPadding": 6, "labels": last, "labelColor": SOFT}  # fmt: skip
    y_axis = {"title": year, "titleAngle": 0, "titleAlign": "left", "titleAnchor": "start", "titleX": -420,
              "titleFontSize": 17, "titleFontWeight": "bold", "titleColor": INK, "grid": False, "minExtent": 420,
              "labelLimit": 340, "titleY": 12}  # fmt: skip
    return {
        "data": {"values": rows},
        "width": 380,
        "height": {"step": 22},
        "encoding": {
            "y": {"field": "label", "type": "nominal", "scale": {"domain": names}, "sort": None, "axis": y_axis},
            "x": {"field": "from", "type": "quantitative", "scale": {"domain": [0, 366], "nice": False},
                  "axis": x_axis},
        },
        "layer": [
            {"mark": {"type": "bar", "height": 10, "cornerRadius": 5, "stroke": ACCENT, "strokeWidth": 1.5},
             "encoding": {"x2": {"field": "to"},
                          "fill": {"condition": {"test": {"field": "sure", "equal": True}, "value": ACCENT},
                                   "value": PAPER}}},
            {"mark": {"type": "text", "align": "left", "dx": 7, "fontSize": 11, "color": SOFT},
             "encoding": {"x": {"field": "to", "type": "quantitative"}, "text": {"field": "note"}}},
        ],
    }  # fmt: skip


def bounds(title: str, subtitle: str, panels: Sequence[tuple[str, Sequence[Spec]]]) -> Spec:
    """Return one panel a unit, in which each row shows ``low`` to ``high``, an arrow where one of them is open."""
    return {
        "title": {"text": title, "subtitle": subtitle},
        "vconcat": [_unit(name, list(rows)) for name, rows in panels],
        "spacing": 26,
    }


def _unit(name: str, rows: list[Spec]) -> Spec:
    most = max(row["end"] for row in rows) * 1.25 or 1
    for row in rows:
        row["reach"] = most if row["open"] else row["end"]
    y_axis = {"title": None, "minExtent": 420, "labelLimit": 410, "grid": True}
    return {
        "title": {"text": name, "fontSize": 12, "color": SOFT, "fontWeight": "normal", "offset": 4},
        "data": {"values": rows},
        "width": 360,
        "height": {"step": 32},
        "encoding": {
            "y": {"field": "label", "type": "nominal", "scale": {"domain": [row["label"] for row in rows]},
                  "axis": y_axis},
            "x": {"field": "start", "type": "quantitative", "scale": {"domain": [0, most], "nice": False},
                  "axis": {"title": None, "tickCount": 4, "labelColor": SOFT}},
        },
        "layer": [
            {"mark": {"type": "rule", "color": ACCENT, "strokeWidth": 2.5}, "encoding": {"x2": {"field": "reach"}}},
            {"transform": [{"filter": {"field": "open", "equal": True}}],
             "mark": {"type": "point", "shape": "triangle-right", "color": ACCENT, "filled": True, "size": 110,
                      "opacity": 1},
             "encoding": {"x": {"field": "reach", "type": "quantitative"}}},
            {"mark": {"type": "point", "filled": True, "color": ACCENT, "size": 110, "opacity": 1}},
            {"mark": {"type": "text", "align": "left", "dx": 2, "dy": -11, "fontSize": 12, "fontWeight": "bold"},
             "encoding": {"text": {"field": "text"}}},
        ],
    }  # fmt: skip
