"""Numbers between limits are told by comparison, where the gate's engine confirms it at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataset_packager.columns.rules.bounds import Bounds, bounds_of
from dataset_packager.schemas.drafts import DRAFTS
from dataset_packager.validation.engine import compiled_alone

NUMBERS = [-(10.0**300), -2.0, -0.5, -0.0, 0.1, 0.3, 0.1 + 0.2, 1.0, 2.5, 2.0**53, 10.0**300]
RULES: list[dict[str, Any]] = [
    {"minimum": 0.3},
    {"minimum": 0, "maximum": 1},
    {"exclusiveMinimum": 0.3, "maximum": 2.5},
    {"exclusiveMinimum": -0.5, "exclusiveMaximum": 10**400},
    {"minimum": 5, "maximum": 1},
    {"minimum": -(10**400), "maximum": 2**53 - 1},
    {"exclusiveMaximum": -(10.0**300)},
]


def asked(rule: dict[str, Any], draft: str) -> dict[str, Any]:
    """Return a rule as a draft says it."""
    if draft != "draft4":
        return rule
    exclusive = {name.removeprefix("exclusive").lower(): value for name, value in rule.items() if "exclusive" in name}
    words = {name: True for name in rule if "exclusive" in name}
    return {name: value for name, value in rule.items() if name not in words} | exclusive | words


@pytest.mark.parametrize("draft", ["draft4", "2020-12"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_numbers_between_limits_are_those_that_the_engine_takes(rule: dict[str, Any], draft: str) -> None:
    said = asked(rule, draft)
    engine = compiled_alone({"items": said}, DRAFTS[draft], assert_formats=True)
    for kind in (np.float64, np.int64):
        values = np.array(NUMBERS if kind is np.float64 else [-(2**62), -1, 0, 1, 2**53 - 1, 2**53, 2**53 + 1], kind)
        for where in (values == values, values > 0, values < 0, values == 1):
            wanted = [
                bool(here) and engine.is_valid([value]) for here, value in zip(where, values.tolist(), strict=True)
            ]
            found = bounds_of(said).valid(values, where, engine.is_valid)
            assert found is not None
            assert found.tolist() == wanted, said


@pytest.mark.parametrize("wrong", [Bounds(0.2, 2), Bounds(0.4, 2), Bounds(0, 1), Bounds(0, 3)], ids=str)
def test_a_guess_with_which_the_engine_does_not_agree_is_none(wrong: Bounds) -> None:
    engine = compiled_alone({"items": {"minimum": 0.3, "maximum": 2}}, DRAFTS["2020-12"], assert_formats=True)
    numbers = np.array([-1.0, 0.25, 0.3, 0.5, 1.5, 2.5, 9.0])
    assert wrong.valid(numbers, numbers == numbers, engine.is_valid) is None
