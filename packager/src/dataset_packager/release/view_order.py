"""The order of a view's rows, in bounded memory: runs that are sorted and laid down, then read again side by side.

DuckDB sorts keys and row numbers alone: whole rows, which may be large texts, would have to fit into its memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.arrow import no_rows
from dataset_packager.shards.keys import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.project.config import ViewLimits

RUN_BYTES = 64 * 2**20  # of rows that are sorted at once
CHUNK_BYTES = 2**18  # of a run that are in memory while it is read again
BATCH_BYTES = 16 * 2**20


class OrderedRows:
    """Takes rows in any order and gives them back by their keys; those that don't fit into memory wait in ``folder``.

    Equal keys keep the order in which they came.
    """

    def __init__(self, folder: Path, keys: Sequence[str], limits: ViewLimits, where: str) -> None:
        self._folder, self._keys, self._limits, self._where = folder, list(keys), limits, where
        self._pending: list[pa.Table] = []
        self._waiting = self._bytes = self._rows = self._spilled = 0
        self._starts: list[int] = []  # of runs that are laid down: the number of their first row
        self._key_writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Take rows.

        Raises:
            SetupError: they take more room than the configuration grants.
        """
        self._pending.append(table)
        self._waiting += table.nbytes
        self._bytes += table.nbytes
        if self._waiting >= RUN_BYTES:
            self._lay_down()

    def batches(self, most: int) -> Iterator[pa.Table]:
        """Yield all rows in order, at most so many at once."""
        if not self._starts:
            rows = self._run()
            yield from (rows.slice(begin, most) for begin in range(0, rows.num_rows, most))
            return
        if self._pending:
            self._lay_down()
        if self._key_writer:
            self._key_writer.close()
        most = min(max(BATCH_BYTES * self._rows // max(self._bytes, 1), 1), most)
        runs = [_Run(self._path(number)) for number in range(len(self._starts))]
        try:
            for numbers in self._order(most):
                yield _merged(runs, np.searchsorted(self._starts, numbers, side="right") - 1)
        finally:
            for run in runs:
                run.close()

    def _path(self, number: int) -> Path:
        return self._folder / f"run-{number}.arrow"

    def _run(self) -> pa.Table:
        """Return the waiting rows in order."""
        if not self._pending:
            return pa.table({})
        table = pa.concat_tables(self._pending)
        self._pending, self._waiting = [], 0
        order = [(name, "ascending") for name in self._keys]
        return table.take(pc.sort_indices(table.select(self._keys), sort_keys=order))

    def _lay_down(self) -> None:
        run = self._run()
        path = self._path(len(self._starts))
        rows = max(CHUNK_BYTES * run.num_rows // max(run.nbytes, 1), 1)
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, run.schema, options=options) as writer:
            writer.write_table(run.combine_chunks(), max_chunksize=rows)
        numbers = pa.array(np.arange(self._rows, self._rows + run.num_rows, dtype=np.int64))
        names = [f"k{number}" for number in range(len(self._keys))]
        keys = pa.table([*run.select(self._keys).columns, numbers], names=[*names, "number"])
        if self._key_writer is None:
            self._key_writer = pq.ParquetWriter(self._folder / "keys.parquet", keys.schema, compression="lz4")
        self._key_writer.write_table(keys)
        self._starts.append(self._rows)
        self._rows += run.num_rows
        self._spilled += path.stat().st_size
        if self._spilled > self._limits.disk:
            raise SetupError(
                f"{self._where}: its rows take more than {self._limits.disk:,} bytes of disk while they are ordered: "
                "ask for less, or raise view_disk_bytes"
            )

    def _order(self, most: int) -> Iterator[np.ndarray[Any, np.dtype[np.int64]]]:
        """Yield the numbers of the rows by their keys."""
        with connect(self._folder, 1) as connection:
            connection.execute(f"SET max_temp_directory_size = '{self._limits.disk}B'")
            order = ", ".join([*(f"k{number}" for number in range(len(self._keys))), "number"])
            rows = connection.read_parquet(str(self._folder / "keys.parquet")).order(order).project("number")
            for batch in rows.to_arrow_reader(65_536):
                numbers = batch.column(0).to_numpy()
                yield from (numbers[begin : begin + most] for begin in range(0, len(numbers), most))


class _Run:
    """A run that is read again from its beginning, a part at a time."""

    def __init__(self, path: Path) -> None:
        self._file = pa.OSFile(str(path), "rb")
        self._stream = pa.ipc.open_stream(self._file)
        self._rest = no_rows(self._stream.schema)

    def next(self, rows: int) -> pa.Table:
        """Return the next rows."""
        parts, missing = [self._rest.slice(0, rows)], rows - self._rest.num_rows
        self._rest = self._rest.slice(rows)
        while missing > 0:
            batch = pa.Table.from_batches([self._stream.read_next_batch()])
            parts.append(batch.slice(0, missing))
            self._rest = batch.slice(missing)
            missing -= batch.num_rows
        return pa.concat_tables(parts)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _merged(runs: Sequence[_Run], of: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Table:
    """Return the next rows, of each of which ``of`` says from which run it comes."""
    counts = np.bincount(of, minlength=len(runs)).tolist()
    parts = pa.concat_tables(run.next(count) for run, count in zip(runs, counts, strict=True) if count)
    places = np.empty(len(of), np.int64)
    places[np.argsort(of, kind="stable")] = np.arange(len(of))
    return parts.take(pa.array(places))
