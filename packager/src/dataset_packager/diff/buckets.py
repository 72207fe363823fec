"""Rows dealt into files, so that what belongs together stands in one file, and each fits into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Numbers = np.ndarray[Any, np.dtype[np.int64]]

BUCKET_ROWS = 100_000  # in each, about: some ten MB
MOST_BUCKETS = 256  # files that are open at once
WAITING_ROWS, WAITING_BYTES = 2**17, 2**25


def buckets_for(rows: int) -> int:
    """Return into how many files so many rows are dealt."""
    return min(max(-(-rows // BUCKET_ROWS), 1), MOST_BUCKETS)


class Buckets:
    """Files that rows are dealt into; the rows of each keep the order in which they came."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema, count: int) -> None:
        self._paths = [folder / f"{name}-{number}.arrow" for number in range(count)]
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        self._writers = [pa.ipc.new_stream(str(path), schema, options=options) for path in self._paths]
        self._schema, self._waiting, self._numbers = schema, list[pa.Table](), list[Numbers]()

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._paths)

    def deal(self, table: pa.Table, numbers: Numbers) -> None:
        """Take rows, each with the number of the file that it goes into."""
        self._waiting.append(table)
        self._numbers.append(numbers)
        many = sum(map(len, self._numbers)) >= WAITING_ROWS
        if many or sum(each.nbytes for each in self._waiting) >= WAITING_BYTES:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        numbers = np.concatenate(self._numbers)
        order = np.argsort(numbers, kind="stable")
        table = pa.concat_tables(self._waiting).combine_chunks().take(pa.array(order))
        ends = np.searchsorted(numbers[order], np.arange(len(self) + 1))
        for number, writer in enumerate(self._writers):
            begin, end = int(ends[number]), int(ends[number + 1])
            if begin < end:
                writer.write_table(table.slice(begin, end - begin))
        self._waiting.clear()
        self._numbers.clear()

    def close(self) -> None:
        """Finish the files."""
        self._write()
        for writer in self._writers:
            writer.close()

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows of each file; what was read is removed."""
        for path in self._paths:
            with pa.OSFile(str(path)) as file:
                yield pa.ipc.open_stream(file).read_all()
            path.unlink()


class RowSet:
    """Some of many rows, by number, a bit for each row."""

    def __init__(self, rows: int) -> None:
        self._bits = np.zeros(-(-rows // 8), np.uint8)

    def add(self, numbers: Numbers) -> None:
        """Take rows by their numbers."""
        bits = np.left_shift(1, numbers & 7).astype(np.uint8)
        np.bitwise_or.at(self._bits, numbers >> 3, bits)

    def among(self, begin: int, count: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return of each of ``count`` rows from ``begin`` on whether it is one of them."""
        numbers = np.arange(begin, begin + count)
        marks: np.ndarray[Any, np.dtype[np.bool_]] = self._bits[numbers >> 3] >> (numbers & 7) & 1 == 1
        return marks
