"""Shards are what the Hub calls optimized Parquet: page index, small row groups, pages cut where the content says.

Xet, the Hub's storage, cuts files into chunks where a rolling hash of their bytes says so, and keeps each chunk once.
What two versions of a file share is therefore found here by cutting both in this way (not with Xet's own constants) and
hashing the chunks.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from file_samples import noise

from dataset_packager.columns.kinds.files import Image, with_bytes
from dataset_packager.shards import parquet as write
from dataset_packager.shards import parquet_format

from .parquet_pages import data_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS, MIDDLE = 100_000, 50_000
MOST_GROUP_BYTES = 100 * 2**20
GEAR = np.random.default_rng(20).integers(0, 2**64, 256, dtype=np.uint64)
BITS, LEAST, MOST = 16, 8 * 2**10, 128 * 2**10  # chunks of 64 KiB at the mean, and the bounds of their length in bytes


def chunks(data: bytes) -> Iterator[bytes]:
    """Cut bytes where the Gear hash of the last 64 has 16 leading zero bits."""
    rolling = GEAR[np.frombuffer(data, np.uint8)]
    for step in (1, 2, 4, 8, 16, 32):
        longer = rolling.copy()
        longer[step:] += rolling[:-step] << np.uint64(step)
        rolling = longer
    cuts, begin = np.flatnonzero(rolling >> np.uint64(64 - BITS) == 0) + 1, 0
    while begin < len(data):
        after = cuts[np.searchsorted(cuts, begin + LEAST) :]
        end = min(int(after[0]) if len(after) else len(data), begin + MOST, len(data))
        yield data[begin:end]
        begin = end


def shared(old: bytes, new: bytes) -> float:
    """Return which share of the new bytes lies in chunks that the old ones have, too."""
    known = {hashlib.sha256(chunk).digest() for chunk in chunks(old)}
    return sum(len(chunk) for chunk in chunks(new) if hashlib.sha256(chunk).digest() in known) / len(new)


def table(*, added: bool) -> pa.Table:
    """Return 100,000 rows, with one more in the middle where it is ``added``."""
    random = np.random.default_rng(7)
    words = np.array([f"word{number}" for number in range(4096)], dtype=object)[random.integers(0, 4096, (12, ROWS))]
    columns = {
        "id": pa.array([f"r{number:06}" for number in range(ROWS)]),
        "text": pc.binary_join_element_wise(*[pa.array(row, pa.string()) for row in words], " "),
        "value": pa.array(random.random(ROWS)),
    }
    rows = pa.table(columns)
    if not added:
        return rows
    row = pa.table({"id": ["r049999b"], "text": ["one row more"], "value": [0.5]})
    return pa.concat_tables([rows[:MIDDLE], row, rows[MIDDLE:]])


def written(path: Path, rows: pa.Table) -> bytes:
    """Return the bytes of the shard that a build makes of these rows."""
    writer = write.ShardWriter(path, rows.schema, b"{}", rows.schema.names)
    writer.add(rows)
    writer.finish(write.MOST_ROWS, {})
    return path.read_bytes()


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, tuple[bytes, bytes]]:
    """The shard before and after a row was added, with pages cut by content and without."""
    folder, found = tmp_path_factory.mktemp("shards"), {}
    with pytest.MonkeyPatch.context() as patch:
        for by_content in (True, False):
            patch.setitem(parquet_format.PARQUET, "use_content_defined_chunking", by_content)
            old, new = (written(folder / f"{by_content}{added}", table(added=added)) for added in (False, True))
            found[by_content] = old, new
    return found


def pages_behind(file: bytes, row: int, name: str) -> list[str]:
    """Return the hashes of those pages of a column that begin behind a row."""
    footer = pq.read_metadata(pa.BufferReader(file))
    column = footer.row_group(0).column(footer.schema.names.index(name))
    return [page.sha256 for page in data_pages(file, column) if page.first > row]


def test_every_shard_has_a_page_index_and_small_row_groups(release: Path) -> None:
    shards = sorted(release.glob("data/*/*.parquet"))
    assert shards
    for shard in shards:
        footer = pq.read_metadata(shard)
        groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
        assert all(group.total_byte_size <= MOST_GROUP_BYTES for group in groups)
        columns = [group.column(number) for group in groups for number in range(footer.num_columns)]
        assert all(column.has_offset_index and column.has_column_index for column in columns)
        assert {column.compression for column in columns} == {"ZSTD"}


def test_pages_behind_an_added_row_begin_where_they_began(versions: dict[bool, tuple[bytes, bytes]]) -> None:
    changed = {}
    for by_content, (old, new) in versions.items():
        before, after = pages_behind(old, MIDDLE, "text"), pages_behind(new, MIDDLE, "text")
        changed[by_content] = len(set(after) - set(before)), len(after)
    assert changed[True][0] <= 1 < changed[True][1]
    assert changed[False][0] == changed[False][1]


def test_a_row_added_in_the_middle_leaves_most_of_the_next_release_in_the_first(
    versions: dict[bool, tuple[bytes, bytes]],
) -> None:
    """Measured with pyarrow 26.0.1: 71 % of 4.6 MB are shared, and 39 % where pages are cut by size."""
    shares = {by_content: shared(old, new) for by_content, (old, new) in versions.items()}
    assert shares[True] > 0.6, shares
    assert shares[False] < 0.5, shares


def album(*, changed: bool) -> pa.Table:
    """Return rows of files, with one of others bytes and another length in the middle where it is ``changed``."""
    sizes = np.random.default_rng(3).integers(20_000, 60_000, 200)
    contents = [noise(int(size), number) for number, size in enumerate(sizes)]
    if changed:
        contents[100] = noise(33_333, 1000)
    files = with_bytes(pa.array(contents, pa.binary()), pa.array([f"{number}.png" for number in range(200)]))
    field = pa.field("image", Image().arrow_type, metadata={"encoding": "image"})
    return pa.table([files, pa.array(range(200))], pa.schema([field, pa.field("id", pa.int64())]))


def test_a_file_changed_in_the_middle_leaves_most_of_the_next_release_in_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "GROUP_FILES", 2**20)  # so that where groups begin moves, too
    old, new = (written(tmp_path / f"{changed}.parquet", album(changed=changed)) for changed in (False, True))
    assert len(old) > 7_000_000
    assert shared(old, new) >= 0.85


def test_groups_of_files_have_a_bound_and_a_row_beyond_it_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "GROUP_FILES", 2**18)
    rows = album(changed=False)
    large = with_bytes(pa.array([noise(2**19)], pa.binary()), pa.array(["large"]))
    rows = pa.concat_tables([rows[:50], pa.table([large, pa.array([-1])], rows.schema), rows[50:]])
    written(tmp_path / "shard.parquet", rows)
    footer = pq.read_metadata(tmp_path / "shard.parquet")
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    alone = [group.num_rows for group in groups if group.total_byte_size > 2**18 * 1.01]
    assert alone == [1]
    assert sum(group.num_rows for group in groups) == 201
    assert len(groups) < 50
