"""Rows of Parquet and Arrow come in as the JSON values that their types mean; what JSON can't carry is named."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from dataset_packager.project.config import Limits
from dataset_packager.records.pieces import Scan, scan
from records.formats.test_csv import ROWS, SCHEMA
from records.judged import taken, taken_alike

if TYPE_CHECKING:
    from pathlib import Path

ANY: dict[str, Any] = {"type": "object"}
OSLO = dt.timezone(dt.timedelta(hours=1))
MEANT: list[tuple[pa.DataType, list[Any], list[Any]]] = [
    (pa.int8(), [1, -2], [1, -2]),
    (pa.uint64(), [2**64 - 1], [2**64 - 1]),
    (pa.float32(), [0.1, -0.0], [0.10000000149011612, -0.0]),
    (pa.float64(), [1.0, 1e300], [1.0, 1e300]),
    (pa.bool_(), [True], [True]),
    (pa.string(), ['a"\\\n\u2028é', ""], ['a"\\\n\u2028é', ""]),
    (pa.large_string(), ["x"], ["x"]),
    (pa.dictionary(pa.int8(), pa.string()), ["x", "y", "x"], ["x", "y", "x"]),
    (pa.binary(), [b"\x00\xff"], ["AP8="]),
    (pa.binary(2), [b"\x00\xff"], ["AP8="]),
    (pa.date32(), [dt.date(2024, 2, 29)], ["2024-02-29"]),
    (pa.time64("us"), [dt.time(1, 2, 3), dt.time(1, 2, 3, 40)], ["01:02:03", "01:02:03.000040"]),
    (pa.timestamp("s"), [dt.datetime(1969, 12, 31, 23, 59, 59)], ["1969-12-31T23:59:59"]),  # noqa: DTZ001
    (pa.timestamp("ms", "Europe/Oslo"), [dt.datetime(2024, 1, 1, tzinfo=OSLO)], ["2023-12-31T23:00:00Z"]),
    (pa.timestamp("us", "UTC"), [dt.datetime(2024, 1, 1, 0, 0, 0, 500000, dt.UTC)], ["2024-01-01T00:00:00.500000Z"]),
    (pa.decimal128(5, 2), [Decimal("12.50"), Decimal("-0.01")], ["12.50", "-0.01"]),
    (pa.decimal256(40, 0), [Decimal(10**39)], [10**39]),
    (pa.list_(pa.int64()), [[1, None], []], [[1, None], []]),
    (pa.list_(pa.string(), 2), [["a", "b"]], [["a", "b"]]),
    (pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.string())])))]),
     [{"a": 1, "b": [{"c": "x"}, {"c": None}]}], [{"a": 1, "b": [{"c": "x"}, {"c": None}]}]),
    (pa.map_(pa.string(), pa.int64()), [[("k", 1), ("", 2)]], [{"k": 1, "": 2}]),
    (pa.null(), [None], [None]),
]  # fmt: skip


def arrow(folder: Path, table: pa.Table, name: str = "t.arrow") -> str:
    with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return name


def parquet(folder: Path, table: pa.Table, **how: Any) -> str:
    pq.write_table(table, folder / "t.parquet", **how)
    return "t.parquet"


@pytest.mark.parametrize("write", [arrow, parquet])
def test_a_row_is_the_json_value_that_its_types_mean(tmp_path: Path, write: Any) -> None:
    rows = max(len(values) for _, values, _ in MEANT)
    columns = {f"c{n}": pa.array([*v, *[None] * (rows - len(v))], kind) for n, (kind, v, _) in enumerate(MEANT)}
    columns |= {"uuid": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\x01" * 16, None, None], pa.binary(16)))}
    columns |= {"json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a":\n[1]}', "5", None]))}
    found = taken(tmp_path, write(tmp_path, pa.table(columns)), ANY)
    assert found.findings == []
    assert [line for line, _ in found.records] == [1, 2, 3]
    assert repr(found.records[1][1]["c2"]) == "-0.0"
    for number, (kind, _, meant) in enumerate(MEANT):
        values = [record[f"c{number}"] for _, record in found.records]
        assert values == [*meant, *[None] * (rows - len(meant))], kind
    assert [record["uuid"] for _, record in found.records] == [str(uuid.UUID(bytes=b"\x01" * 16)), None, None]
    assert [record["json"] for _, record in found.records] == [{"a": [1]}, 5, None]


def test_decimals_are_numbers_where_the_schema_has_numbers(tmp_path: Path) -> None:
    table = pa.table({"d": pa.array([Decimal("12.50")], pa.decimal128(5, 2))})
    schema = {"type": "object", "properties": {"d": {"type": "number"}}}
    assert taken(tmp_path, parquet(tmp_path, table), schema).records == [(1, {"d": 12.5})]


def test_a_null_is_null_where_the_schema_takes_null_and_else_absent_where_it_may_be(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "required": ["must"],
        "properties": {
            "may": {"type": "integer"},
            "null": {"type": ["string", "null"]},
            "must": {"type": "integer"},
            "in": {"type": "object", "properties": {"may": {"type": "integer"}, "null": {"type": ["integer", "null"]}}},
        },
    }
    rows = [
        {"may": None, "null": None, "must": 1, "in": {"may": None, "null": None}},
        {"may": 2, "null": "x", "must": None, "in": None},
    ]
    name = parquet(tmp_path, pa.Table.from_pylist(rows))
    found = taken_alike(tmp_path, name, schema)
    assert found.records == [(1, {"null": None, "must": 1, "in": {"null": None}})]
    assert found.told == [(2, "$.must", "type")]


@pytest.mark.parametrize(
    ("kind", "value"),
    [(pa.duration("s"), 5), (pa.map_(pa.int64(), pa.string()), [(1, "x")]), (pa.list_(pa.duration("s")), [5])],
)
def test_a_type_that_json_cannot_carry_is_refused_by_name(tmp_path: Path, kind: pa.DataType, value: Any) -> None:
    found = taken(tmp_path, arrow(tmp_path, pa.table({"id": [1, 2], "span": pa.array([value, value], kind)})), ANY)
    assert [(each.line, each.code) for each in found.findings] == [(None, "unrepresentable")]
    assert 'the column "span' in found.findings[0].message
    assert str(kind).split("[")[0].split("<")[-1].split(":")[-1].strip()[:4] in found.findings[0].message
    assert found.records == []


def test_a_value_that_json_cannot_have_is_a_finding_of_its_row_and_the_others_stay(tmp_path: Path) -> None:
    table = pa.table(
        {
            "x": [1.0, float("nan"), 2.0, 3.0],
            "when": pa.array([0, 0, 4_000_000, 1], pa.date32()),
            "name": pa.array([b"a", b"b", b"c", b"\xff"]).view(pa.string()),
        }
    )
    schema = {"type": "object", "properties": {"x": {"type": "number"}, "name": {"type": "string"}}}
    found = taken_alike(tmp_path, arrow(tmp_path, table), schema)
    assert found.told == [(2, "$.x", "json"), (3, "$.when", "json"), (4, "$", "encoding")] or found.told == [
        (None, "$", "json")
    ]
    if found.records:
        assert [line for line, _ in found.records] == [1]


def test_row_groups_are_what_a_large_file_is_cut_into_and_rows_are_numbered_on(tmp_path: Path) -> None:
    table = pa.table({"n": range(1000), "s": [f"text {n}" * 9 for n in range(1000)]})
    name = parquet(tmp_path, table, row_group_size=100)
    file = scan(Scan(tmp_path, name, 2000))
    assert len(file.pieces) > 3
    assert file.pieces[1].first_line > 1
    schema = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}}
    found = taken(tmp_path, name, schema, target=2000)
    assert [(line, record["n"]) for line, record in found.records] == [(n + 1, n) for n in range(1000)]
    assert found.records == taken(tmp_path, name, schema, quick=False).records


@given(rows=ROWS)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_random_tables_as_parquet_are_the_records_that_were_written(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [{name: value for name, value in row.items() if name != "more"} for row in rows]
    for row in rows:  # a null is null where the schema takes null, though the member may be absent
        row.setdefault("price", None)
        if "place" in row:
            row["place"].setdefault("city", None)
    columns = pa.schema(
        [("id", pa.int64()), ("name", pa.string()), ("price", pa.float64()), ("sold", pa.bool_()),
         ("tags", pa.list_(pa.string())), ("sizes", pa.list_(pa.int64())), ("na.me", pa.string()),
         ("place", pa.struct([("lat", pa.float64()), ("city", pa.string())]))]
    )  # fmt: skip
    table = pa.Table.from_pylist(rows, columns)
    (folder / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    expected = [record for _, record in taken(folder, "t.jsonl", SCHEMA).records]
    assert len(expected) == len(rows)
    for name in (parquet(folder, table, row_group_size=3), arrow(folder, table)):
        found = taken_alike(folder, name, SCHEMA)
        assert found.findings == []
        assert [record for _, record in found.records] == expected


def test_a_small_file_of_endless_text_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), pa.array(["x" * 1_000_000]))
    name = parquet(tmp_path, pa.table({"s": words}), compression="zstd")
    schema = {"type": "object", "properties": {"s": {"type": "string"}}}
    found = taken(tmp_path, name, schema, limits=Limits(2**26, 100, 10))
    assert [(each.line, each.code) for each in found.findings] == [(None, "too-large")]
    assert "max_expansion" in str(found.findings[0].hint)


def test_pages_that_grow_beyond_what_the_footer_says_are_refused_before_they_are_read(tmp_path: Path) -> None:
    name = parquet(
        tmp_path, pa.table({"t": [f"{number:04}" * 100 for number in range(4000)]}), use_dictionary=False,
        compression="zstd", data_page_size=2**23,
    )  # fmt: skip
    file = tmp_path / name
    good, data = taken(tmp_path, name, ANY), bytearray(file.read_bytes())
    at = pq.read_metadata(file).row_group(0).column(0).data_page_offset
    assert data[at : at + 3] == b"\x15\x00\x15", "a page of data, whose size when it is plain follows"
    assert data[at + 3 : at + 7] != b"\xfe\xff\xff\x7f"
    data[at + 3 : at + 7] = b"\xfe\xff\xff\x7f"
    file.write_bytes(data)
    (finding,) = taken(tmp_path, name, ANY).findings
    assert len(good.records) == 4000
    assert "column 1 has pages of 134,217,727 bytes, not 1,6" in finding.message


def test_a_damaged_or_crafted_file_is_a_finding_or_rows_and_never_anything_else(tmp_path: Path) -> None:
    table = pa.table({"n": range(50), "s": [f"text {n}" for n in range(50)], "l": [[1, 2]] * 50})
    parquet(tmp_path, table, compression="zstd")
    data, dice = (tmp_path / "t.parquet").read_bytes(), random.Random(1)  # noqa: S311
    footer = int.from_bytes(data[-8:-4], "little") + 8
    for trial in range(150):
        bad = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            where = dice.randrange(len(bad) - footer, len(bad)) if trial % 2 else dice.randrange(len(bad))
            bad[where] = dice.randrange(256)
        (tmp_path / "t.parquet").write_bytes(bad[: dice.randrange(len(bad))] if trial % 10 == 0 else bad)
        found = taken(tmp_path, "t.parquet", ANY, quick=bool(trial % 3), target=100)
        assert len(found.records) + len(found.findings) > 0 or trial % 10 == 0
    for name in ("t.parquet", "t.arrow"):
        for content in (b"", b"PAR1", b"ARROW1\0\0", b"PAR1" + b"\xff" * 4 + b"PAR1", data[:100]):
            (tmp_path / name).write_bytes(content)
            assert [each.line for each in taken(tmp_path, name, ANY).findings] in ([None], [])


CLASSES = {"names": ["no", "yes"], "_type": "ClassLabel"}


@pytest.mark.parametrize("write", [arrow, parquet])
def test_numbers_of_classes_are_their_names_where_the_schema_has_text(tmp_path: Path, write: Any) -> None:
    kinds = {
        "one": pa.int64(), "number": pa.int8(), "tags": pa.large_list(pa.int64()), "pair": pa.list_(pa.int64(), 2),
        "deep": pa.struct([("marks", pa.list_(pa.int32()))]),
    }  # fmt: skip
    features = {
        "one": CLASSES, "number": CLASSES, "tags": {"feature": CLASSES, "_type": "LargeList"},
        "pair": [CLASSES], "deep": {"marks": {"feature": CLASSES, "_type": "Sequence"}},
    }  # fmt: skip
    word = {"enum": ["yes", "no", None]}
    words = {"type": ["array", "null"], "items": word}
    schema = {
        "type": "object",
        "properties": {
            "one": word, "number": {"type": ["integer", "null"]}, "tags": words, "pair": words,
            "deep": {"type": ["object", "null"], "properties": {"marks": words}},
        },
    }  # fmt: skip
    rows = [
        {"one": 1, "number": 1, "tags": [0, 1, None], "pair": [1, 0], "deep": {"marks": [0]}},
        {"one": -1, "number": None, "tags": None, "pair": None, "deep": None},
        {"one": None, "number": 0, "tags": [], "pair": [-1, 1], "deep": {"marks": None}},
        {"one": 2, "number": 2, "tags": [0], "pair": [0, 0], "deep": {"marks": [-2]}},
    ]
    told = {"huggingface": json.dumps({"info": {"features": features}})}
    name = write(tmp_path, pa.Table.from_pylist(rows, pa.schema(list(kinds.items()), told)))
    found = taken_alike(tmp_path, name, schema)
    assert [record for _, record in found.records] == [
        {"one": "yes", "number": 1, "tags": ["no", "yes", None], "pair": ["yes", "no"], "deep": {"marks": ["no"]}},
        {"one": None, "number": None, "tags": None, "pair": None, "deep": None},
        {"one": None, "number": 0, "tags": [], "pair": [None, "yes"], "deep": {"marks": None}},
    ]
    assert [(finding.path, finding.code, finding.message.split()[0]) for finding in found.findings] == [
        ("$.one", "enum", '"2"'), ("$.deep.marks[0]", "enum", '"-2"'),
    ]  # fmt: skip
