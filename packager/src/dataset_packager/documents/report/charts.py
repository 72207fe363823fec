"""Pictures by Vega-Lite: specifications of a few kinds, and their rendering to SVG.

The bytes of a picture depend on the data, on these specifications and on the version of the charting library alone: no
text is measured (the library would do it in whatever typefaces a machine has; room for it is reckoned here), nothing is
a date (so no time zone matters), and no value ever stands in an expression.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, unescape

if TYPE_CHECKING:
    from collections.abc import Sequence

Spec = dict[str, Any]
MARGIN, STEP = 14, 76  # pixels: around a picture, and from column to column of a matrix
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
# The page gives these other colours in the dark; see style.css.
INK, SOFT, LINE, ACCENT, PALE, PAPER = (
    "#1f2a33", "#55636e", "#e4e0d6", "#1d6a84", "#c9dfe6", "#ffffff",
)  # fmt: skip
CONFIG: Spec = {
    "background": PAPER,
    "font": FONT,
    "autosize": {"type": "none"},
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "domain": False, "ticks": False, "grid": False, "gridColor": LINE,
        "labelLimit": 0, "labelOverlap": False, "labelPadding": 8,
    },
    "text": {"color": INK, "fontSize": 12},
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


def told(name: str, svg: str) -> Picture:
    """Return the picture that an SVG of :func:`render` is: it says its title and its words itself."""
    found = re.search(r"<title>([^<]*)</title><desc>([^<]*)</desc>", svg)
    title, text = map(unescape, found.groups()) if found else (name, name)
    return Picture(name, title, text, svg)


def matrix(legend: str, cells: Sequence[Spec], rows: Sequence[str], columns: Sequence[str]) -> Spec:
    """Return circles by row and column, as large as their ``count``, with the number in or beside each."""
    most = max((cell["count"] for cell in cells), default=1)
    fits = most * 0.32  # from here on a circle has room for its number
    place: Spec = {
        "y": {"field": "row", "type": "nominal", "scale": {"domain": list(rows)},
              "axis": {"title": None, "grid": True}},
        "x": {"field": "column", "type": "nominal", "scale": {"domain": list(columns)},
              "axis": {"title": None, "orient": "top", "labelAngle": -30, "labelAlign": "left"}},
    }  # fmt: skip
    left, slanted = 8 + _room(rows, 12), [_room([column], 12) for column in columns]
    width, top = STEP * len(columns), 0.5 * max(slanted) + 22
    beyond = max(STEP * (number + 0.5) + 0.87 * room for number, room in enumerate(slanted)) - width
    size = {"field": "count", "type": "quantitative", "legend": None,
            "scale": {"domain": [0, most], "range": [20, 820]}}  # fmt: skip
    number = {"text": {"field": "count", "type": "quantitative"}}
    return {
        "padding": _padding(left, top, max(beyond, _room([legend], 12) - left - width), 0),
        "data": {"values": list(cells)},
        "width": width,
        "height": 31 * len(rows),
        "encoding": place,
        "layer": [
            _legend(legend, -left, -top),
            {"mark": {"type": "circle", "color": ACCENT, "opacity": 1}, "encoding": {"size": size}},
            {"transform": [{"filter": {"field": "count", "gte": fits}}],
             "mark": {"type": "text", "fontWeight": "bold", "color": PAPER}, "encoding": number},
            {"transform": [{"filter": {"field": "count", "lt": fits}}],
             "mark": {"type": "text", "dx": 14, "align": "left"}, "encoding": number},
        ],
    }  # fmt: skip


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def years(legend: str, rows: Sequence[Spec]) -> Spec:
    """Return the months of a year, over which each row is a bar from ``from`` to ``to`` (days of the year).

    A row has a ``label`` before and a ``note`` behind its bar; one that is ``exact`` is filled. A row of a ``year``
    alone is the heading of those below it.
    """
    placed = [{**row, "place": place} for place, row in enumerate(rows)]
    month = " : ".join(f"datum.value === {day} ? '{name}'" for day, name in zip(MONTH_STARTS, MONTHS, strict=True))
    x_axis = {"values": list(MONTH_STARTS), "labelExpr": f"{month} : ''", "title": None, "labelAlign": "left",
              "labelColor": SOFT, "orient": "top", "grid": True}  # fmt: skip
    shape = {"type": "bar", "height": 11, "cornerRadius": 5.5, "stroke": ACCENT, "strokeWidth": 1.5}
    before, width = {"x": {"value": -12}}, 400
    left = 12 + _room([row["label"] for row in rows if "label" in row], 12)
    behind = max(width * row["to"] / 366 + _room([row["note"]], 11) for row in rows if "note" in row) - width
    return {
        "padding": _padding(left, 34, max(8 + behind, _room([legend], 12) - left - width), 0),
        "data": {"values": placed},
        "width": width,
        "height": 23 * len(rows),
        "encoding": {"y": {"field": "place", "type": "ordinal", "axis": None}},
        "layer": [
            _legend(legend, -left, -34),
            *(_layer({"field": "exact", "equal": exact}, shape | {"color": color}, _span("from", "to", x_axis))
              for exact, color in ((True, ACCENT), (False, PALE))),
            _layer(_has("note"), {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": SOFT},
                   {"x": {"field": "to", "type": "quantitative"}, "text": {"field": "note"}}),
            _layer(_has("label"), {"type": "text", "align": "right"}, before | {"text": {"field": "label"}}),
            _layer(_has("year"), {"type": "text", "align": "right", "fontSize": 16, "fontWeight": "bold", "dy": 2},
                   before | {"text": {"field": "year"}}),
        ],
    }  # fmt: skip


def bounds(legend: str, rows: Sequence[Spec]) -> Spec:
    """Return one row a figure: its ``value`` and ``label`` in words, and a mark from ``from`` to ``to`` (0 to 100).

    One whose ``open`` is true has an arrow where its upper bound is missing. A row of a ``unit`` alone is the heading
    of those below it: lengths compare within a unit.
    """
    placed, height = [], 0
    for row in rows:
        height += 34 if "unit" in row else 56
        placed.append({**row, "place": height - (6 if "unit" in row else 12)})
    line = {"type": "rule", "color": ACCENT, "strokeWidth": 3}
    point = {"type": "point", "filled": True, "color": ACCENT, "size": 120, "opacity": 1}
    start = {"x": {"value": 0}}
    texts = [*(row[name] for row in rows for name in ("label", "unit") if name in row), legend]
    return {
        "padding": _padding(0, 10, _room(texts, 12) - 560, 0),
        "data": {"values": placed},
        "width": 560,
        "height": height,
        "encoding": {"y": {"field": "place", "type": "quantitative", "axis": None,
                           "scale": {"domain": [0, height], "range": [0, height], "nice": False}}},
        "layer": [
            _legend(legend, 0, -10),
            _layer(_has("value"), {"type": "rule", "color": LINE}, start | {"x2": {"value": 560}}),
            _layer(_has("value"), line, _span("from", "to", None)),
            _layer({"field": "open", "equal": True}, point | {"shape": "triangle-right", "size": 150},
                   {"x": {"field": "to", "type": "quantitative"}}),
            *(_layer({"field": "open", "equal": False}, point, {"x": {"field": end, "type": "quantitative"}})
              for end in ("from", "to")),
            _layer({"field": "open", "equal": True}, point, {"x": {"field": "from", "type": "quantitative"}}),
            _layer(_has("value"), {"type": "text", "align": "left", "dy": -29, "fontSize": 14, "fontWeight": "bold"},
                   start | {"text": {"field": "value"}}),
            _layer(_has("value"), {"type": "text", "align": "left", "dy": -14, "color": SOFT},
                   start | {"text": {"field": "label"}}),
            _layer(_has("unit"), {"type": "text", "align": "left", "color": ACCENT, "fontWeight": "bold"},
                   start | {"text": {"field": "unit"}}),
        ],
    }  # fmt: skip


def _legend(text: str, x: float, y: float) -> Spec:
    """Return a line of text at the left upper corner."""
    mark = {"type": "text", "align": "left", "baseline": "bottom", "color": SOFT}
    place = {"x": {"value": x}, "y": {"value": y}, "text": {"field": "legend"}}
    return {"data": {"values": [{"legend": text}]}, "mark": mark, "encoding": place}


def _padding(left: float, top: float, right: float, bottom: float) -> Spec:
    """Return the room around a chart in pixels, with a margin, and at the top with a line for the legend."""
    return {
        "left": round(MARGIN + left), "top": round(MARGIN + top + 16),
        "right": round(MARGIN + max(0, right)), "bottom": round(MARGIN + bottom),
    }  # fmt: skip


def _room(texts: Sequence[str], size: float) -> float:
    """Return about how many pixels the longest of some lines takes, on the safe side, whatever the typeface."""
    return max((round(size * sum(map(_em, text))) for text in texts), default=0)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.3 if character in " .,:;'ijl|!()[]" else 0.72 if character.isupper() or character in "mwMW—" else 0.53


def _layer(condition: Spec | str, mark: Spec, encoding: Spec) -> Spec:
    return {"transform": [{"filter": condition}], "mark": mark, "encoding": encoding}


def _has(name: str) -> str:
    return f"isValid(datum.{name})"


def _span(start: str, end: str, axis: Spec | None) -> Spec:
    scale = {"domain": [0, 366] if axis else [0, 100], "nice": False}
    return {"x": {"field": start, "type": "quantitative", "scale": scale, "axis": axis}, "x2": {"field": end}}
