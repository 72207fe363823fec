"""Pictures as SVG (1.1): circles in a matrix, bars over the months of years, figures with their bounds on one scale.

The bytes of a picture depend on the data and on this file alone: no text is measured (that would take whatever
typefaces a machine has; room for it is reckoned here). Colours stand in attributes, so that a picture is right wherever
a style isn't let through; where one is, pages in the dark get a dark picture.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from itertools import count
from math import floor, log10, pi, sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
MARGIN, STEP, ROW = 14, 76, 31  # pixels: around a picture; from column to column of a matrix, and from row to row
NARROW = 345  # pixels that a page leaves a picture on a screen of 390
WIDE, YEAR = 560, 400  # pixels: of the scale of figures, and of a year
FULL = 78  # of 100 parts of a scale's width: its largest bound; what lies behind is for figures without an upper one
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK, SOFT, LINE, ACCENT, PALE, PAPER = "#1f2a33", "#55636e", "#e4e0d6", "#1d6a84", "#c9dfe6", "#ffffff"
DARK = {INK: "#e7e4dc", SOFT: "#a5afb6", LINE: "#313b42", ACCENT: "#82bfd4", PALE: "#27414c", PAPER: "#1b2227"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks as SVG elements, and the window in pixels that holds them."""

    width: float
    height: float
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: its title, what it shows in words, and its SVG, which has colours of its own for the dark."""

    name: str
    title: str
    text: str
    svg: str

    @property
    def inline(self) -> str:
        """The SVG for a page that has a style for it: without its own."""
        return self.svg.replace(STYLE, "")

    @property
    def is_large(self) -> bool:
        """Whether a narrow screen can't show all of it at once."""
        width = re.search(r'width="([\d.]+)"', self.svg)
        return width is not None and float(width[1]) > NARROW


def _style() -> str:
    rules = "".join(
        f'[{name}="{light}"]{{{name}:{dark}}}' for light, dark in DARK.items() for name in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


STYLE = _style()


def render(name: str, title: str, text: str, drawing: Drawing) -> Picture:
    """Return a drawing as a picture with a title, and with a description for those who can't see it."""
    width, height = _number(drawing.width), _number(drawing.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{FONT}" role="img"><title>{_escaped(title)}</title><desc>{_escaped(text)}</desc>{STYLE}'
    )
    paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    return Picture(name, title, text, f"{head}{paper}{''.join(drawing.marks)}</svg>\n")


def told(name: str, svg: str) -> Picture:
    """Return the picture that an SVG of :func:`render` is: it says its title and its words itself."""
    found = re.search(r"<title>([^<]*)</title><desc>([^<]*)</desc>", svg)
    title, text = map(html.unescape, found.groups()) if found else (name, name)
    return Picture(name, title, text, svg)


def matrix(legend: str, cells: Sequence[Row], rows: Sequence[str], columns: Sequence[str]) -> Drawing:
    """Return circles by ``row`` and ``column``, whose area says their ``count``, with the number in or beside each."""
    most = max((cell["count"] for cell in cells), default=1)
    rows, columns = list(dict.fromkeys(rows)), list(dict.fromkeys(columns))
    left = MARGIN + 8 + _room(rows, 12)
    slanted = [_room([column], 12) for column in columns]
    top = MARGIN + 16 + 0.5 * max(slanted, default=0) + 22
    right = left + STEP * len(columns)
    places = {column: left + STEP * (number + 0.5) for number, column in enumerate(columns)}
    heights = {row: top + ROW * (number + 0.5) for number, row in enumerate(rows)}
    marks = [_text(MARGIN, MARGIN + 12, legend, fill=SOFT)]
    for row, y in heights.items():
        marks += [_line(left, y, right, y), _text(left - 8, y + 4, row, anchor="end")]
    marks += [_text(x, top - 8, column, turned=-30) for column, x in places.items()]
    for cell in cells:
        marks += _counted(places[cell["column"]], heights[cell["row"]], cell["count"], most)
    beyond = max((x + 0.87 * room for x, room in zip(places.values(), slanted, strict=True)), default=0)
    width = max(right, beyond, MARGIN + _room([legend], 12))
    return Drawing(width + MARGIN, top + ROW * len(rows) + MARGIN, marks)


def _counted(x: float, y: float, number: int, most: int) -> list[str]:
    radius = sqrt((20 + 800 * number / most) / pi)
    circle = f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" fill="{ACCENT}"/>'
    if max(_room([str(number)], 12) + 4, 18) <= 2 * radius:
        return [circle, _text(x, y + 4, str(number), fill=PAPER, anchor="middle", weight="bold")]
    return [circle, _text(x + radius + 4, y + 4, str(number))]


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTH_STARTS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def years(legend: str, rows: Sequence[Row]) -> Drawing:
    """Return the months of a year, over which each row is a bar from ``from`` to ``to`` (days of the year).

    A row has a ``label`` before and a ``note`` behind its bar; one that is ``exact`` is filled. A row of a ``year``
    alone is the heading of those below it.
    """
    left = MARGIN + 12 + _room([row["label"] for row in rows if "label" in row], 12)
    top, high, day = MARGIN + 50, 23, YEAR / 366
    bottom = top + high * len(rows)
    marks = [_text(MARGIN, MARGIN + 12, legend, fill=SOFT)]
    for name, start in zip(MONTHS, MONTH_STARTS, strict=True):
        x = left + day * start
        marks += [_line(x, top, x, bottom), _text(x, top - 8, name, fill=SOFT)]
    width = max(left + YEAR + 8, MARGIN + _room([legend], 12))
    for y, row in zip(count(top + high / 2, high), rows):
        if "year" in row:
            marks.append(_text(left - 12, y + 6, row["year"], anchor="end", size=16, weight="bold"))
            continue
        start, end = left + day * row["from"], left + day * row["to"]
        marks.append(
            f'<rect x="{_number(start)}" y="{_number(y - 5.5)}" width="{_number(end - start)}" height="11" rx="5.5" '
            f'fill="{ACCENT if row["exact"] else PALE}" stroke="{ACCENT}" stroke-width="1.5"/>'
        )
        marks += [
            _text(left - 12, y + 4, row["label"], anchor="end"),
            _text(end + 8, y + 4, row["note"], fill=SOFT, size=11),
        ]
        width = max(width, end + 8 + _room([row["note"]], 11))
    return Drawing(width + MARGIN, bottom + MARGIN, marks)


def bounds(legend: str, rows: Sequence[Row]) -> Drawing:
    """Return one row a figure: its ``value`` and ``label`` in words, and a mark from ``from`` to ``to`` (0 to 100).

    One whose ``open`` is true has an arrow where its upper bound is missing. A row of a ``unit`` is the heading of
    those below it, which share its scale: ``most`` is the value at FULL.
    """
    left, y = MARGIN, MARGIN + 26.0
    marks = [_text(left, MARGIN + 12, legend, fill=SOFT)]
    texts = [*(row[name] for row in rows for name in ("label", "unit") if name in row), legend]
    scale: list[tuple[float, float]] = []
    for row in rows:
        if "unit" in row:
            scale = [(value, left + WIDE * FULL / 100 * value / row["most"]) for value in ticks(row["most"])]
            marks += _scale(left, y + 18, row["unit"], scale)
            y += 44
        else:
            marks += _figure(left, y, row, [x for _, x in scale])
            y += 56
    return Drawing(left + max(WIDE + 12, _room(texts, 12)) + MARGIN, y + MARGIN, marks)


def ticks(most: float) -> list[float]:
    """Return the round values from 0 on, up to five, that a scale to ``most`` is marked at.

    >>> ticks(7300)
    [0, 2000, 4000, 6000]
    """
    if most <= 0:
        return [0]
    power = 10.0 ** floor(log10(most))
    step = next(power * part for part in (0.2, 0.25, 0.5, 1, 2, 2.5) if most / (power * part) < 5)
    return [round(step * number, 12) for number in range(floor(most / step) + 1)]


def _scale(left: float, y: float, unit: str, scale: Sequence[tuple[float, float]]) -> list[str]:
    marks = [_text(left, y, unit, fill=ACCENT, weight="bold")]
    for value, x in scale:
        marks += [_line(x, y + 18, x, y + 24), _text(x, y + 14, f"{value:,g}", fill=SOFT, size=11)]
    return marks


def _figure(left: float, y: float, row: Mapping[str, Any], scale: Sequence[float]) -> list[str]:
    """Return a figure's words, its rail with the marks of its scale, and the figure on it: no line crosses a word."""
    start, end, place = left + WIDE * row["from"] / 100, left + WIDE * row["to"] / 100, y + 46
    dot = '<circle cx="{}" cy="{}" r="5.5" fill="{}"/>'
    return [
        _text(left, y + 17, row["value"], size=14, weight="bold"),
        _text(left, y + 32, row["label"], fill=SOFT),
        _line(left, place, left + WIDE, place),
        *(_line(x, place - 7, x, place + 7) for x in scale),
        f'<path d="M{_number(start)} {_number(place)}H{_number(end)}" stroke="{ACCENT}" stroke-width="3"/>',
        dot.format(_number(start), _number(place), ACCENT),
        f'<path d="M{_number(end - 5)} {_number(place - 7)}l12 7l-12 7z" fill="{ACCENT}"/>'
        if row["open"]
        else dot.format(_number(end), _number(place), ACCENT),
    ]


def _text(
    x: float, y: float, text: str, *, fill: str = INK, anchor: str = "start", size: int = 12, weight: str = "normal",
    turned: int = 0,
) -> str:  # fmt: skip
    """Return a line of text whose baseline starts (or ends, or has its middle) at a place, turned around it."""
    place = f'x="{_number(x)}" y="{_number(y)}"'
    if turned:
        place += f' transform="rotate({turned} {_number(x)} {_number(y)})"'
    return (
        f'<text {place} font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}">'
        f"{_escaped(text)}</text>"
    )


def _escaped(text: str) -> str:
    """Return text as XML 1.0 may hold it, which has no control characters."""
    return html.escape("".join(c if c.isprintable() else " " for c in text), quote=False)


def _line(x: float, y: float, x2: float, y2: float) -> str:
    return f'<path d="M{_number(x)} {_number(y)}L{_number(x2)} {_number(y2)}" stroke="{LINE}"/>'


def _number(value: float) -> str:
    """Return pixels to a tenth: so that the last digits of a machine's arithmetic don't matter."""
    return f"{value:.1f}".removesuffix(".0")


def _room(texts: Sequence[str], size: float) -> float:
    """Return about how many pixels the longest of some lines takes, on the safe side, whatever the typeface."""
    return max((round(size * sum(map(_em, text))) for text in texts), default=0)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.3 if character in " .,:;'ijl|!()[]" else 0.72 if character.isupper() or character in "mwMW—" else 0.53
