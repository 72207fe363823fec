"""The content digest says what a table holds, and nothing of how it is laid out."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from columns.round_trip import plan_of, through_parquet
from dataset_packager.columns import digest
from dataset_packager.columns.digest import ContentDigest, content_digest, terminated
from dataset_packager.release.contents import digest_of

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("lists", pa.list_(pa.struct([("n", pa.int64()), ("words", pa.list_(pa.string()))]))),
        ("double", pa.float64()),
        ("flag", pa.bool_()),
        ("wide", pa.decimal128(20, 0)),
        ("nothing", pa.null()),
        ("nested", pa.struct([("deep", pa.struct([("x", pa.float64())]))])),
    ]
)
WORDS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": WORDS,
            "lists": st.none()
            | st.lists(
                st.none()
                | st.fixed_dictionaries(
                    {"n": st.none() | st.integers(-3, 3), "words": st.none() | st.lists(WORDS, max_size=2)}
                ),
                max_size=3,
            ),
            "double": st.none() | st.sampled_from([0.0, -0.0, 1.5, float("nan")]),
            "flag": st.none() | st.booleans(),
            "wide": st.none() | st.integers(-(10**19), 10**19),
            "nothing": st.none(),
            "nested": st.none()
            | st.just({"deep": None})
            | st.just({"deep": {"x": 1.0}})
            | st.just({"deep": {"x": None}}),
        }
    ),
    max_size=12,
)
BOUNDED = settings(max_examples=80, derandomize=True, deadline=None)


def table_of(rows: list[Any]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@BOUNDED
@given(ROWS, st.integers(1, 5), st.integers(0, 12))
def test_batches_row_groups_and_compression_leave_the_digest_as_it_is(rows: list[Any], size: int, offset: int) -> None:
    table = table_of(rows)
    whole = content_digest(table)
    for compression, dictionary in (("zstd", True), ("none", False)):
        read = through_parquet(table, row_group_size=size, compression=compression, use_dictionary=dictionary)
        assert content_digest(read) == whole
    digest = ContentDigest(SCHEMA)
    for batch in table.to_batches(max_chunksize=size):
        digest.update(batch)
    assert digest.hexdigest() == whole
    tail = table_of(rows[offset:])
    assert content_digest(table.slice(offset)) == content_digest(tail)


@BOUNDED
@given(ROWS, ROWS)
def test_tables_with_other_values_have_other_digests(first: list[Any], second: list[Any]) -> None:
    same = repr(first) == repr(second)  # repr tells -0.0 from 0.0, and NaN equals NaN
    assert (content_digest(table_of(first)) == content_digest(table_of(second))) is same


def test_rows_of_one_column_cannot_be_cut_in_another_way() -> None:
    tables = [
        pa.table({"a": [["x", "y"], ["z"]]}),
        pa.table({"a": [["x"], ["y", "z"]]}),
        pa.table({"a": [["xy"], ["z"]]}),
        pa.table({"a": [["x", "y"], ["z"], []]}),
        pa.table({"a": [["x", "y"], ["z"], None]}),
        pa.table({"b": [["x", "y"], ["z"]]}),
    ]
    assert len({content_digest(table) for table in tables}) == len(tables)


def test_an_empty_list_a_null_list_and_a_list_of_null_differ() -> None:
    column = pa.list_(pa.struct([("x", pa.int64())]))
    rows: list[Any] = [[], None, [None], [{"x": None}], [{"x": 0}]]
    assert len({content_digest(pa.table({"a": pa.array([row], column)})) for row in rows}) == len(rows)


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_strings_count_by_their_text_however_arrow_holds_them(kind: pa.DataType) -> None:
    values = ["a", None, "b", "a", ""]
    plain = pa.table({"a": pa.array(values, pa.string())})
    other = pa.table({"a": pa.array(values, pa.string()).cast(kind)})
    assert content_digest(other) == content_digest(plain)


def test_large_lists_count_as_lists() -> None:
    values = [["a"], None, []]
    plain = pa.table({"a": pa.array(values, pa.list_(pa.string()))})
    assert content_digest(pa.table({"a": pa.array(values, pa.large_list(pa.string()))})) == content_digest(plain)


def test_what_lies_under_a_null_does_not_count() -> None:
    mask = np.array([False, True])
    inner = pa.array([1, 2]), pa.array([1, 3])
    structs = [pa.StructArray.from_arrays([each], names=["x"], mask=pa.array(mask)) for each in inner]
    lists = [pa.ListArray.from_arrays(pa.array([0, 1, 2]), each, mask=pa.array(mask)) for each in inner]
    for first, second in (structs, lists):
        assert content_digest(pa.table({"a": first})) == content_digest(pa.table({"a": second}))


def test_every_nan_is_the_same_and_minus_zero_is_not_zero() -> None:
    payload = struct.unpack("<d", bytes.fromhex("010000000000f8ff"))[0]
    nans = [pa.table({"a": pa.array([value], pa.float64())}) for value in (float("nan"), payload)]
    zeros = [pa.table({"a": pa.array([value], pa.float64())}) for value in (0.0, -0.0)]
    assert content_digest(nans[0]) == content_digest(nans[1])
    assert content_digest(zeros[0]) != content_digest(zeros[1])


def test_the_row_provenance_is_left_out_but_no_member_of_that_name() -> None:
    places = pa.array([{"file": "x", "line": 1}], pa.struct([("file", pa.string()), ("line", pa.int64())]))
    with_places, alone = pa.table({"a": [1], "provenance": places}), pa.table({"a": [1]})
    assert content_digest(with_places) == content_digest(alone)
    assert content_digest(with_places, row_provenance=False) != content_digest(alone)
    assert content_digest(pa.table({"a": [1], "provenance": ["x"]})) != content_digest(alone)


def test_dates_times_and_small_numbers_are_digested_by_their_values() -> None:
    for kind in (pa.date32(), pa.timestamp("us", "UTC"), pa.int8(), pa.uint64(), pa.float32(), pa.duration("s")):
        tables = [pa.table({"a": pa.array([value, None], pa.int32()).cast(pa.int64()).cast(_storage(kind)).cast(kind)})
                  for value in (1, 2)]  # fmt: skip
        assert content_digest(tables[0]) == content_digest(through_parquet(tables[0])), kind
        assert content_digest(tables[0]) != content_digest(tables[1]), kind


def _storage(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if kind == pa.date32() else pa.int64()


def test_bytes_that_are_no_text_are_digested_with_their_lengths() -> None:
    tables = [
        pa.table({"a": pa.array(values, pa.binary())}) for values in ([b"\xff", b""], [b"", b"\xff"], [b"\xff\xff"])
    ]
    assert len({content_digest(table) for table in tables}) == len(tables)


def test_a_digest_written_by_hand_from_the_documentation_is_the_same() -> None:
    table = pa.table(
        {
            "a": pa.array([5, None, -1], pa.int64()),
            "b": pa.array([[{"c": "x"}, {"c": None}], [], None], pa.list_(pa.struct([("c", pa.string())]))),
        }
    )

    def digest(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    a = [["a"], "int64", digest(bytes([0, 1, 0, 0, 0, 1])), digest(struct.pack("<qq", 5, -1))]
    # rows: one list of two (repetition 0, then 1; definition 4 for "x", 3 for the null in an item), empty list, null
    b = [["b", 0, "c"], "string", digest(bytes([0, 4, 1, 3, 0, 1, 0, 0])), digest(b"x\xff")]
    text = json.dumps({"leaves": [a, b], "rows": 3, "version": 1}, separators=(",", ":"))
    assert content_digest(table) == digest(text.encode())
    documentation = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    assert digest(text.encode()) in documentation


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_documented_example_of_column_types_has_the_documented_sha256(tmp_path: Path) -> None:
    instants = {"type": "array", "items": {"type": "string", "x-column": "timestamp"}}
    label = {"enum": ["no", "yes"], "type": "string", "x-column": "class-label"}
    document = {"type": "object", "properties": {"label": label, "at": instants}, "additionalProperties": False}
    records = [{"label": "yes", "at": ["1970-01-01T00:00:00.001Z"]}, {"at": []}]
    table, _ = plan_of(tmp_path, document).encode(records, None)
    leaves = [
        [["label"], "int64", sha256(bytes([0, 1, 0, 0])), sha256((1).to_bytes(8, "little"))],
        [["at", 0], "timestamp[ms, tz=UTC]", sha256(bytes([0, 3, 0, 1])), sha256((1).to_bytes(8, "little"))],
    ]
    types = [
        [["label"], "class-label", {"names": ["no", "yes"]}],
        [["at", 0], "timestamp", {"digits": 3, "unit": "ms"}],
    ]
    text = json.dumps({"leaves": leaves, "rows": 2, "types": types, "version": 1}, separators=(",", ":"))
    assert content_digest(table) == sha256(text.encode())
    documentation = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    assert json.dumps(types, separators=(",", ":")) in documentation
    assert sha256(text.encode()) in documentation


MICROSECONDS, NUMBERS = {"type": "timestamp", "unit": "us"}, {"type": "array", "items": {"type": "number"}}
ONE_PLACE = {"type": "decimal", "precision": 9, "scale": 1}


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        ({"type": "string"}, {"type": "timestamp"}, {**MICROSECONDS, "digits": 3}),
        ({"type": "string"}, {**MICROSECONDS, "digits": 3}, MICROSECONDS),
        ({"type": "string"}, ONE_PLACE, {**ONE_PLACE, "scale": 2}),
        (NUMBERS, {"type": "vector", "length": 2}, {"type": "vector", "length": 3}),
        ({"type": "number"}, "float32", "float64"),
        ({}, "json", {"type": "json", "otherwise": "keep"}),
    ],
)
def test_the_digest_covers_units_scales_and_lengths_even_of_no_rows(
    rule: dict[str, Any], one: Any, other: Any, tmp_path: Path
) -> None:
    found = []
    for name, choice in (("one", one), ("other", other)):
        document = {"type": "object", "properties": {"a": {**rule, "x-column": choice}}, "required": ["a"]}
        found.append(content_digest(plan_of(tmp_path / name, document).encode([], None)[0]))
    assert (found[0] == found[1]) == (one == "json")


def test_the_digest_covers_the_names_of_classes_and_their_order(tmp_path: Path) -> None:
    found = set()
    for number, names in enumerate((["a", "b"], ["b", "a"], ["a", "c"], ["a", "b", "c"])):
        rule = {"type": "string", "enum": names, "x-column": "class-label"}
        document = {"type": "object", "properties": {"a": rule}}
        found.add(content_digest(plan_of(tmp_path / str(number), document).encode([], None)[0]))
    assert len(found) == 4


def test_the_digest_of_a_table_is_over_the_digests_of_its_shards_in_order() -> None:
    shards = [hashlib.sha256(bytes([number])).hexdigest() for number in range(2)]
    joined = bytes.fromhex(shards[0]) + bytes.fromhex(shards[1])
    assert digest_of(shards) == hashlib.sha256(joined).hexdigest()
    assert digest_of(shards[::-1]) != digest_of(shards)


def test_texts_end_in_a_byte_of_their_own_however_long_and_with_or_without_a_kernel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = [0, 1, 15, 16, 17, 40, 2**16 - 2, 2**16 - 1, 2**16, 2**17, 3, 0, *([9] * 20_000), 5]
    texts = [chr(97 + number % 26) * size for number, size in enumerate(sizes)]
    arrays = [
        pa.array(texts),
        pa.array(["x" * 70_000, *texts, "y"]).slice(1, len(texts)),
        pa.array(texts, pa.large_string()),
    ]
    wanted = b"".join(text.encode() + b"\xff" for text in texts)
    assert [b"".join(map(bytes, terminated(array))) == wanted for array in arrays] == [True] * 3
    assert [b"".join(map(bytes, terminated(pa.array(few, pa.string())))) for few in ([], [""])] == [b"", b"\xff"]
    monkeypatch.setattr(digest, "function", lambda _: None)
    assert [b"".join(map(bytes, terminated(array))) == wanted for array in arrays] == [True] * 3
    assert [b"".join(map(bytes, terminated(pa.array(few, pa.string())))) for few in ([], [""])] == [b"", b"\xff"]


def test_content_without_any_batch_is_no_content() -> None:
    with pytest.raises(ValueError, match="no batch"):
        content_digest([])
