"""A timeline: rows with a date, in its order, with how many rows of another table refer to each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from dataset_packager.documents.report import charts
from dataset_packager.documents.report.edtf import Days, days
from dataset_packager.documents.report.shown_values import anchor, at, first, shown

if TYPE_CHECKING:
    from dataset_packager.documents.report.declaration import Drawn
    from dataset_packager.documents.report.report_rows import Source
    from dataset_packager.documents.report.shown_values import Row

MOST_DRAWN = 60
MOST_YEARS = 12
LONGEST_LABEL = 90


@dataclass(frozen=True, slots=True)
class Moment:
    """One row on the timeline: its name, its date as written, how that is known, and who speaks of it how often."""

    anchor: str
    label: str
    date: str
    certainty: str
    details: list[str]
    told: list[tuple[str, int]]
    days: Days | None

    @property
    def total(self) -> int:
        """The number of rows that refer to it."""
        return sum(count for _, count in self.told)


def timeline(source: Source, drawn: Drawn) -> dict[str, Any]:
    """Return what the page shows of a timeline, with its picture where one can be drawn."""
    counted = _counted(source, drawn)
    rows = source.rows(drawn.table)
    moments = sorted((_moment(source, drawn, row, counted) for row in rows), key=_order)
    return {
        "title": drawn.title, "about": drawn.about, "left_out": source.left_out(drawn.table), "moments": moments,
        "picture": _picture(drawn, moments), "counted": drawn.parts.get("counted", {}).get("table"),
    }  # fmt: skip


def _order(moment: Moment) -> tuple[date, date, str]:
    known = moment.days or Days(date.max, date.max, True)
    return known.start, known.end, moment.label


def _counted(source: Source, drawn: Drawn) -> dict[Any, Counter[str]]:
    """Return by key of a row how many rows of the counted table refer to it, by the name in its column ``by``."""
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    if part := drawn.parts.get("counted"):
        for row in source.rows(part["table"]):
            who = first(row, part["by"])
            name = source.labels.of(part["table"], part["by"], who) if who is not None else ""
            for key in set(at(row, part["refers"])):
                found[key][name] += 1
    return found


def _moment(source: Source, drawn: Drawn, row: Row, counted: dict[Any, Counter[str]]) -> Moment:
    key = source.key(drawn.table, row)
    written = first(row, drawn.needed("date"))
    certainty = first(row, drawn.path("certainty"))
    return Moment(
        anchor=anchor(drawn.table, key),
        label=source.labels.named(drawn.table, key[0]) if key else shown(row),
        date="" if written is None else shown(written),
        certainty="" if certainty is None else shown(certainty),
        details=[
            source.labels.of(drawn.table, path, value)
            for path in drawn.lists.get("details", ())
            for value in at(row, path)
        ],
        told=sorted(counted[key[0]].items()) if key else [],
        days=days(written),
    )


def _picture(drawn: Drawn, moments: list[Moment]) -> charts.Picture | None:
    dated = [moment for moment in moments if moment.days]
    chosen = {id(moment) for moment in sorted(dated, key=lambda moment: -moment.total)[:MOST_DRAWN]}
    shown_ones = [moment for moment in dated if id(moment) in chosen]
    years = {moment.days.start.year for moment in shown_ones if moment.days}
    if drawn.picture is None or not shown_ones or len(years) > MOST_YEARS:
        return None
    few = f", the {MOST_DRAWN} that are most told of" if len(dated) > MOST_DRAWN else ""
    legend = f"Filled: one day. Pale: any of the days that it covers{few}."
    return charts.render(drawn.picture, drawn.title, _in_words(shown_ones), charts.years(legend, _rows(shown_ones)))


def _in_words(moments: list[Moment]) -> str:
    months = Counter(f"{moment.days.start:%Y-%m}" for moment in moments if moment.days)
    month, most = max(months.items(), key=lambda pair: (pair[1], pair[0]))
    return (
        f"{len(moments)} rows in the order of their dates, from {moments[0].date} ({moments[0].label}) "
        f"to {moments[-1].date} ({moments[-1].label}). Most, {most}, begin in {month}."
    )


def _rows(moments: list[Moment]) -> list[charts.Row]:
    rows: list[charts.Row] = []
    year = ""
    for moment in moments:
        known = moment.days or Days(date.min, date.min, True)
        if str(known.start.year) != year:
            year = str(known.start.year)
            rows.append({"year": year})
        rows.append(_row(moment, known))
    return rows


def _row(moment: Moment, known: Days) -> charts.Row:
    first_day = known.start.timetuple().tm_yday - 1
    last = known.end.timetuple().tm_yday if known.end.year == known.start.year else 366
    exact = known.start == known.end and not known.vague
    who = f", {_tellers(moment)}" if moment.told else ""
    return {
        "label": shown(moment.label, LONGEST_LABEL), "from": first_day, "to": max(last, first_day + 4),
        "exact": exact, "note": f"{moment.date}{who}",
    }  # fmt: skip


def _tellers(moment: Moment) -> str:
    names = [name for name, _ in moment.told if name]
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} tell of it"
