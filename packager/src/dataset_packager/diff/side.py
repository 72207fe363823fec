"""One side of a comparison: the rows of a config of a release, each with its key and a digest of its record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.paths import LIST
from dataset_packager.columns.arrow import rows_chosen
from dataset_packager.columns.decode import decode
from dataset_packager.columns.file_values import with_hashes
from dataset_packager.columns.metadata import ENCODING, HOLDS, REQUIRED, said
from dataset_packager.diff.row_bytes import DIGEST_BYTES, has_bytes, has_key_text, key_texts, row_digest, row_digests
from dataset_packager.release.read_records import reading_back, shard_rows
from dataset_packager.release.shipped_schemas import released_plan
from dataset_packager.shards.parquet import batches
from dataset_packager.shards.split import member_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.arrow import ArrowField
    from dataset_packager.diff.buckets import RowSet
    from dataset_packager.release.release_files import Part, Release

Text = Callable[[Any], bytes]
BATCH_ROWS = 4096
COLUMN_ROWS, COLUMN_BYTES = 2**14, 2**24  # at a time, where whole columns are taken
DESCRIBED = pa.schema([("key", pa.string()), ("digest", pa.binary(DIGEST_BYTES)), ("n", pa.int64()),
                       ("shard", pa.int32()), ("row", pa.int64()), ("split", pa.string()),
                       ("file", pa.string()), ("line", pa.int64())])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two releases of a table.

    Attributes:
        release, part: what is compared.
        key: the columns that rows are told apart by; none: by all that they hold.
        text: what gives a record as text in which equal values are equal; None: whole columns are compared.
        pruned: the columns that only one of both has, which don't count.
        left_out: shards that don't count either.
    """

    release: Release
    part: Part
    key: tuple[ColumnPath, ...]
    text: Text | None = None
    pruned: tuple[ColumnPath, ...] = ()
    left_out: Collection[str] = field(default_factory=frozenset)

    @property
    def paths(self) -> list[str]:
        """The paths of all shards, in order; by their number rows name theirs."""
        return [path for split in self.part.splits for path in self.release.shards(self.part, split)]

    @property
    def count(self) -> int:
        """How many rows count, as the footers state it."""
        return sum(self.release.footer(path).rows for _, path, _ in self.shards())

    def shards(self) -> Iterator[tuple[int, str, str]]:
        """Yield number, path and split of each shard that counts."""
        named = [(path, split) for split in self.part.splits for path in self.release.shards(self.part, split)]
        yield from ((at, *each) for at, each in enumerate(named) if each[0] not in self.left_out)

    def described(self) -> Iterator[pa.Table]:
        """Yield key, digest and place of the rows that count, in order, in tables of ``DESCRIBED``."""
        begin = 0
        for shard, path, split in self.shards():
            row = 0
            for keys, digests, places in self._by_columns(path) if self.text is None else self._by_records(path):
                rows = len(digests)
                numbers = np.arange(rows, dtype=np.int64)
                columns = [keys, digests, pa.array(numbers + begin), pa.repeat(pa.scalar(shard, pa.int32()), rows),
                           pa.array(numbers + row), pa.repeat(split, rows), *places]  # fmt: skip
                yield pa.Table.from_arrays(
                    [_typed(*each) for each in zip(columns, DESCRIBED, strict=True)], schema=DESCRIBED
                )
                begin, row = begin + rows, row + rows

    def _by_columns(self, path: str) -> Iterator[tuple[Any, Any, Any]]:
        with reading_back(path), pq.ParquetFile(self.release.folder / path) as file:
            for batch in _batches(file):
                rows, columns = batch.num_rows, batch.columns
                places = columns.pop().flatten() if self.part.row_provenance else [pa.nulls(rows)] * 2
                keys = key_texts(batch, self.key) if self.key else pa.nulls(rows)
                yield keys, row_digests(columns, rows), places

    def _by_records(self, path: str) -> Iterator[tuple[Any, Any, Any]]:
        found, text = shard_rows(self.release, self.part, path, hashes=True), self.text or sorted_text
        while rows := list(islice(found, BATCH_ROWS)):
            keys = [self.key_of(row.record) for row in rows]  # before columns are taken out of them
            digests = [row_digest(text(self._prune(row.record))) for row in rows]
            places = zip(*(row.place or (None, None) for row in rows), strict=True)
            yield keys, digests, places

    def _prune(self, record: Any) -> Any:
        for path in self.pruned:
            prune(record, path)
        return record

    def key_of(self, record: Any) -> str | None:
        """Return a record's key as JSON text."""
        return canonical([member_value(record, path) for path in self.key]) if self.key else None

    def records(self, wanted: RowSet) -> Iterator[Any]:
        """Yield the records of some rows, in order, without the columns that don't count."""
        begin = 0
        for _, path, _ in self.shards():
            with reading_back(path), pq.ParquetFile(self.release.folder / path) as file:
                for batch in batches(file, BATCH_ROWS):
                    chosen = wanted.among(begin, batch.num_rows)
                    begin += batch.num_rows
                    if chosen.any():
                        table = with_hashes(rows_chosen(pa.Table.from_batches([batch]), pa.array(chosen)))
                        yield from map(self._prune, decode(table))


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a shard, few at a time where they are large."""
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        fitting = COLUMN_BYTES * group.num_rows // max(group.total_byte_size, 1)
        yield from file.iter_batches(min(max(fitting, 1), COLUMN_ROWS), row_groups=[number])


def _typed(column: Any, field: ArrowField) -> Any:
    return pa.nulls(len(column), field.type) if isinstance(column, pa.NullArray) else pa.array(column, field.type)


def prune(value: Any, path: ColumnPath) -> None:
    """Remove what stands at ``path`` from a record."""
    for number, step in enumerate(path):
        if step is LIST:
            for item in value if isinstance(value, list) else ():
                prune(item, path[number + 1 :])
            return
        if not isinstance(value, dict):
            return
        if number == len(path) - 1:
            value.pop(step, None)
        value = value.get(step)


def sorted_text(value: Any) -> bytes:
    """Return a JSON value as text in which equal values are equal."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        return canonical_text(value)


def canonical_text(value: Any) -> bytes:
    """Return a JSON value as text in which equal numbers of all types are equal."""
    return canonical(value).encode("utf-8")


def text_needed(old: Side, new: Side) -> Text | None:
    """Return how the records of two sides are made text; None where their columns can be compared as they are."""
    ours, theirs = (value_columns(each.release, each.part) for each in (old, new))
    same = [_reading(each) for each in ours] == [_reading(each) for each in theirs]
    keyed = all(has_key_text(pa.schema(ours), path) for path in new.key)
    return None if same and keyed and all(map(has_bytes, ours)) else sorted_text


def value_columns(release: Release, part: Part) -> list[ArrowField]:
    """Return the columns of a config as its schema gives them, without the place of each row."""
    schema = released_plan(release.folder, part.schema, part.row_provenance, part.choices).arrow_schema
    return list(schema)[: -1 if part.row_provenance else None]


def _reading(column: ArrowField) -> tuple[Any, ...]:
    """Return all that shapes the values that are read back from a column."""
    children = [column.type.field(number) for number in range(column.type.num_fields)]
    told = (said(column, each) for each in (ENCODING, REQUIRED, HOLDS))
    return (column.name, *told, tuple(map(_reading, children)) or str(column.type))


def equal_shards(old: Side, new: Side, *, bytewise: bool = False) -> tuple[list[str], list[str]]:
    """Return the shards, of each side, that stand in the same split of the other one, in pairs: the same rows.

    ``bytewise``: whole files are the same, wherever they stand.
    """

    def marks(side: Side) -> dict[str, Any]:
        release = side.release
        if bytewise:
            return {path: release.sha256(path) for _, path, _ in side.shards()}
        told = {
            path: (split, release.footer(path).provenance.get("content_digest")) for _, path, split in side.shards()
        }
        return {path: mark for path, mark in told.items() if mark[1]}

    ours, theirs = marks(old), marks(new)
    both = Counter(ours.values()) & Counter(theirs.values())
    return _first_of(ours, both), _first_of(theirs, both)


def _first_of(marks: dict[str, Any], counts: Counter[Any]) -> list[str]:
    """Return the first paths of each mark, as many as the counts say."""
    left, found = Counter(counts), []
    for path, mark in marks.items():
        if left[mark] > 0:
            left[mark] -= 1
            found.append(path)
    return found
