"""Rows that come as a stream of tables, cut into shards."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from dataset_packager.columns.digest import content_digest
from dataset_packager.columns.loaded_digests import Stream

SCHEMA = pa.schema([("number", pa.int64()), ("text", pa.string())])


def table(begin: int, end: int) -> pa.Table:
    return pa.table([list(range(begin, end)), [f"row {number}" for number in range(begin, end)]], schema=SCHEMA)


@pytest.mark.parametrize("seed", range(20))
def test_a_stream_has_the_digests_of_its_shards_however_its_tables_are_cut(seed: int) -> None:
    drawn = np.random.default_rng(seed)
    tables = drawn.choice([0, 1, 2, 5, 9], drawn.integers(8)).tolist()
    shards = drawn.choice([0, 1, 3, 7], drawn.integers(8)).tolist()
    ends = [sum(tables[:number]) for number in range(len(tables) + 1)]
    stream = Stream((table(begin, end) for begin, end in pairwise(ends)), SCHEMA)
    begin = 0
    for rows in shards:
        end = min(begin + rows, sum(tables))
        assert content_digest(stream.take(rows)) == content_digest(table(begin, end))
        begin = end
    assert stream.finish() == sum(tables)
