"""Figures: that a stored quantity is what its span prints.

Units are compared with UCUM (ucum.org) and, for money, ISO 4217; dates with EDTF (ISO 8601-2).
"""

from __future__ import annotations

import calendar
import datetime
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captures.quantities import EXACT, ORDINAL, VAGUE, Number, numbers
from captures.units import UnknownUnitError, in_si, si_unit
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from captures.columns import FigureColumns
    from captures.config import CapturesConfig
    from captures.corpus import Corpus, Document
    from captures.rows import Row, Tables
    from dataset_packager.base.findings import Finding

CODE, SI = "figure-value", "si-value"
MONEY = "money"  # the kind whose unit codes are currencies, ISO 4217
Problem = tuple[str, str]  # which member, and what is wrong with it

_CURRENCIES = {
    "$": {"USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD"},
    "£": {"GBP"},
    "€": {"EUR"},
    "¥": {"JPY", "CNY"},
    "₴": {"UAH"},
    "₽": {"RUB"},
}
_UNITS = {
    "second": {"s"},
    "minute": {"min"},
    "hour": {"h"},
    "day": {"d"},
    "week": {"wk"},
    "month": {"mo"},
    "year": {"a"},
    "meter": {"m"},
    "km": {"km"},
    "kilometer": {"km"},
    "mile": {"[mi_i]"},
    "square km": {"km2"},
    "square kilometer": {"km2"},
    "square mile": {"[mi_i]2", "[smi_us]"},
    "hectare": {"har"},
    "acre": {"[acr_us]", "[acr_br]"},
    "kg": {"kg"},
    "kilogram": {"kg"},
    "ton": {"t", "[ston_av]", "[lton_av]"},
    "liter": {"l", "L"},
    "%": {"%"},
    "percent": {"%"},
    "per cent": {"%"},
}
_PERCENT = re.compile(r"%|\bper ?cent\b", re.IGNORECASE)
_MULTIPLIER = re.compile(r"\b(?:hundred|thousand|million|billion|trillion|dozen)s?\b", re.IGNORECASE)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name} | {
    name.lower(): number for number, name in enumerate(calendar.month_abbr) if name
}
_WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_BOUNDS_OF = {
    EXACT: {"exact", "approx", "over", "under", "vague"},
    VAGUE: {"vague", "over"},
    ORDINAL: {"ordinal"},
}
_LAST_DAY = 31
_YEARS = range(1000, 3000)


@dataclass(frozen=True, slots=True)
class Figure:
    """One stored quantity, what its span prints, and the text of the segment around it."""

    printed: str
    around: str
    low: float | None
    high: float | None
    unit: str | None
    unit_code: str | None
    bound: str | None
    kind: str
    date: str | None = None


def check_figures(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield every figure whose value, bound, unit or date isn't what its span prints."""
    columns = config.figures
    if columns is None:
        return
    for row in tables[columns.table]:
        document = corpus.get(row.get(columns.document))
        locator = row.get(columns.at)
        if document is None or not 0 <= locator["start"] < locator["end"] <= len(document.text):
            continue
        figure = _figure(row, columns, document)
        is_date = figure.kind in columns.calendar_kinds
        for member, message in date_problems(figure) if is_date else problems(figure):
            path = getattr(columns, member)
            yield row.finding("$." + format_path(path), CODE, f"{message}: {figure.printed[:60]!r}")


def check_si(tables: Tables, config: CapturesConfig) -> Iterator[Finding]:
    """Yield values in SI units that aren't those of the figure's bounds and unit code."""
    columns = config.figures
    if columns is None or columns.si_unit is None:
        return
    for row in tables[columns.table]:
        code = row.get(columns.unit_code)
        measured = code is not None and row.get(columns.kind) != MONEY
        try:
            unit = si_unit(code) if measured else None
        except UnknownUnitError as error:
            yield row.finding("$." + format_path(columns.unit_code), SI, str(error))
            continue
        if row.get(columns.si_unit) != unit:
            message = f"the SI unit of {code!r} is {unit!r}, not {row.get(columns.si_unit)!r}"
            yield row.finding("$." + format_path(columns.si_unit), SI, message)
        for path, si in ((columns.low, columns.si_low), (columns.high, columns.si_high)):
            value = row.get(path)
            wanted = in_si(value, code) if measured and value is not None else None
            if si and not _equal(row.get(si), wanted):
                message = f"{_number(value)} {code} is {_number(wanted)} {unit or ''}, not {_number(row.get(si))}"
                yield row.finding("$." + format_path(si), SI, message)


def _figure(row: Row, columns: FigureColumns, document: Document) -> Figure:
    locator = row.get(columns.at)
    segments = document.overlapped(locator["start"], locator["end"])
    around = document.text[segments[0].start : segments[-1].end] if segments else ""
    return Figure(
        printed=document.text[locator["start"] : locator["end"]],
        around=around,
        low=row.get(columns.low),
        high=row.get(columns.high),
        unit=row.get(columns.unit),
        unit_code=row.get(columns.unit_code),
        bound=row.get(columns.bound),
        kind=row.get(columns.kind),
        date=row.get(columns.date) if columns.date else None,
    )


def problems(figure: Figure) -> Iterator[Problem]:
    """Yield what of a figure's value, bound and unit disagrees with its span."""
    found = numbers(figure.printed)
    readings = list(_readings(found, figure.bound))
    if not found:
        yield "at", "the span prints no number"
    elif not readings:
        yield "bound", f"{figure.bound!r} doesn't fit a span that prints {_summary(found)}"
    elif not any(_equal(figure.low, low) and _equal(figure.high, high) for low, high in readings):
        low, high = readings[0]
        yield "low", f"the value {figure.low}..{figure.high} isn't {_number(low)}..{_number(high)}, as the span prints"
    if re.search(r"-old\b", figure.printed) and figure.bound == EXACT:
        yield "bound", "an age in whole units is approx"
    yield from _unit_problems(figure)


def _readings(found: list[Number], bound: str | None) -> Iterator[tuple[float | None, float | None]]:
    """Yield the pairs of lowest and highest value that numbers printed under this bound can mean."""
    if bound == "range":
        if len(found) == 2:
            low, high = found
            yield low.value, high.value
            yield low.value * high.factor, high.value  # two to three million
    elif len(found) == 1:
        number = found[0]
        part = _PARTS.get(number.word.lower())
        if number.sort == ORDINAL and part and bound != "ordinal":
            yield from _bounded(1 / part, bound)  # a third of
        elif bound in _BOUNDS_OF[number.sort]:
            yield from _bounded(number.value, bound)


def _bounded(value: float, bound: str | None) -> Iterator[tuple[float | None, float | None]]:
    if bound in {"over", "vague"}:
        yield value, None
    elif bound == "under":
        yield None, value
    else:
        yield value, value


def _equal(stored: float | None, printed: float | None) -> bool:
    if stored is None or printed is None:
        return stored is printed
    return math.isclose(stored, printed, rel_tol=1e-9)


def _summary(found: Iterable[Number]) -> str:
    return " and ".join(f"{number.sort} {_number(number.value)}" for number in found)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:g}" if value % 1 else f"{value:.0f}"


def _unit_problems(figure: Figure) -> Iterator[Problem]:
    signs = [sign for sign in _CURRENCIES if sign in figure.printed]
    if signs and (figure.kind != "money" or figure.unit_code not in _CURRENCIES[signs[0]]):
        yield "unit_code", f"the span prints {signs[0]!r}: kind money, code one of {sorted(_CURRENCIES[signs[0]])}"
    if _PERCENT.search(figure.printed) and (figure.kind, figure.unit_code) != ("percent", "%"):
        yield "unit_code", "the span prints a percentage: kind percent, code %"
    if figure.unit is None:
        return
    if _MULTIPLIER.search(figure.unit) and numbers(figure.unit):
        yield "unit", "a multiplier belongs to the value, not to the unit"
    if figure.unit.lower() not in figure.printed.lower() and figure.unit.lower() not in figure.around.lower():
        yield "unit", "the unit is printed neither in the span nor in its segment"
    known = _UNITS.get(_singular(figure.unit), set())
    if figure.kind == "area" and not figure.unit.lower().startswith("square"):
        if figure.unit_code is None:  # miles of territory: no code says so
            return
        known = known | {f"{code}2" for code in known}
    if known and figure.unit_code not in known:
        yield "unit_code", f"the unit {figure.unit!r} has the code {' or '.join(sorted(known))}, not {figure.unit_code}"


def _singular(unit: str) -> str:
    """Return a unit's name in the singular and in American spelling, as the table of units has it."""
    plain = " ".join(unit.lower().split()).replace("metre", "meter").replace("litre", "liter").replace("tonne", "ton")
    return plain.removesuffix("s") if plain not in _UNITS else plain


def date_problems(figure: Figure) -> Iterator[Problem]:
    """Yield what a calendar expression prints that its date doesn't say: years, months, days, weekdays."""
    date = figure.date
    if date is None:
        return
    words = re.findall(r"[^\W\d_]+", figure.printed.lower())
    for month in (_MONTHS[word] for word in words if word in _MONTHS):
        if f"-{month:02d}" not in date:
            yield "date", f"the span prints month {month}, the date is {date}"
    for number in numbers(figure.printed):
        value = int(number.value)
        if value in _YEARS and str(value) not in date:
            yield "date", f"the span prints the year {value}, the date is {date}"
        elif value <= _LAST_DAY and number.sort != VAGUE and number.word[0].isdigit() and f"-{value:02d}" not in date:
            yield "date", f"the span prints day {value}, the date is {date}"
    yield from _weekday_problems(words, date)


def _weekday_problems(words: list[str], date: str) -> Iterator[Problem]:
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[?~%]?", date)
    weekday = datetime.date.fromisoformat(match[1]).weekday() if match else None
    for word in words:
        if weekday is not None and word in _WEEKDAYS and _WEEKDAYS[word] != weekday:
            yield "date", f"the span prints {word.title()}, {date} is a {calendar.day_name[weekday]}"
