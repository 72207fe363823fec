from __future__ import annotations

from dataclasses import replace

import pytest

from captures.figures import Figure, date_problems, problems

PLAIN = Figure(
    printed="30 boats", around="", low=30, high=30, unit="boats", unit_code=None, bound="exact", kind="count"
)


def members(**change: object) -> list[str]:
    return [member for member, _ in problems(replace(PLAIN, **change))]  # type: ignore[arg-type]  # a test's shorthand


def test_a_figure_that_says_what_is_printed_has_no_problem() -> None:
    assert members() == []


@pytest.mark.parametrize(
    "figure",
    [
        {"printed": "10 to 15 boats", "low": 10, "high": 15, "bound": "range"},
        {"printed": "two to three million boats", "low": 2e6, "high": 3e6, "bound": "range"},
        {"printed": "two or three boats", "low": 2, "high": 3, "bound": "range"},
        {"printed": "30 boats", "high": None, "bound": "over"},
        {"printed": "30 boats", "low": None, "bound": "under"},
        {"printed": "30 boats", "bound": "approx"},
        {"printed": "a third of the boats", "low": 1 / 3, "high": 1 / 3},
        {"printed": "third boat", "low": 3, "high": 3, "bound": "ordinal", "kind": "ordinal", "unit": "boat"},
        {"printed": "thousands of boats", "low": 1000, "high": None, "bound": "vague"},
        {"printed": "several thousand boats", "low": 1000, "high": None, "bound": "vague"},
        {"printed": "79%", "low": 79, "high": 79, "unit": "%", "unit_code": "%", "kind": "percent"},
        {"printed": "30", "around": "boats came, 30 in all"},
        {"printed": "30 square kilometres", "unit": "square kilometres", "unit_code": "km2", "kind": "area"},
        {"printed": "30 miles", "unit": "miles", "unit_code": None, "kind": "area"},
        {"printed": "30 miles", "unit": "miles", "unit_code": "[mi_i]2", "kind": "area"},
        {"printed": "$30", "unit": "$", "unit_code": "CAD", "kind": "money"},
        {"printed": "30 tonnes", "unit": "tonnes", "unit_code": "t"},
    ],
)
def test_what_a_span_can_mean_under_its_bound_is_accepted(figure: dict[str, object]) -> None:
    assert members(**figure) == []


@pytest.mark.parametrize(
    ("figure", "member"),
    [
        ({"printed": "31 boats"}, "low"),
        ({"printed": "10 to 15 boats", "low": 10, "high": 10}, "bound"),
        ({"printed": "10 to 15 boats", "low": 10, "high": 14, "bound": "range"}, "low"),
        ({"printed": "30 boats", "bound": "range"}, "bound"),
        ({"printed": "30th boat", "unit": "boat"}, "bound"),
        ({"printed": "30 boats", "bound": "ordinal"}, "bound"),
        ({"printed": "boats"}, "at"),
        ({"printed": "thousands of boats", "low": 2000, "high": None, "bound": "vague"}, "low"),
        ({"printed": "30%", "unit": "%"}, "unit_code"),
        ({"printed": "30 percent", "unit": "percent", "unit_code": "%"}, "unit_code"),
        ({"printed": "£30", "unit": "£", "unit_code": "EUR", "kind": "money"}, "unit_code"),
        ({"printed": "£30", "unit": "£", "unit_code": "GBP"}, "unit_code"),
        ({"printed": "30 hours", "unit": "hours", "kind": "duration"}, "unit_code"),
        ({"printed": "30 square miles", "unit": "square miles", "kind": "area"}, "unit_code"),
        ({"printed": "30 ships"}, "unit"),
    ],
)
def test_what_a_span_does_not_print_is_a_problem_of_that_member(figure: dict[str, object], member: str) -> None:
    assert member in members(**figure)


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("Monday", "2022-09-12"),
        ("Feb. 24", "2022-02-24"),
        ("September 2014", "2014-09"),
        ("last week", "2022-09-05/2022-09-11"),
        ("since his 2014", "2014"),
        ("Monday", "2022-09"),
        ("Sunday", None),
    ],
)
def test_a_date_may_say_what_is_printed_and_no_more(printed: str, date: str | None) -> None:
    assert list(date_problems(replace(PLAIN, printed=printed, date=date, kind="calendar"))) == []


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("Monday", "2022-09-13~"),
        ("Feb. 24", "2022-03-24"),
        ("Feb. 24", "2022-02-23"),
        ("2014", "2015-03"),
        ("24 February", "2022-02"),
    ],
)
def test_a_date_that_contradicts_what_is_printed_is_a_problem(printed: str, date: str) -> None:
    assert [member for member, _ in date_problems(replace(PLAIN, printed=printed, date=date, kind="calendar"))] == [
        "date"
    ]
