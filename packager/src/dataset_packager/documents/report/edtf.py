"""Dates as days: EDTF levels 0 and 1 as far as they name days, months, years and intervals (ISO 8601-2:2019)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_PART = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:[T ].*)?([~?%]?)")


@dataclass(frozen=True, slots=True)
class Days:
    """The first and last day that a date covers; ``vague`` where it is marked as uncertain or approximate."""

    start: date
    end: date
    vague: bool


def days(text: object) -> Days | None:
    """Return the days of a date such as ``2022-09``, ``2022-09-06/2022-09-12`` or ``2025-07~``; else None."""
    parts = [_days(part) for part in str(text).split("/")]
    if len(parts) > 2 or not parts[0] or not parts[-1]:
        return None
    return Days(parts[0].start, max(parts[0].start, parts[-1].end), parts[0].vague or parts[-1].vague)


def _days(text: str) -> Days | None:
    match = _PART.fullmatch(text)
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        last = day or calendar.monthrange(year, month or 12)[1]
        return Days(date(year, month or 1, day or 1), date(year, month or 12, last), bool(match[4]))
    except (ValueError, calendar.IllegalMonthError):
        return None
