"""Multiples of a step are told of whole columns as the gate's engine tells them of each number."""

from __future__ import annotations

from random import Random

import jsonschema_rs
import numpy as np
import pytest

from dataset_packager.columns.rules.multiples import multiples_of

STEPS = [0.01, 0.1, 0.5, 0.05, 0.25, 1, 1.0, 2, 3, 7, 2.5, 1e-7, 3e-9, 1e-15, 1e-22, 0.3, 123.456, 10**14 + 1, 1e14]
OTHERS = [10**15, 1e15, 2**60, 10**5000, 1e300, 1e-23, 5e-324, 0.1234567890123456]
EDGES = [0.0, -0.0, 0.1 + 0.2, 0.3, 1.1, 2.675, 1e15, 1e15 - 1, 2.0**53, 1e22, 1e300, 5e-324, 1.5e-22, 4.35, 0.07]


def numbers(random: Random, step: float) -> list[float]:
    """Return numbers near multiples of a step, of all sizes."""
    near = [step * random.randint(-(10 ** random.randint(0, 16)), 10 ** random.randint(0, 16)) for _ in range(300)]
    decimals = [float(round(number, random.randint(0, 12))) for number in near]
    beside = [float(np.nextafter(number, random.choice([-np.inf, np.inf]))) for number in decimals]
    drawn = [random.uniform(-1, 1) * 10.0 ** random.randint(-20, 20) for _ in range(100)]
    return [*EDGES, *map(float, near), *decimals, *beside, *drawn]


@pytest.mark.parametrize("step", STEPS)
def test_doubles_and_integers_are_multiples_where_the_engine_says_so(step: float) -> None:
    random, engine = Random(str(step)), jsonschema_rs.Draft202012Validator({"multipleOf": step})  # noqa: S311 - no secret
    multiples = multiples_of(step)
    assert multiples is not None
    integers = [int(number) for number in numbers(random, step) if abs(number) < 2**63]
    for values in (np.array(numbers(random, step)), np.array(integers)):
        found, told = multiples.among(values)
        wanted = np.array([engine.is_valid(value) for value in values.tolist()])
        assert found[told].tolist() == wanted[told].tolist(), values[told][found[told] != wanted[told]]
        assert not found[~told].any()
        assert told.sum() > 50


def test_steps_of_many_digits_are_left_to_the_engine() -> None:
    assert [multiples_of(step) for step in OTHERS] == [None] * len(OTHERS)


def test_what_is_no_number_of_json_is_no_multiple_and_warns_of_nothing() -> None:
    multiples = multiples_of(0.01)
    assert multiples is not None
    found, told = multiples.among(np.array([np.nan, np.inf, -np.inf, 1.7e308]))
    assert not found.any()
    assert not told.any()
