"""The quick way accepts, refuses and keeps the same as the exact way: random schemas, and lines bent at their edges.

Some cases run each time. ``QUICK_CASES=20000 pytest tests/quick`` runs as many of each kind as it says.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.decode import decode
from dataset_packager.columns.fast import filling as fill
from dataset_packager.project.config import Limits, Splits

from .drawn import lines, schema
from .two_ways import Both, job_of

CASES = int(os.environ.get("QUICK_CASES", "0"))
SPLITS = (None, None, Splits((("train", 0.5), ("test", 0.5)), (("a",), ("b",)), "seed"))
RANDOMS = st.randoms(use_true_random=True)


def bounded(cases: int) -> settings:
    """Run some cases, always the same ones; or as many others as QUICK_CASES says."""
    return settings(
        max_examples=CASES or cases,
        derandomize=not CASES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def drawn_job(random: Random, folder: Path) -> tuple[dict[str, Any], Both]:
    """Return a random schema and the judges of its table."""
    document = schema(random)
    limits = Limits(random.choice([300, 10**6]), random.choice([6, 128, 250]), 100)
    formats, provenance = random.random() < 0.5, random.random() < 0.5
    job = job_of(
        folder, document, limits=limits, formats=formats, provenance=provenance, splits=random.choice(SPLITS),
        two_files=random.random() < 0.2,
    )  # fmt: skip
    with mock.patch.multiple(fill, _FIRST_CELLS=random.choice([1, 7, 1024]), _FIRST_TEXT=random.choice([8, 16384])):
        return document, Both.of(job)


def judge(random: Random, both: Both, document: dict[str, Any]) -> Counter[str]:
    """Judge some blocks of one file, and count lines and what became of them."""
    counted: Counter[str] = Counter()
    for block in range(random.choice([1, 1, 2, 3])):
        drawn = lines(random, document, random.choice([1, 4, 15, 40]), bent=random.choice([0, 0.01, 0.03, 0.1]))
        judged = both.judge(drawn, 1 + 1000 * block)
        counted.update(lines=len(judged.lines), accepted=int(judged.accepted.sum()))
    return counted


@bounded(100)
@given(RANDOMS)
def test_whatever_schema_and_lines_both_ways_give_the_same(random: Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            document, both = drawn_job(random, Path(folder))
        except SetupError:
            assume(condition=False)
        judge(random, both, document)


def test_most_drawn_tables_are_judged_by_columns_and_many_of_their_lines_are_refused() -> None:
    seen: Counter[str] = Counter()
    for seed in range(60):
        random = Random(seed)  # noqa: S311 - no secret
        with tempfile.TemporaryDirectory() as folder:
            try:
                document, both = drawn_job(random, Path(folder))
            except SetupError:
                continue
            seen.update(judge(random, both, document), tables=1)
            seen["quick"] += both.reader is not None
            seen["by columns"] += both.reader is not None and both.reader.by_columns
    assert seen["quick"] > 0.7 * seen["tables"], seen
    assert seen["by columns"] > 0.95 * seen["quick"], seen
    assert 0.3 * seen["lines"] < seen["accepted"] < 0.9 * seen["lines"], seen


def table(*required: str, **members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(required), "additionalProperties": False}


TEXT, WHOLE, DOUBLE, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
MANY = table(
    "id", id=TEXT, n=WHOLE, x=DOUBLE, b=FLAG, j={}, l={"type": "array", "items": WHOLE}, s=table("y",
    y={"type": ["string", "null"]}),
    m={"type": "object", "additionalProperties": WHOLE},
)  # fmt: skip
TIED = {**MANY, "dependentRequired": {"n": ["id"]}}
EITHER = {"type": ["integer", "string"], "maximum": 2**64}
NOT_WHOLE = table("id", id=TEXT, x={**DOUBLE, "anyOf": [{"not": WHOLE}, {"multipleOf": 0.25, "minimum": 1.5}]})
LISTED = table("id", id=TEXT, l={"type": "array", "items": DOUBLE, "enum": [[n / 2, 1] for n in range(-2, 60)]})
DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def member(name: str, *texts: str) -> list[bytes]:
    return [f'{{"id":"","{name}":{text}}}'.encode("utf-8", "surrogatepass") for text in texts]


NUMBERS = [
    "0", "-0", "0.0", "-0.0", "1.0", "1e2", "-1E-2", "00", "01", "-01", "1.", ".5", "+1", "-", "1e", "1e+", "1e400",
    "-1e400",
    "1e-400", "-1e-400", "2e-324", "5e-324", "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740991",
    "9007199254740992", "9007199254740993", "9007199254740993.0", "-9007199254740993", "9223372036854775807", "1e19",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
    "18446744073709551616",
    "18446744073709551617", "123456789012345", "1234567890123456", "-12345678901234567", "999999999999999999",
    "1000000000000000000", "NaN", "Infinity", "-Infinity", "0x1", "1_0", "1e5.5", "--1", "9" * 4300, "9" * 4301,
    "0." + "1" * 5000, "1e" + "9" * 30, "1e-" + "9" * 30, "null", "true", '"1"', "[]", "{}", "nul", "nullx", "1 2", "",
]  # fmt: skip
STRINGS = [
    '""', '"a"', '"é"', '"😀"', r'"\u0000"', r'"\u0041"', r'"\ud83d\ude00"', r'"\uD83D\uDE00"', r'"\ud83d"',
    r'"\ude00"', '"\x7f"',
    r'"\ude00\ud83d"', r'"\ud83d\u0041"', r'"\ud83d\\ude00"', r'"\ud83dxude00"', r'"\/\"\\\b\f\n\r\t"', r'"\a"',
    r'"\u12"',
    r'"\u12g4"', '"\t"', '"\x00"', '"\x1f"', '"a', 'a"', '"\\', '"\\"', "'a'", '"' + "x" * 100 + '"', '"1234567',
    '"12345678"',
    '"1234567\\n"', '"12345678\\u00e9"', '"aé\\ud83d\\ude00é"', '"\ud800"', '"\udfff"', '"\ufeff"', '"\u2028"',
    "null", "1", '"a" "b"',
]  # fmt: skip
BYTES = [
    b"\xff", b"\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xe0\x80\xaf", b"\xe0\x9f\xbf", b"\xe0\xa0\x80", b"\xed\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xee\x80\x80", b"\xef\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x90\x80\x80",
    b"\xf4\x8f\xbf\xbf", b"\xc3",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3\xa9", b"\xe2\x82\xac", b"\xfe\xff",
    b"\xe2\x28\xa1",
]  # fmt: skip
WITH_BYTES = [b'{"id":"%sxxxxxxxxxx"}', b'{"id":"xxxxxxxx%s"}', b'{"id":"","j":["%s"]}']
OBJECTS = [
    '{"id":"","n":1,"n":1}', '{"n":1,"id":"","n":2}', r'{"id":"","n":1,"\u006e":2}', r'{"\u0069d":""}',
    '{"id":"","z":1}', "{}",
    '{"n":1}', '{"id":null}', '{"id":"","n":null}', '{"id":"","s":null}', '{"id":"","s":{}}',
    '{"id":"","s":{"y":null}}',
    '{"id":"","s":{"y":"","y":""}}', '{"id":"","m":{"a":1,"a":2}}', r'{"id":"","m":{"a":1,"\u0061":2}}',
    '{"id":"","m":{"":1,"b":2}}',
    '{"id":"","m":{"a":null}}', '{"id":"","m":{"ab":1,"a":2,"b":3,"ba":4}}', '{"id":"","l":[]}', '{"id":"","l":[1,]}',
    '{"id":"",}',
    '{"id":"","l":[,1]}', '{"id":"","l":[1 2]}', '{"id":"","l":[null]}', '{"id":"","l":[1.0]}', '{"id":"","l":[1}',
    '{"id":"","l":[1]]}',
    '{"id":"","j":{"a":1,"a":2}}', '{"id":"","j":[1,{"b":[]}]}', '{"id":"","j":' + "[" * 127 + "]" * 127 + "}",
    '{"id":"","j":' + "[" * 128 + "]" * 128 + "}", '{"id":"","j":1}x', '{"id":""}{"id":""}', '{"id":""} {"id":""}',
    '{"id":"" "n":1}',
    '{"id":""}', ' {"id":""}', '\t{ "id" : "" } \r', '\r{"id":""}\r', '\x0c{"id":""}', '\ufeff{"id":""}',
    '{"id":""}\ufeff', "[]", "null",
    '[{"id":""}]', '"a"', "{", "}", '{"id"', '{"id":', '{"id":"', '{"id":""', '{id:""}', '{"id":"","b":tru}',
    '{"id":"","b":truex}', "",
    '{"id":"","b":falsE}', '{"id":"","b":0}', '{"id":"","j":truefalse}', '{"id":"","j":"a"1}', '{"id":"","j":}',
    '{"id":"","j":,}', " \t\r",
    '{"id":"","j":[}]}', '{"id":"","m":{"a":{}}}', '{"id":"","m":{a:1}}', '{"id":"","m":{"a"}}',
    '{"id":"","m":{"a":1,}}', "{}{}",
    '{"id":"","m":{' + ",".join(f'"{n}":{n}' for n in range(65)) + "}}",
    '{"id":"","m":{' + ",".join(f'"{n}":{n}' for n in range(64)) + "}}",
    '{"id":"","j":"\x01"}', '{"id":"","j":"\ud800"}', r'{"id":"","j":"\ud800"}', '{"id":"\\"}', '{"id":"a\\',
    '{"id":"","j":"\\', "\x00",
]  # fmt: skip
EDGES = {
    "integers": (MANY, member("n", *NUMBERS)),
    "doubles": (MANY, member("x", *NUMBERS)),
    "doubles within bounds": (table(x={**DOUBLE, "maximum": 100, "exclusiveMinimum": -1}), [line.replace(b'"id":"",',
    b"") for line in member("x", *NUMBERS)]),
    "doubles in lists, one of them too large": (table(l={"type": "array", "items": DOUBLE}), [b'{"l":[1.5,1e400]}',
    b'{"l":[]}', b'{"l":[1]}', b'{"l":[-1e999,2]}']),
    "JSON text": (MANY, member("j", *NUMBERS, *STRINGS)),
    "strings": (MANY, member("id2", *STRINGS) + [line.replace(b'"id":"","x"', b'"id"') for line in member("x",
    *STRINGS)]),
    "names": (MANY, [line.replace(b'"x":', b"").replace(b"}", b":1}") for line in member("x", *STRINGS)]),
    "keys of a map": (MANY, [f'{{"id":"","m":{{{text}:1}}}}'.encode("utf-8", "surrogatepass") for text in STRINGS]),
    "bytes": (MANY, [line % each for each in BYTES for line in WITH_BYTES]),
    "objects": (MANY, [text.encode("utf-8", "surrogatepass") for text in OBJECTS]),
    "objects in a table whose members are tied": (TIED, [text.encode("utf-8", "surrogatepass") for text in OBJECTS]),
    "numbers in a table whose members are tied": (TIED, [*member("j", *NUMBERS), *member("x", *NUMBERS), *member("n",
    *NUMBERS)]),
    "integers beyond 64 bits that a bound tells apart": ({**table(id=TEXT, v=EITHER)}, member("v", *NUMBERS)),
    "doubles in arrays of which many are listed": (LISTED, member("l", *(f"[{text},1.0]" for text in NUMBERS))),
    "doubles that may be no small integers": (NOT_WHOLE, member("x", *NUMBERS)),
    "the same in draft 4, where 1.0 is none": ({**NOT_WHOLE, "$schema": DRAFT_4}, member("x", *NUMBERS)),
    "the same in a table whose members are tied": ({**table(id=TEXT, v=EITHER), "minProperties": 1}, member("v",
    *NUMBERS)),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_the_edges_of_json_are_the_same_in_both_ways_alone_and_together(name: str, tmp_path: Path) -> None:
    document, edges = EDGES[name]
    both = Both.of(job_of(tmp_path, document))
    assert both.reader
    for line in edges:
        both.judge([line])
    both.judge(edges)
    both.judge([b'{"id":"good"}', *edges, b'{"id":"good"}'] * 3)


KELVIN = [
    "a",
    "a\n",
    "١",
    "1",
    "é",
    "e\u0301",
    "ſ",
    "K",
    "k",
    "_",
    " ",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "aa",
    "😀",
    "",
    "A",
    "b",
    "-",
    "\x85",
]
PATTERNS = [
    r"^\d$", r"^\w$", r"^\s$", r"^\D$", r"^\W$", r"^\S$", "^a$", "a$", "^.$", r"^\p{L}$", r"^\p{Lu}", r"\ba\b",
    "(?=a)", "^(?!a)",
    r"(.)\1", "^[^a]$", r"^[\w-]$", "(?i:a)", r"^\u0061$", "^$", "(?<=a)$", r"^\cJ$", r"^[\d\s]$", r"[\b]", "a|^$",
    "^😀$", r"^\u{1F600}$",
]  # fmt: skip


@pytest.mark.parametrize("draft", [DRAFT_4, "https://json-schema.org/draft/2020-12/schema"])
def test_patterns_mean_the_same_whether_columns_or_records_are_judged(draft: str, tmp_path: Path) -> None:
    lines = [json.dumps({name: text}).encode() for text in KELVIN for name in ("a", "b")]
    for number, pattern in enumerate(PATTERNS):
        ruled = {**table(a={**TEXT, "pattern": pattern}, b=TEXT), "$schema": draft}
        try:
            job = job_of(tmp_path / str(number), ruled)
            both = Both.of(job)
        except SetupError:
            continue
        assert both.reader
        assert both.reader.by_columns
        both.judge(lines)


def test_a_long_line_of_blanks_is_too_large_in_both_ways(tmp_path: Path) -> None:
    both = Both.of(job_of(tmp_path, MANY, limits=Limits(40, 128, 100)))
    lines = [b" " * size + end for size in (39, 40, 41) for end in (b"", b"\r", b'{"id":""}', b"x")]
    assert {finding.code for _, _, findings in both.judge(lines).refused for finding in findings} == {
        "too-large",
        "json",
    }


def test_a_line_of_fifty_megabytes_is_taken_or_refused_with_a_finding(tmp_path: Path) -> None:
    long = b'{"id":"%s"}' % (b"x" * 50 * 10**6)
    both = Both.of(job_of(tmp_path, MANY, limits=Limits(64 * 10**6, 128, 100)))
    assert both.judge([b'{"id":"a"}', long, b'{"id":"b"}']).accepted.tolist() == [True, True, True]
    short = Both.of(job_of(tmp_path, MANY, limits=Limits(10**6, 128, 100)))
    (refused,) = short.judge([b'{"id":"a"}', long, b'{"id":"b"}']).refused
    assert [finding.code for finding in refused[2]] == ["too-large"]


def test_a_group_of_json_text_falls_into_the_same_split_in_both_ways(tmp_path: Path) -> None:
    splits = Splits((("train", 0.5), ("test", 0.5)), (("j",),), "seed")
    both = Both.of(job_of(tmp_path, MANY, splits=splits))
    lines = [line for n in range(40) for line in member("j", str(2**64 + n), f"[{2**70 + n}]", f"{n}.0", str(n))]
    assert set(both.judge(lines).splits or []) == {"train", "test"}


LATEST, DRAFT_7 = "https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"
SHORT = {**TEXT, "maxLength": 1}
SHAPE = table(a=TEXT, b=table(a=TEXT, b=WHOLE), c={"type": "array", "items": TEXT}, d=DOUBLE)
REFERENCES: dict[str, tuple[dict[str, Any], bool]] = {
    "an anchor": ({**table(a={"$ref": "#short"}, b={}), "$defs": {"x": {**SHORT, "$anchor": "short"}}}, True),
    "another property": ({**table(a=SHORT, d=DOUBLE, c={"type": "array", "items": {"$ref": "#/properties/a"}})}, True),
    "names to be escaped": ({**table(a={"$ref": "#/$defs/x~1y%20~0"}), "$defs": {"x/y ~": SHORT}}, True),
    "a part with an identifier": (
        {**table(a={"$ref": "part.json"}, b={"$ref": "part.json#/$defs/p"}), "$id": "https://example.org/main.json",
         "$defs": {"part": {**SHORT, "$id": "part.json", "$defs": {"p": table(a=TEXT, b={**WHOLE, "maximum": 1})}}}},
         True),
    "references to references": (
        {**table(a={"$ref": "#/$defs/x"}), "$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/z"},
        "z": SHORT}}, True),
    "itself": ({**table(a=SHORT, b={"$ref": "#"}, d=DOUBLE)}, True),
    "a dynamic anchor": (
        {**table(a=TEXT, b={"$dynamicRef": "#node"}), "$dynamicAnchor": "node"}, False),
    "rules beside a reference": ({**table(a={"$ref": "#/$defs/x", "minLength": 1}, d={"$ref": "#/$defs/n",
    "maximum": 2}),
        "$defs": {"x": SHORT, "n": {**DOUBLE, "minimum": 0}}}, True),
    "rules beside a reference that stands alone": ({**table(a={"$ref": "#/definitions/x", "minLength": 9}, d=DOUBLE),
        "definitions": {"x": SHORT}, "$schema": DRAFT_7}, True),
    "null by reference": ({**table(a={"anyOf": [{"$ref": "#/$defs/x"}, {"type": "null"}]}), "$defs": {"x": SHORT}},
    True),
    "null by a reference to null": (
        {**table(a={"anyOf": [{"$ref": "#/$defs/n"}, {"$ref": "#/$defs/x"}]}), "$defs": {"x": SHORT,
        "n": {"type": "null"}}}, True),
    "a list of one of two": ({**table(c={"type": "array", "items": {"oneOf": [SHORT, {"type": "null"}]}}, a=TEXT)},
    True),
    "null in an enumeration": ({**table(a={"enum": ["a", "b", None]}, b=table(a={"const": "a"}, b=WHOLE))}, True),
    "an enumeration without null": ({**table(a={"type": ["string", "null"], "enum": ["a", "b"]})}, True),
    "nothing allowed": ({**table(a=False, d=DOUBLE)}, True),
}  # fmt: skip


@pytest.mark.parametrize("name", REFERENCES)
def test_rules_are_followed_to_where_they_stand(name: str, tmp_path: Path) -> None:
    document, by_columns = REFERENCES[name]
    document = {"$schema": LATEST, **document}
    random = Random(1)  # noqa: S311 - no secret
    both = Both.of(job_of(tmp_path, document))
    assert both.reader
    assert both.reader.by_columns == by_columns
    shape = {**SHAPE, "properties": {member: SHAPE["properties"][member] for member in document["properties"]}}
    judged = both.judge(lines(random, shape, 300, bent=0.02))
    assert 3 < judged.accepted.sum() < 290


NULLABLE = {"type": ["string", "null"]}
MAY_LACK = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "a": NULLABLE,
        "b": {"type": ["object", "null"], "properties": {"c": NULLABLE}, "additionalProperties": False},
        "d": {"type": "array", "items": NULLABLE},
        "e": {"properties": {"f": {"type": "integer"}}},
    },
    "required": ["id"],
}


@pytest.mark.parametrize("more", [{}, {"minProperties": 1}, {"additionalProperties": False}])
def test_null_and_absent_are_told_apart_in_both_ways(more: dict[str, Any], tmp_path: Path) -> None:
    both = Both.of(job_of(tmp_path, {"$schema": LATEST, **MAY_LACK, **more}, provenance=False))
    assert both.reader
    members: list[list[dict[str, Any]]] = [
        [{}, {"a": None}, {"a": "x"}],
        [{}, {"b": None}, {"b": {}}, {"b": {"c": None}}, {"b": {"c": "y"}}],
        [{}, {"d": [None, "z"]}],
        [{}, {"e": None}, {"e": {"f": 1}}],
    ]
    records = [
        {"id": number} | {name: value for part in parts for name, value in part.items()}
        for number, parts in enumerate(product(*members))
    ]
    judged = both.judge([json.dumps(record).encode() for record in records])
    assert judged.accepted.all()
    assert list(decode(judged.table)) == records
