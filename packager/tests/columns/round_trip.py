"""What the tests of typing share: schemas from documents, Parquet in memory, equality of JSON values."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.columns.table_columns import TablePlan, table_plan
from dataset_packager.schemas import Schema, load_schema

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(folder: Path, document: Any) -> Schema:
    """Load ``document`` as the schema of a project in ``folder``."""
    (folder / "schema").mkdir(parents=True, exist_ok=True)
    (folder / "schema/main.json").write_text(json.dumps(document), encoding="utf-8")
    return load_schema(folder, "schema/main.json")


def plan_of(folder: Path, document: Any) -> TablePlan:
    return table_plan(schema_of(folder, document), provenance=False)


def through_parquet(table: pa.Table, **options: Any) -> pa.Table:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return pq.read_table(io.BytesIO(buffer.getvalue()))


def same(first: Any, second: Any, *, strict: bool = False) -> bool:
    """Say whether two JSON values are equal; an absent member equals null unless ``strict``.

    Numbers are equal by value, and minus zero is only equal to itself where both are doubles.
    """
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, int | float) and isinstance(second, int | float):
        return first == second and _signs_agree(first, second)
    if isinstance(first, dict) and isinstance(second, dict):
        names = first.keys() | second.keys()
        missing: Any = object() if strict else None
        return all(same(first.get(name, missing), second.get(name, missing), strict=strict) for name in names)
    if isinstance(first, list) and isinstance(second, list):
        pairs = zip(first, second, strict=False)
        return len(first) == len(second) and all(same(one, other, strict=strict) for one, other in pairs)
    return type(first) is type(second) and bool(first == second)


def _signs_agree(first: float, second: float) -> bool:
    if not (isinstance(first, float) and isinstance(second, float)):
        return True
    return math.copysign(1, first) == math.copysign(1, second)
