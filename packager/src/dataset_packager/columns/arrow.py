"""What Arrow lacks: names for its arrays, whose stubs ask for type parameters, and casts that leave values alone.

``cast`` rebuilds every value even where only metadata differs, and some it can't: a list of nulls gets items of the
wrong length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

Array = Any
ArrowField = Any
DataType = Any


def as_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return ``table``, whose columns have the names of ``schema`` in its order, with types and metadata of ``schema``.

    Raises:
        pa.ArrowException: a value doesn't fit its type.
    """
    if any(ours.type != theirs.type for ours, theirs in zip(schema, table.schema, strict=True)):
        columns = [_of_type(column, field.type) for column, field in zip(table.columns, schema, strict=True)]
        table = pa.table(columns, schema=pa.schema([pa.field(each.name, each.type) for each in schema]))
    batches: list[Any] = [_Named(batch, schema) for batch in table.to_batches()]
    return pa.Table.from_batches([pa.record_batch(each) for each in batches], schema=schema)


def _of_type(column: Any, kind: DataType) -> Any:
    if pa.types.is_null(kind) and column.null_count == len(column):
        return pa.chunked_array([pa.nulls(len(column))])
    return column if column.type == kind else column.cast(kind)


@dataclass(frozen=True)
class _Named:
    """A batch as others are to see it: the same memory under another schema of the same types."""

    batch: pa.RecordBatch
    schema: pa.Schema

    def __arrow_c_array__(self, _: object = None) -> tuple[object, object]:
        return self.schema.__arrow_c_schema__(), self.batch.__arrow_c_array__()[1]
