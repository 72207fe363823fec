"""Whatever the schema, what goes in comes out: random schemas and records through Parquet, datasets and DuckDB."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features, load_dataset
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from columns.round_trip import plan_of, same, schema_of, through_parquet
from columns.schemas_drawn import NAMES, SCHEMAS, values
from dataset_packager.columns.decode import decode
from dataset_packager.columns.digest import content_digest
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.validation.gate import Gate

BOUNDED = settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
CASES = Path(__file__).parents[1] / "cases/typing"


def check(schema: Any, records: list[Any]) -> None:
    """Encode the valid ones of ``records``, read them back, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = schema_of(Path(folder), schema)
    gate = Gate(loaded, assert_formats=False)
    valid = [record for record in records if gate.accepts(record)]
    plan = table_plan(loaded, provenance=False)
    table, refusals = plan.encode(valid, None)
    assert {each.code for each in refusals} <= {"range", "unrepresentable"}
    refused = {each.index for each in refusals}
    kept = [record for index, record in enumerate(valid) if index not in refused]
    table.validate(full=True)
    read = through_parquet(table)
    decoded = list(decode(read))
    for record, back in zip(kept, decoded, strict=True):
        assert same(record, back, strict=True), (record, back)
        assert gate.accepts(back), (record, back)
    assert content_digest(read) == content_digest(table)
    one_by_one = [plan.encode([record], None)[0] for record in kept]
    assert pa.concat_tables([table.slice(0, 0), *one_by_one]).combine_chunks() == table.combine_chunks()


@BOUNDED
@given(st.data())
def test_any_valid_record_comes_back_equal_or_is_refused_with_a_reason(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    check(schema, data.draw(st.lists(values(schema, schema), min_size=1, max_size=4)))


@pytest.mark.parametrize("name", ["advisories", "cve-containers", "geodata", "health-records", "news-items", "numbers"])
@settings(BOUNDED, max_examples=15)
@given(st.data())
def test_records_generated_for_a_realistic_schema_come_back_equal(name: str, data: st.DataObject) -> None:
    schema = json.loads((CASES / name / "schema.json").read_text(encoding="utf-8"))
    check(schema, data.draw(st.lists(values(schema, schema), min_size=2, max_size=5)))


def with_nulls(draw: Any, value: Any) -> Any:
    """Return ``value`` with nulls for members that are there and for others that schemas name."""
    if isinstance(value, list):
        return [None if draw(st.integers(0, 9)) == 0 else with_nulls(draw, each) for each in value]
    if not isinstance(value, dict):
        return value
    names = sorted({*value, *draw(st.lists(NAMES, max_size=3))})
    kept = {name: with_nulls(draw, value[name]) for name in value}
    return kept | {name: None for name in names if draw(st.integers(0, 3)) == 0}


@BOUNDED
@given(st.data())
def test_nulls_come_back_as_nulls_wherever_they_are_valid(data: st.DataObject) -> None:
    schema = data.draw(SCHEMAS)
    records = data.draw(st.lists(values(schema, schema), min_size=1, max_size=3))
    check(schema, [*records, *(with_nulls(data.draw, record) for record in records)])


MIXED = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "number": {"type": ["number", "null"]},
        "big": {"type": "integer", "maximum": 2**64},
        "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {}}}},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}},
        "a.b": {"type": "boolean"},
        "": {"type": "string"},
        "nothing": {"type": "null"},
    },
}
ROWS: list[Any] = [
    {
        "text": "a\0b\U0001f600",
        "number": -0.0,
        "big": 2**64,
        "list": [{"a": 1, "b": [1.0]}, {}],
        "map": {"z": 1, "a": 2},
    },
    {"text": "", "number": 1e308, "list": [], "map": {}, "a.b": False, "": "e", "more": {"x": None}},
    {"number": 5e-324, "list": [{"b": None, "c": "123"}]},
    {},
]


def test_datasets_reads_the_records_back_from_parquet(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MIXED)
    table, _ = plan.encode(ROWS, None)
    pq.write_table(table, tmp_path / "x.parquet")
    loaded = load_dataset(
        "parquet", data_files=str(tmp_path / "x.parquet"), split="train", cache_dir=tmp_path / "cache"
    )
    assert loaded.features == Features.from_arrow_schema(plan.arrow_schema)
    read = loaded.data.table.cast(plan.arrow_schema)
    assert all(same(record, back) for record, back in zip(ROWS, decode(read), strict=True))
    assert content_digest(read) == content_digest(table)


def test_a_dataset_made_of_the_table_holds_the_same_content(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MIXED)
    table, _ = plan.encode(ROWS, None)
    held = Dataset(table).with_format("arrow")[:]
    assert content_digest(held) == content_digest(table)


def test_duckdb_reads_the_values_of_every_column(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, MIXED)
    table, _ = plan.encode(ROWS, None)
    pq.write_table(table, tmp_path / "x.parquet")
    found: Any = duckdb.sql(f"select * from '{tmp_path / 'x.parquet'}'")
    read = (
        found.to_arrow_table().rename_columns(plan.arrow_schema.names).cast(plan.arrow_schema)
    )  # the empty name is C6 to DuckDB
    assert all(same(record, back) for record, back in zip(ROWS, decode(read), strict=True))
    assert content_digest(read) == content_digest(table)
