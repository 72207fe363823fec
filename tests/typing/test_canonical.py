"""Canonical JSON text: RFC 8785 but for integers and minus zero, and exact."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from schemas_drawn import ANYTHING

from dataset_packager.canonical import canonical

BOUNDED = settings(max_examples=300, derandomize=True, deadline=None)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0.0"),
        (0, "0"),
        (10**30, "1" + "0" * 30),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345683968"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (4.35, "4.35"),
        (5e-324, "5e-324"),
        ([1.0, {"b": 2.50, "a": "1.0"}], '[1,{"a":"1.0","b":2.5}]'),
        ({"\U00010000": 1, "\ue000": 2}, '{"\U00010000":1,"\ue000":2}'),
        ('\0\b\x1f\x7f"\\/\u2028é', '"\\u0000\\b\\u001f\x7f\\"\\\\/\u2028é"'),
        ([None, True, False, {}, []], "[null,true,false,{},[]]"),
        ("a,1.0", '"a,1.0"'),
        (2**64, "18446744073709551616"),
    ],
)
def test_a_value_has_the_text_that_the_documentation_says(value: Any, text: str) -> None:
    assert canonical(value) == text


@BOUNDED
@given(DOUBLES)
def test_doubles_are_written_as_rfc_8785_does_and_read_back_exactly(value: float) -> None:
    text = canonical([value])
    assert json.loads(text) == [value]
    if value == 0:
        assert math.copysign(1, json.loads(text)[0]) == math.copysign(1, value)
    elif abs(value) < 2**53 or abs(value) >= 10.0**21:
        assert text == rfc8785.dumps([value]).decode()


@BOUNDED
@given(st.dictionaries(TEXTS, TEXTS | st.integers(-(2**53) + 1, 2**53 - 1), max_size=5))
def test_names_and_strings_are_ordered_and_escaped_as_rfc_8785_does(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value).decode()


@BOUNDED
@given(ANYTHING)
def test_any_value_comes_back_from_its_text_which_is_its_own_canonical_text(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), [None, -float("inf")], 10**5000], ids=["inf", "nan", "within", "digits"]
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"not JSON compliant|Exceeds the limit"):
        canonical(value)
