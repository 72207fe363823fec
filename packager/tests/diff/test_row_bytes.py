"""Rows told apart by whole columns are told apart as their records are, whatever they hold; keys are canonical."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dataset_packager.base.canonical_json import canonical
from dataset_packager.diff import buckets
from dataset_packager.diff.buckets import Buckets, RowSet
from dataset_packager.diff.row_bytes import dealt_by_text, has_bytes, has_key_text, key_texts, row_digests

DRAWN = random.Random(23)  # noqa: S311 - for tests
TEXTS = [
    "",
    "a",
    "ab",
    "b",
    "0",
    "1",
    "null",
    "true",
    '"',
    "\\",
    '\\"',
    "\n",
    "\x00",
    "\x1f",
    "\x7f",
    "é",
    "\U0001f600",
    ",",
]
NUMBERS = [0, 1, -1, 10, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, -0.0, 1.0, 0.1, 1e300, 5e-324, 1e21, 2.0**53]


def kind(depth: int) -> Any:
    """Draw a type."""
    plain = [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.null()]
    choice = DRAWN.randrange(8 if depth else 5)
    if choice < 5:
        return plain[choice]
    if choice < 7:
        return pa.list_(kind(depth - 1))
    return pa.struct([(name, kind(depth - 1)) for name in "xy"[: DRAWN.randrange(3)]])


def value(of: Any) -> Any:
    """Draw a value, of few, so that some are the same."""
    if DRAWN.random() < 0.2 or pa.types.is_null(of):
        return None
    if pa.types.is_list(of):
        return [value(of.value_type) for _ in range(DRAWN.randrange(3))]
    if pa.types.is_struct(of):
        return {member.name: value(member.type) for member in of}
    if pa.types.is_string(of):
        return DRAWN.choice(TEXTS)
    if pa.types.is_boolean(of):
        return DRAWN.random() < 0.5
    return DRAWN.choice(NUMBERS if pa.types.is_integer(of) else DOUBLES)


@pytest.mark.parametrize("seed", range(40))
def test_rows_have_the_same_digest_exactly_if_their_values_are_the_same(seed: int) -> None:
    DRAWN.seed(seed)
    kinds = [kind(3) for _ in range(1 + seed % 3)]
    rows = [[value(each) for each in kinds] for _ in range(40)]
    columns = [pa.array([row[number] for row in rows], each) for number, each in enumerate(kinds)]
    assert all(has_bytes(pa.field("c", each)) for each in kinds)
    told = row_digests(columns, len(rows)).to_pylist()
    cut = [each for begin in (0, 13) for each in parts(columns, begin, 13 if begin == 0 else 27)]
    assert told == cut  # slices of arrays, too
    for one, other in combinations(range(len(rows)), 2):
        assert (told[one] == told[other]) == (repr(rows[one]) == repr(rows[other])), (rows[one], rows[other])


def parts(columns: list[Any], begin: int, count: int) -> list[bytes]:
    found: list[bytes] = row_digests([column.slice(begin, count) for column in columns], count).to_pylist()
    return found


def test_keys_are_the_canonical_text_of_an_array() -> None:
    inner = pa.struct([("t", pa.string()), ("b", pa.bool_())])
    rows = [
        {"s": DRAWN.choice([*TEXTS, None]), "i": DRAWN.choice([*NUMBERS, None]), "o": value(inner)} for _ in range(300)
    ]
    batch = pa.RecordBatch.from_pylist(rows, pa.schema([("s", pa.string()), ("i", pa.int64()), ("o", inner)]))
    key = [("s",), ("i",), ("o", "t"), ("o", "b")]
    assert all(has_key_text(batch.schema, path) for path in key)
    assert not has_key_text(batch.schema, ("o",))
    for some in (batch, batch.slice(7, 100)):
        expected = [
            canonical([row["s"], row["i"], (row["o"] or {}).get("t"), (row["o"] or {}).get("b")])
            for row in some.to_pylist()
        ]
        assert key_texts(some, key).to_pylist() == expected


def test_dealt_rows_come_back_in_order_equal_ones_together(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "WAITING_ROWS", 50)
    schema = pa.schema([("key", pa.string()), ("n", pa.int64())])
    dealt = Buckets(tmp_path, "rows", schema, 7)
    keys = [f"k{number % 90}" for number in range(400)]
    for begin in range(0, 400, 30):
        some = pa.array(keys[begin : begin + 30])
        table = pa.table([some, pa.array(range(begin, begin + len(some)), pa.int64())], schema=schema)
        dealt.deal(table, dealt_by_text(some, 7))
    dealt.close()
    tables = list(dealt.tables())
    assert sum(map(len, tables)) == 400
    assert all(table.column("n").to_pylist() == sorted(table.column("n").to_pylist()) for table in tables)
    together = [set(table.column("key").to_pylist()) for table in tables]
    assert sum(map(len, together)) == 90
    assert not list(tmp_path.iterdir())


def test_a_set_of_rows_says_of_each_row_whether_it_is_one() -> None:
    wanted = sorted(DRAWN.sample(range(1000), 300))
    some = RowSet(1000)
    some.add(np.array(wanted[:200]))
    some.add(np.array(wanted[150:]))
    assert [*some.among(0, 333), *some.among(333, 667)] == [number in set(wanted) for number in range(1000)]
