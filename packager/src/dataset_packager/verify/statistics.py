"""Column statistics: readers skip row groups by them, so they must hold for the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.check_result import unsound

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow.parquet as pq

    from dataset_packager.base.check_result import Told


def check_statistics(file: pq.ParquetFile, path: str) -> Iterator[Told]:
    """Check that least, greatest and nulls of each column that isn't nested hold, row group by row group."""
    places = {file.schema.column(number).path: number for number in range(len(file.schema))}
    for group in range(file.num_row_groups):
        table, footer = file.read_row_group(group), file.metadata.row_group(group)
        for name, values in zip(table.column_names, table.columns, strict=True):
            number = places.get(name)
            told = None if number is None else footer.column(number).statistics
            if told is not None and not _holds(told, values):
                yield unsound(path, f"the statistics of {name} in row group {group} are not those of its rows")


def _holds(told: Any, values: pa.ChunkedArray) -> bool:
    if told.has_null_count and told.null_count != values.null_count:
        return False
    if not told.has_min_max or values.null_count == len(values):
        return bool(not told.has_min_max)
    if pa.types.is_floating(values.type):
        values = values.filter(pc.invert(pc.is_nan(values)))
    found = pc.min_max(values).as_py()
    if found["min"] is None:
        return True
    return bool(told.min <= found["min"] and found["max"] <= told.max)
