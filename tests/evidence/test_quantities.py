from __future__ import annotations

import math

import pytest

from captures.quantities import numbers

WORTH = {
    "6,000 square kilometers": 6000,
    "1,234,567.5": 1234567.5,
    "$675 million": 675e6,
    "2.2 billion": 2.2e9,
    "€3bn": 3e9,
    "£500m of aid": 500e6,
    "500m away": 500,
    "300k": 300e3,
    "5 thousand": 5000,
    "50-country": 50,
    "6-month-old": 6,
    "30km": 30,
    "79%": 79,
    "six": 6,
    "twenty-five": 25,
    "one hundred and twenty thousand": 120e3,
    "two hundred": 200,
    "a hundred": 100,
    "a dozen": 12,
    "two dozen": 24,
    "half a dozen": 6,
    "half a million": 500e3,
    "half": 0.5,
    "two and a half": 2.5,
    "two-thirds": 2 / 3,
    "three quarters": 0.75,
    "21 more years": 21,
    "mid-2022": 2022,
    "the 1990s": 1990,
    "5 million": 5e6,
}


@pytest.mark.parametrize(("text", "value"), WORTH.items())
def test_a_number_in_digits_or_words_has_its_value(text: str, value: float) -> None:
    (number,) = numbers(text)

    assert math.isclose(number.value, value)
    assert number.sort == "exact"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("thousands of people", 1000),
        ("tens of thousands", 10_000),
        ("hundreds of\nmillions", 100_000_000),
        ("Dozens", 12),
    ],
)
def test_a_plural_magnitude_is_vague_from_its_least_value_on(text: str, value: float) -> None:
    (number,) = numbers(text)

    assert (number.value, number.sort) == (value, "vague")


@pytest.mark.parametrize(("text", "value"), [("75th", 75), ("2nd", 2), ("first", 1), ("the twenty-first", 21)])
def test_an_ordinal_is_told_from_a_count(text: str, value: float) -> None:
    (number,) = numbers(text)

    assert (number.value, number.sort) == (value, "ordinal")


@pytest.mark.parametrize(
    "text", ["T-72 tanks", "the G7", "No one came", "Su-35", "a quarter of the town", "someone", ""]
)
def test_digits_of_a_name_and_pronouns_are_no_numbers(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("35 to 40 tanks", [35, 40]),
        ("two or three million", [2, 3e6]),
        ("10%-15%", [10, 15]),
        ("one second and 2 thirds", [1, 2, 2 / 3]),
        ("in 2014, 30 came", [2014, 30]),
    ],
)
def test_several_numbers_stay_apart(text: str, values: list[float]) -> None:
    assert [number.value for number in numbers(text)] == pytest.approx(values)


def test_a_number_stands_where_it_is_printed_with_its_multiplier() -> None:
    text = "worth $2.2 billion in all, for the 75th time"

    assert [text[number.start : number.end] for number in numbers(text)] == ["2.2 billion", "75th"]
