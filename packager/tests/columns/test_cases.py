"""Cases as folders under ``tests/cases/typing``: schemas, records, and the columns and refusals that they should give.

``columns.txt`` and ``refusals.txt`` are what is expected, written by hand or looked through after
``PYTHONPATH=. python columns/test_cases.py``, which writes what the code gives now.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Features

from columns.round_trip import same, through_parquet
from dataset_packager.columns.decode import decode
from dataset_packager.columns.digest import content_digest
from dataset_packager.columns.explain_schema import explain_schema
from dataset_packager.columns.features import card_features, features_footer
from dataset_packager.columns.table_columns import TablePlan, table_plan
from dataset_packager.schemas import Schema, load_schema
from dataset_packager.validation.gate import Gate

CASES = sorted((Path(__file__).parents[1] / "cases/typing").iterdir())
pytestmark = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def planned(case: Path) -> tuple[Schema, TablePlan]:
    schema = load_schema(case, "schema.json")
    return schema, table_plan(schema)


def records(case: Path) -> list[Any]:
    lines = (case / "records.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return [json.loads(line) for line in lines]


def columns_text(plan: TablePlan) -> str:
    return "".join(f"{line}\n" for line in explain_schema(plan))


def refusals_text(plan: TablePlan, values: list[Any]) -> str:
    _, refusals = plan.encode(values, [("x.jsonl", line) for line in range(1, len(values) + 1)])
    lines = (f"{each.index + 1}: {each.path}: [{each.code}] {each.message} | {each.hint}\n" for each in refusals)
    return "".join(lines)


def expected(case: Path, name: str) -> str:
    path = case / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_schema_gives_the_columns_that_the_case_expects(case: Path) -> None:
    _, plan = planned(case)
    assert columns_text(plan) == expected(case, "columns.txt")


def test_every_record_of_a_case_is_valid(case: Path) -> None:
    gate = Gate(load_schema(case, "schema.json"), assert_formats=False)
    assert [value for value in records(case) if not gate.accepts(value)] == []


def test_only_the_records_that_the_case_names_are_refused(case: Path) -> None:
    _, plan = planned(case)
    assert refusals_text(plan, records(case)) == expected(case, "refusals.txt")


def test_records_come_back_from_parquet_as_they_went_in(case: Path) -> None:
    schema, plan = planned(case)
    values = records(case)
    table, refusals = plan.encode(values, [("x.jsonl", line) for line in range(len(values))])
    kept = [value for index, value in enumerate(values) if index not in {each.index for each in refusals}]
    read = through_parquet(table)
    gate = Gate(schema, assert_formats=False)
    for value, decoded in zip(kept, decode(read), strict=True):
        assert same(value, decoded, strict=True), decoded
        assert gate.accepts(decoded), decoded
    assert content_digest(read) == content_digest(table)


def test_datasets_takes_the_columns_as_they_are(case: Path) -> None:
    _, plan = planned(case)
    features = Features.from_arrow_schema(plan.arrow_schema)
    assert features.arrow_schema.remove_metadata() == plan.arrow_schema
    assert card_features(plan.arrow_schema) == features._to_yaml_list()
    (footer,) = features.arrow_schema.metadata.values()
    assert json.loads(features_footer(plan.arrow_schema)) == json.loads(footer)


if __name__ == "__main__":
    for folder in CASES:
        (folder / "columns.txt").write_text(columns_text(planned(folder)[1]), encoding="utf-8")
        refused = refusals_text(planned(folder)[1], records(folder))
        if refused:
            (folder / "refusals.txt").write_text(refused, encoding="utf-8")
