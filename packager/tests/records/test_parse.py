from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataset_packager.records.strict_json import LineError, parse
from records.strict_json import read

bounded = settings(
    max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def refused(line: bytes, **limits: int) -> LineError:
    with pytest.raises(LineError) as caught:
        parse(line, **limits)
    return caught.value


def exactly(value: Any) -> Any:
    """The value in a form that tells 1 from 1.0 and True, and 0.0 from -0.0."""
    if isinstance(value, dict):
        return [(name, exactly(child)) for name, child in value.items()]
    if isinstance(value, list):
        return [exactly(child) for child in value]
    return type(value).__name__, repr(value)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"-0", 0),
        (b"-0.0", -0.0),
        (b"1.0", 1.0),
        (b"1e5", 100000.0),
        (b"1e-400", 0.0),
        (b"9007199254740993", 2**53 + 1),
        (b"18446744073709551615", 2**64 - 1),
        (b"18446744073709551616", 2**64),
        (b'{"a": [-9223372036854775809]}', {"a": [-(2**63) - 1]}),
        (b"1" * 400, int("1" * 400)),
        (b"0.12345678901234567890", 0.12345678901234568),
        (b"12345678901234567890.5", 12345678901234567890.5),
        (b'"12345678901234567890"', "12345678901234567890"),
        (b'"\\u0000"', "\0"),
        (b'"\\ud83d\\ude00\xf0\x9f\x98\x80"', "😀😀"),
        (b'{"a": "b\\": \\u003a", "c" : {"a": 1}}', {"a": 'b": :', "c": {"a": 1}}),
        (b' {"" : null }\r', {"": None}),
    ],
)
def test_a_line_is_read_exactly(line: bytes, value: Any) -> None:
    assert exactly(parse(line)) == exactly(value)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b'{"a":1,"a":1}', "$.a"),
        (b'{"a" :1,"b":[{},{"c.d":":","c.d":":"}]}', '$.b[1]["c.d"]'),
        (b'{"a":1,"a":"\\u003a"}', "$.a"),
        (b'{"a":1,"a":"\\u003A:"}', "$.a"),
        (b'{"\\u0061":1,"a":2}', "$.a"),
        (b'{"x":{"a":1,"a":12345678901234567890123}}', "$.x.a"),
    ],
)
def test_a_name_given_twice_is_found_with_its_path(line: bytes, path: str) -> None:
    error = refused(line)
    assert (error.code, error.path) == ("duplicate-name", path)


@pytest.mark.parametrize(
    ("line", "code", "path"),
    [
        (b"\xef\xbb\xbf{}", "encoding", "$"),
        (b'{"a":"\xff"}', "encoding", "$"),
        (b"\xff\xfe{\0}\0", "encoding", "$"),
        (b'["\xed\xa0\x80"]', "encoding", "$"),
        (b'{"a":["\\ud800"]}', "encoding", "$.a[0]"),
        (b'{"\\udc00\\ud800":1}', "encoding", "$"),
        (b'{"a":NaN}', "json", "$.a"),
        (b"[-Infinity]", "json", "$[0]"),
        (b'{"a":1e400}', "range", "$.a"),
        (b"[0," + b"9" * 4301 + b"]", "range", "$[1]"),
        (b"", "json", "$"),
        (b" \t", "json", "$"),
        (b'{"a":1', "json", "$"),
        (b'{"a":1,}', "json", "$"),
        (b"{} {}", "json", "$"),
        (b'["a\tb"]', "json", "$"),
        (b"01", "json", "$"),
        (b"+1", "json", "$"),
        (b"\x0c1", "json", "$"),
        (b"\xc2\xa01", "json", "$"),
    ],
)
def test_a_line_that_cannot_be_kept_as_it_is_has_a_code_and_a_path(line: bytes, code: str, path: str) -> None:
    error = refused(line)
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_nesting_is_allowed_up_to_the_limit_and_refused_beyond_it(opening: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + ("]" if opening == "[" else "}") * depth).encode()

    for limit in (1, 5, 128, 250):
        assert parse(nested(limit), max_depth=limit) is not None
        assert refused(nested(limit + 1), max_depth=limit).code == "too-deep"
    assert refused(nested(100_000)).code == "too-deep"
    assert parse(b"[" + b"[]," * 300 + b"[]]", max_depth=2) == [[]] * 301


def test_what_a_terminal_would_act_on_is_shown_as_an_escape() -> None:
    for line in (b'{"a":1} \x1b[2J', '["x"] \u202e'.encode(), b'{"\\u001b":1,"\\u001b":2}', b"\x7f\x9b"):
        assert refused(line).message.isprintable()


@pytest.mark.parametrize(
    "line",
    [
        b"1" * 1_000_000,
        b"1." + b"3" * 1_000_000,
        b"[" + b"12345678901234567890," * 50_000 + b"1]",
        b'{"a":1,' * 200_000,
        b"{" + b'"a":1,' * 200_000 + b'"b":1}',
        b'"' + b"\\u003a" * 200_000 + b'"',
        b"[" * 1_000_000,
    ],
)
def test_a_hostile_line_takes_no_longer_than_a_second_or_two(line: bytes) -> None:
    start = time.process_time()
    with suppress(LineError):
        parse(line)
    assert time.process_time() - start < 3


def text_of(value: Any, choose: st.DataObject) -> str:
    """Write a value as one of the texts that mean it: other escapes, other white space."""
    space = choose.draw(st.sampled_from(["", "", " ", "\t", " \r\n "]))
    if isinstance(value, list):
        return "[" + ",".join(space + text_of(item, choose) + space for item in value) + "]"
    if isinstance(value, tuple):
        members = (text_of(name, choose) + space + ":" + space + text_of(child, choose) for name, child in value)
        return "{" + ",".join(members) + space + "}"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        escaped = choose.draw(st.booleans())
        return '"' + "".join(written(c, escaped) for c in value) + '"'
    return json.dumps(value)


def written(character: str, escaped: bool) -> str:
    return f"\\u{ord(character):04x}" if escaped and ord(character) < 0x10000 else json.dumps(character)[1:-1]


class Number(str):
    """A number as it is written."""


NUMBERS = st.one_of(
    st.integers().map(lambda number: Number(str(number))),
    st.integers(2**62, 2**70).map(lambda number: Number(str(-number))),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Number(repr(number))),
    st.sampled_from([Number("1e400"), Number("-0"), Number("-0.0"), Number("1E+3"), Number("9" * 4302), Number("NaN")]),
)
NAMES = st.sampled_from(["a", "b", ":", '"', '":', "a:", "\\", "é", "", "\ud800", "1234567890123456789012"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, NAMES, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(st.tuples(NAMES, inner), max_size=4).map(lambda each: tuple(each))
    ),
    max_leaves=12,
)


def outcome(line: bytes) -> tuple[Any, str | None]:
    try:
        return exactly(parse(line, 4)), None
    except LineError as error:
        return None, error.code


def agree(line: bytes) -> None:
    reading = read(line, 4)
    value, code = outcome(line)
    assert code in reading.wrong if reading.wrong else code is None
    assert code or value == exactly(reading.value)


@bounded
@given(VALUES, st.data())
def test_every_way_of_writing_a_value_is_read_as_the_standard_says(value: Any, choose: st.DataObject) -> None:
    agree(text_of(value, choose).encode("utf-8", "surrogatepass"))


@bounded
@given(VALUES, st.data())
def test_a_line_damaged_anywhere_is_judged_as_the_standard_says(value: Any, choose: st.DataObject) -> None:
    line = bytearray(text_of(value, choose).encode("utf-8", "surrogatepass"))
    for _ in range(choose.draw(st.integers(1, 3))):
        at = choose.draw(st.integers(0, len(line)))
        line[at : at + choose.draw(st.integers(0, 2))] = choose.draw(
            st.sampled_from([b"", b'"', b"{", b",", b"\\", b"0", b"\xff", b" ", b":"])
        )
    agree(bytes(line))
