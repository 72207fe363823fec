"""Rows with large files lie on the disk while they are written, and give the bytes that they give in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from file_samples import noise

from dataset_packager.columns.arrow import contents_of
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.file_values import files_in
from dataset_packager.columns.kinds.files import File
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.shards import large_rows, parquet
from dataset_packager.shards.parquet import ShardWriter, WrittenAgain
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, FOOTER_PROVENANCE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dataset_packager.shards.chunk_results import WrittenShard

FIELD = pa.field("files", pa.list_(pa.field("item", File().arrow_type, metadata={ENCODING: File.name})))
SIZES = ((100, 200), (), (30_000, 60_000), (90_000,), (5,))
SCHEMA = pa.schema([FIELD, pa.field("id", pa.int64())])


def table(row: int) -> pa.Table:
    """Return a row with its files."""
    files = [{"bytes": noise(size, row), "path": f"{row}-{size}"} for size in SIZES[row]]
    return pa.Table.from_arrays([pa.array([files], FIELD.type), pa.array([row])], schema=SCHEMA)


def write(path: Path) -> WrittenShard:
    """Write all rows, as they come."""
    writer = ShardWriter(path, SCHEMA, features_footer(SCHEMA), SCHEMA.names)
    for row in range(len(SIZES)):
        writer.add(table(row))
        writer.drain(2)
    return writer.finish(2, {})


def test_large_rows_give_the_same_bytes_from_the_disk_as_from_memory_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_FILES", 50_000)
    small = write(tmp_path / "small.parquet")
    laid_down = list[int]()

    def on_disk(rows: pa.Table, folder: Path) -> object:
        laid_down.append(rows.num_rows)
        return large_rows.on_disk(rows, folder)

    monkeypatch.setattr(parquet, "on_disk", on_disk)
    monkeypatch.setattr(parquet, "LARGE", 50_000)
    monkeypatch.setattr(large_rows, "LARGE", 50_000)
    large = write(tmp_path / "large.parquet")
    assert laid_down == [1, 1]
    assert (large.sha256, large.size, large.content) == (small.sha256, small.size, small.content)
    assert hashlib.sha256((tmp_path / "large.parquet").read_bytes()).hexdigest() == large.sha256
    with large_rows.open_shard(tmp_path / "large.parquet") as file:
        assert large_rows.has_large_row(file.metadata)
        found = [content for _, content in files_in(file.read())]
        assert found == [noise(size, row) for row, sizes in enumerate(SIZES) for size in sizes]
        footer = file.metadata.metadata
        again = WrittenAgain(SCHEMA, {FOOTER_FEATURES: footer[FOOTER_FEATURES]}, tmp_path)
        for number in range(file.num_row_groups):
            again.add(file.read_row_group(number).combine_chunks())
        assert again.sha256(footer[FOOTER_PROVENANCE]) == large.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.parquet", "small.parquet"]
    groups = pq.read_metadata(tmp_path / "large.parquet")
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [2, 1, 1, 1]


def test_binary_values_come_as_parts_of_their_array() -> None:
    values = pa.array([b"a", None, b"", b"bcd", b"e"], pa.binary())
    for array in (values, values.slice(1, 3), values[:0], values.cast(pa.large_binary())):
        assert [each and bytes(each) for each in contents_of(array)] == array.to_pylist()
