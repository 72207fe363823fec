"""The columns that the shipped schemas give, to compare shards with."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.columns.table_columns import TablePlan, table_plan
from dataset_packager.schemas import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.project.column_choices import PathChoice


@lru_cache(maxsize=64)
def released_plan(folder: Path, schema: str, row_provenance: bool, choices: tuple[PathChoice, ...] = ()) -> TablePlan:
    """Return the columns that a shipped schema gives, with the column types that the configuration states.

    Raises:
        SetupError: the schema can't be used.
    """
    return table_plan(load_schema(folder, schema), provenance=row_provenance, choices=choices)


def column_differences(expected: pa.Schema, found: pa.Schema) -> Iterator[str]:
    """Yield in what columns differ: names, order, types, documentation; Parquet calls a list's items as it likes."""
    if expected.names != found.names:
        yield f"its columns are {', '.join(found.names)}, not {', '.join(expected.names)}"[:400]
        return
    for ours, theirs in zip(expected, found, strict=True):
        yield from _field_differences(ours, theirs, ours.name)


def _field_differences(ours: pa.Field, theirs: pa.Field, path: str) -> Iterator[str]:
    if dict(ours.metadata or {}) != dict(theirs.metadata or {}):
        yield f"the column {path} is documented or encoded in another way"
    mine, other = ours.type, theirs.type
    if pa.types.is_list(mine) and pa.types.is_list(other):
        yield from _field_differences(mine.value_field, other.value_field, path + "[]")
    elif pa.types.is_struct(mine) and pa.types.is_struct(other):
        names = [field.name for field in mine]
        if names != [field.name for field in other]:
            yield f"the column {path} has the members {', '.join(field.name for field in other)}"
            return
        for number, field in enumerate(mine):
            yield from _field_differences(field, other.field(number), f"{path}.{field.name}")
    elif mine != other:
        yield f"the column {path} is {other}, not {mine}"
