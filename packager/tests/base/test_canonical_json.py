"""Canonical JSON text: RFC 8785 but for integers and minus zero, and exact."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from columns.schemas_drawn import ANYTHING
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_packager.base.canonical_json import canonical

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


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # RFC 8785, appendix B: without the integers beyond 2^53, which keep all their digits here
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_doubles_are_written_as_in_the_samples_of_rfc_8785(bits: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


@BOUNDED
@given(DOUBLES)
def test_doubles_read_back_exactly(value: float) -> None:
    (back,) = json.loads(canonical([value]))
    assert back == value
    assert math.copysign(1, back) == math.copysign(1, value)


@BOUNDED
@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_names_stand_in_the_order_of_their_utf_16_code_units(value: dict[str, str]) -> None:
    text = canonical(value)
    names = [name for name, _ in json.loads(text, object_pairs_hook=list)]
    assert names == sorted(value, key=lambda name: [*memoryview(name.encode("utf-16-be")).cast("B")])
    assert json.loads(text) == value


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
