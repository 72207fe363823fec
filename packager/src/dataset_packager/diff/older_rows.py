"""Rows of an older release and of a delta, in the order in which a newer release has them; in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.base.findings import DataFindings
from dataset_packager.columns.arrow import as_schema, rows_taken
from dataset_packager.columns.table_columns import PROVENANCE, PROVENANCE_TYPE
from dataset_packager.diff.buckets import Numbers
from dataset_packager.diff.delta_rows import ADDED, CHANGED, ORDER
from dataset_packager.release.names import SHARD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RUNS_AT_ONCE = 2**16
GROUPS = 4  # row groups that are kept at hand

Runs = dict[str, np.ndarray[Any, Any]]


class Order:
    """The runs of a config of a delta, taken one after the other."""

    def __init__(self, folder: Path) -> None:
        self._file = pq.ParquetFile(folder / f"{ORDER}.parquet")
        self._batches = self._file.iter_batches(RUNS_AT_ONCE)
        self._rest: Runs = {}

    def take(self, shard: str, rows: int) -> Runs:
        """Return the next runs, of so many rows in all.

        Raises:
            DataFindings: there are none, or they are another shard's.
        """
        taken = list[Runs]()
        while rows:
            if not len(self._rest.get("rows", ())):
                self._rest = self._following(shard)
            ends = np.cumsum(self._rest["rows"])
            last = int(np.searchsorted(ends, rows))
            runs = {name: column[: last + 1].copy() for name, column in self._rest.items()}
            behind = max(int(ends[min(last, len(ends) - 1)]) - rows, 0)  # rows of the last run that aren't wanted now
            self._rest = {name: column[last + (not behind) :].copy() for name, column in self._rest.items()}
            if behind:
                runs["rows"][-1] -= behind
                self._rest["row"][0] += self._rest["rows"][0] - behind
                self._rest["rows"][0] = behind
            if (runs["shard"] != shard).any():
                raise _other_rows(shard)
            rows -= int(runs["rows"].sum())
            taken.append(runs)
        return {name: np.concatenate([runs[name] for runs in taken]) for name in taken[0]} if taken else {}

    def _following(self, shard: str) -> Runs:
        batch = next(self._batches, None)
        if batch is None:
            raise _other_rows(shard)
        return {
            name: column.to_numpy(zero_copy_only=False)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()


def _other_rows(shard: str) -> DataFindings:
    return DataFindings(f"{shard}: the delta has other rows than it says: fetch it anew")


class OlderRows:
    """Rows by where they come from, read by row groups, of which some are kept at hand."""

    def __init__(self, release: Path, delta: Path) -> None:
        self._release, self._delta = release, delta
        self._groups: OrderedDict[tuple[Path, int], pa.Table] = OrderedDict()
        self._ends: dict[Path, Numbers] = {}

    def of(self, runs: Runs, schema: pa.Schema) -> pa.Table:
        """Return the rows of runs, in their order, each with the place that it has in the newer release."""
        lengths = runs["rows"]
        numbers = np.repeat(runs["row"] - np.cumsum(lengths) + lengths, lengths) + np.arange(int(lengths.sum()))
        sources, which = np.unique(runs["source"].astype(str), return_inverse=True)
        found, places = list[pa.Table](), list[Numbers]()
        for number, source in enumerate(sources.tolist()):
            at = np.flatnonzero(np.repeat(which == number, lengths))
            for here, table in self._rows(self._path(source), numbers[at]):
                found.append(as_schema(table, schema))
                places.append(at[here])
        order = np.argsort(np.concatenate(places))
        table = pa.concat_tables(found).combine_chunks()
        sorted_already = bool((order[1:] > order[:-1]).all())
        return _placed(table if sorted_already else rows_taken(table, pa.array(order)), runs)

    def _path(self, source: str) -> Path:
        if source in (ADDED, CHANGED):
            return self._delta / f"{source}.parquet"
        if not SHARD.fullmatch(source):
            raise DataFindings(f"{ORDER}.parquet: {source}: no shard: fetch the delta anew")
        return self._release / source

    def _rows(self, path: Path, numbers: Numbers) -> Iterator[tuple[Numbers, pa.Table]]:
        """Yield the rows of a file with these numbers, a row group's at a time, with which of the numbers they have."""
        ends = self._bounds(path)
        if numbers.min() < 0 or not len(ends) or numbers.max() >= ends[-1]:
            raise DataFindings(f"{path.name}: hasn't the rows that the delta names: fetch it anew")
        groups = np.searchsorted(ends, numbers, side="right")
        for group in np.unique(groups).tolist():
            here = np.flatnonzero(groups == group)
            wanted = numbers[here] - (ends[group - 1] if group else 0)
            table = self._group(path, group)
            if int(wanted[-1]) - int(wanted[0]) + 1 == len(wanted) and (wanted[1:] > wanted[:-1]).all():
                yield here, table.slice(int(wanted[0]), len(wanted))
            else:
                yield here, rows_taken(table, pa.array(wanted))

    def _bounds(self, path: Path) -> Numbers:
        if path not in self._ends:
            metadata = pq.read_metadata(path)
            rows = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
            self._ends[path] = np.cumsum(np.array(rows, np.int64))
        return self._ends[path]

    def _group(self, path: Path, number: int) -> pa.Table:
        if (path, number) not in self._groups:
            with pq.ParquetFile(path) as file:
                self._groups[path, number] = file.read_row_group(number)
            if len(self._groups) > GROUPS:
                self._groups.popitem(last=False)
        self._groups.move_to_end((path, number))
        return self._groups[path, number]


def _placed(table: pa.Table, runs: Runs) -> pa.Table:
    """Return rows with the file and line that their runs say; those of runs that say none keep theirs."""
    files = pa.array(runs["file"], pa.string())
    if files.null_count == len(files) or table.column_names[-1] != PROVENANCE:
        return table
    lengths = runs["rows"]
    old = table.column(PROVENANCE).combine_chunks()
    told = files.take(pa.array(np.repeat(np.arange(len(lengths)), lengths)))
    lines = pa.array(old.field("line").to_numpy() + np.repeat(runs["shift"], lengths))
    place = pa.StructArray.from_arrays([pc.coalesce(told, old.field("file")), lines], fields=list(PROVENANCE_TYPE))
    return table.set_column(table.num_columns - 1, table.schema.field(table.num_columns - 1), place)
