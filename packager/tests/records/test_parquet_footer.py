"""A footer that contradicts itself is refused before Arrow's own objects, which end the process, are made of it."""

from __future__ import annotations

import io
from contextlib import suppress
from itertools import product

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.records.parquet_footer import read_footer

TABLE = pa.table({"n": [1, None], "flag": [True, False], "texts": [["a"], ["b", None]]})
SAID = (
    "counts values of other levels than the schema has", "another type than the schema says",
    "least or greatest value is shorter", "a field of another type, or twice", "no known repetition",
)  # fmt: skip


def touch(data: bytes) -> None:
    """Make all objects that Arrow has for a footer."""
    with pq.ParquetFile(io.BytesIO(data)) as file:
        for group in range(file.metadata.num_row_groups):
            file.metadata.row_group(group).to_dict()


def test_what_is_not_refused_arrow_can_take() -> None:
    sink = io.BytesIO()
    pq.write_table(TABLE, sink, store_schema=False, compression="none")
    whole = sink.getvalue()
    begin = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    read_footer(io.BytesIO(whole))
    refused, taken = set[str](), 0
    for at, change in product(range(len(whole) - 8 - begin), (None, 1, 2, 0x10)):
        footer = bytearray(whole[begin:-8])
        if change is None:
            del footer[at]
        else:
            footer[at] ^= change
        data = whole[:begin] + footer + len(footer).to_bytes(4, "little") + b"PAR1"
        try:
            read_footer(io.BytesIO(data))
        except ValueError as error:
            refused.add(str(error))
            continue
        with suppress(OSError, ValueError, RuntimeError):  # as it should
            touch(data)
            taken += 1
    assert taken > 10
    assert [each for each in SAID if not any(each in one for one in refused)] == []
