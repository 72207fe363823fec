"""Shards are written row group by row group, whatever the columns hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.columns.features import features_footer
from dataset_packager.shards.parquet import ShardWriter

if TYPE_CHECKING:
    from pathlib import Path


def test_a_column_that_is_always_null_within_an_object_is_written_over_many_row_groups(tmp_path: Path) -> None:
    kind = pa.struct([pa.field("x", pa.int64()), pa.field("none", pa.null())])
    schema = pa.schema([pa.field("p", kind)])
    rows = [{"x": number, "none": None} for number in range(1000)]
    writer = ShardWriter(tmp_path / "shard.parquet", schema, features_footer(schema), ["p"])
    for begin in (0, 300, 700):
        writer.add(pa.table({"p": pa.array(rows[begin : begin + 400][: 400 if begin == 300 else 300], kind)}))
        writer.drain(128)
    writer.finish(128, {})
    assert pq.read_table(tmp_path / "shard.parquet")["p"].to_pylist() == rows
