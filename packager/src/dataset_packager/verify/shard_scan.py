"""The rows of one shard, read once and batch by batch, the same in whatever process."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256
from mmap import mmap
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.text import cause
from dataset_packager.columns.arrow import as_schema, rows_taken
from dataset_packager.columns.decode import decode
from dataset_packager.columns.digest import ContentDigest
from dataset_packager.columns.fast.table_rules import TableRules, table_rules
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.file_values import files_in, holds_files, without_bytes
from dataset_packager.columns.memory import memory_of
from dataset_packager.columns.statistics import Tallies
from dataset_packager.columns.table_columns import PROVENANCE, table_plan, with_places_listed
from dataset_packager.records.files import is_named_by
from dataset_packager.release.parquet_memory import check_group_bytes
from dataset_packager.release.shipped_schemas import column_differences, released_plan
from dataset_packager.schemas import load_schema
from dataset_packager.shards.key_columns import ColumnPaths, key_schema, key_values, key_writer, span_of
from dataset_packager.shards.large_rows import LARGE, give_back, has_large_row, let_go, on_disk, open_shard
from dataset_packager.shards.parquet import WrittenAgain
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, FOOTER_PROVENANCE
from dataset_packager.shards.split import needs_records, split_values, splitter
from dataset_packager.shards.writer_thread import WriterThread
from dataset_packager.validation.gate import Gate
from dataset_packager.verify.keys_later import key_file, rows_as_places
from dataset_packager.verify.shard_rows import ShardRows, ShardTask, Span
from dataset_packager.verify.statistics import check_statistics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.columns.loaded_digests import Stream
    from dataset_packager.release.release_files import Part

LOADING = "loading"
BATCH_ROWS, BATCH_BYTES = 65536, 16 * 2**20  # each batch has its own cost, and each value takes more while it is judged
PLACES = (f"{PROVENANCE}.file",)  # few files in many rows
DECODED = 4096  # rows that are decoded at a time where rules for columns aren't enough


@lru_cache(maxsize=64)
def _gate(folder: Path, part: Part) -> tuple[Gate, TableRules | None]:
    loaded = load_schema(folder, part.schema)
    plan = table_plan(loaded, provenance=False, choices=part.choices)
    rules = table_rules(loaded, plan, assert_formats=part.assert_formats)
    return Gate(loaded, part.assert_formats), rules


def read_loaded(task: ShardTask, rows: Stream) -> ShardRows:
    """Say what the rows of a shard show as ``datasets`` loads them, whose row groups are those of the file."""
    found = read_shard(task, rows)
    found.seconds[LOADING] = rows.seconds
    found.seconds["bytes"] = found.seconds.get("bytes", 0) - rows.seconds  # it waited for them
    return found


def read_shard(task: ShardTask, rows: Stream | None = None) -> ShardRows:
    """Say what the rows of a shard show, which are read from its file, unless they come from elsewhere.

    Memory depends on the size of a row group at most, which is bounded.
    """
    found = ShardRows(task.path)
    try:
        part = task.part
        expected = released_plan(task.folder, part.schema, part.row_provenance, part.choices).arrow_schema
        listed = PLACES if part.row_provenance and not any(map(holds_files, expected)) else ()
        with open_shard(task.folder / task.path, listed) as file, ExitStack() as stack:
            for difference in column_differences(expected, file.metadata.schema.to_arrow_schema()):
                raise ValueError(difference)  # noqa: TRY301 - told below, as all that is wrong with the file
            if not task.bounded:
                check_group_bytes(task.folder / task.path, file)
            room = task.temporary if has_large_row(file.metadata) else None
            again = WrittenAgain(expected, {FOOTER_FEATURES: features_footer(expected)}, room)
            groups = _groups(file) if rows is None else _loaded_groups(file, expected, rows)
            _Reading(task, found, expected, stack).read(groups, again)
            with found.work("bytes"):
                found.proofs["bytes"].take(_check_bytes(task, again, file))
            if room:
                del again
                give_back()
    except Exception as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        found.proofs["records"].take([unsound(task.path, f"can't be read back: {cause(error)}")])
    return found


def _groups(file: pq.ParquetFile) -> Iterator[pa.Table]:
    yield from map(file.read_row_group, range(file.num_row_groups))


def _loaded_groups(file: pq.ParquetFile, expected: pa.Schema, rows: Stream) -> Iterator[pa.Table]:
    """Yield rows that come in tables of any size by the row groups of their file.

    Raises:
        ValueError: they have other types than the file.
    """
    if (rows.schema.names, rows.schema.types) != (expected.names, expected.types):
        raise ValueError("its columns are loaded as other ones")
    for number in range(file.num_row_groups):
        yield pa.concat_tables(rows.take(file.metadata.row_group(number).num_rows))


def _check_bytes(task: ShardTask, again: WrittenAgain, file: pq.ParquetFile) -> Iterator[Told]:
    """Check that a shard has no byte that doesn't follow from its rows: no statistics, no index that hides some."""
    told = (file.metadata.metadata or {}).get(FOOTER_PROVENANCE, b"")
    if again.sha256(told) == task.sha256:
        yield 1
    elif task.same_versions:
        yield unsound(task.path, "its bytes are not those that its rows give: its statistics or indexes may hide rows")
    else:
        yield Skipped(f"{task.path}: other versions wrote it, so its bytes aren't those that its rows give here")
        yield from check_statistics(file, task.path)


class _Reading:
    """One shard in the reading."""

    def __init__(self, task: ShardTask, found: ShardRows, schema: pa.Schema, stack: ExitStack) -> None:
        self.task, self.found, self.schema = task, found, schema
        self.content = [name for name in schema.names if not (task.part.row_provenance and name == PROVENANCE)]
        covered = pa.schema([schema.field(name) for name in self.content])
        self.digest, self.tallies = ContentDigest(covered), Tallies(covered)
        found.tallies = self.tallies.found
        self.has_files = any(map(holds_files, schema))
        self.gate, self.rules = _gate(task.folder, task.part)
        self.split = splitter(task.splits) if task.splits and needs_records(task.splits) else None
        self.spans = {file: (first, last) for file, first, last in _merged(task.spans)}
        self.key_types = {paths: key_schema(schema, paths, task.part.name) for paths in task.keys}
        self.keys = {paths: self._key_writer(paths, stack) for paths in task.keys if paths != task.later}
        self.thread = WriterThread()

    def _key_writer(self, paths: ColumnPaths, stack: ExitStack) -> pq.ParquetWriter:
        path = key_file(self.task, paths)
        self.found.keys[paths] = str(path)
        return stack.enter_context(key_writer(path, self.key_types[paths]))

    def read(self, groups: Iterator[pa.Table], again: WrittenAgain) -> None:
        """Read row group by row group, each once, and write it again; what else is to be seen, batch by batch."""
        try:
            while self._read_group(groups, again):
                pass
            self.thread.wait()
        finally:
            self.thread.settle()
        self.found.proofs["splits"].take(self._check_files())
        self.found.complete, self.found.content = True, self.digest.hexdigest()

    def _read_group(self, groups: Iterator[pa.Table], again: WrittenAgain) -> bool:
        """Read the next row group, and say whether there was one."""
        mappings = list[mmap]()
        with self.found.work("bytes"):
            read = next(groups, None)
            if read is None:
                return False
            group = self._typed(read)
            del read
            if self.has_files and memory_of(group) > LARGE:
                group, mapping = on_disk(group, self.task.temporary)
                mappings.append(mapping)
        self.thread.wait()  # so that there are no more than two row groups
        with let_go(mappings):
            if mappings:
                self._write(again, group)
            else:
                self.thread.run(partial(self._write, again, group))
            rows = min(BATCH_ROWS, 1 + BATCH_BYTES * group.num_rows // max(group.nbytes, 1))
            for begin in range(0, group.num_rows, rows):
                self._read_batch(group.slice(begin, rows).combine_chunks())
        return True

    def _write(self, again: WrittenAgain, group: pa.Table) -> None:
        with self.found.work("bytes"):
            written = again.add(group)
        with self.found.work("datasheet"):
            self.tallies.update(written.select(self.content))

    def _typed(self, group: pa.Table) -> pa.Table:
        """Return a row group under its schema; the files of places are a dictionary's where they were read so."""
        listed = with_places_listed(self.schema)
        return as_schema(group, listed if group.schema.types == listed.types else self.schema).combine_chunks()

    def _read_batch(self, table: pa.Table) -> None:
        work, covered = self.found.work, table.select(self.content)
        with work("content digests"):
            self.digest.update(covered)
        with work("linked files"):
            self.found.linked.update(
                (name, content and sha256(content).hexdigest()) for name, content in files_in(table)
            )
        if self.has_files:  # what follows copies rows
            table = pa.Table.from_batches([without_bytes(each, self.schema) for each in table.to_batches()])
        with work("places"):
            files, lines = self._places(table)
        with work("keys"):
            self._lay_down_keys(table, files, lines)
        with work("records"):
            self.found.proofs["records"].take(self._judge(table.select(self.content), files, lines))
        self.found.rows += table.num_rows

    def _lay_down_keys(self, table: pa.Table, files: pa.Array, lines: pa.Array) -> None:
        for paths, types in self.key_types.items():
            values = key_values(table, paths, files, lines)
            if paths == self.task.later:
                values = values.select(types.names[:1]).cast(pa.schema([types[0]]))
            else:
                values = values.cast(types)
                self.keys[paths].write_table(values)
            if paths == self.task.key and len(paths) == 1:
                self.found.spans.append(span_of(values.column(0)))

    def _places(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        """Return file and line of each row; without row provenance, shard and row."""
        if self.task.part.row_provenance:
            column = table.column(PROVENANCE).combine_chunks()
            files, lines = column.field("file"), column.field("line")
            if column.null_count or files.null_count or lines.null_count:
                self.found.proofs["places"].take([unsound(self.task.path, "a row has no place")])
            else:
                self.found.proofs["places"].take(self._check_places(files, lines))
            return files, lines
        begin = self.found.rows + 1
        return rows_as_places(self.task.path, begin, table.num_rows)

    def _check_places(self, files: pa.Array, lines: pa.Array) -> Iterator[Told]:
        begin = 0
        for end, file in _runs(files):
            numbers = lines.slice(begin, end - begin).to_numpy()
            first, last = self.spans.get(file, (1, 0))
            before, self.found.last = self.found.last, (file, int(numbers[-1]))
            self.found.first = self.found.first or (file, int(numbers[0]))
            ordered = (numbers[1:] > numbers[:-1]).all() and (before is None or before < (file, int(numbers[0])))
            inside = first <= numbers.min() and numbers.max() <= last
            if ordered and inside:
                yield len(numbers)
            else:
                wrong = "in another order than in their file" if inside else "from lines that are no input of the shard"
                yield unsound(self.task.path, f"from row {self.found.rows + begin + 1} on, rows are {wrong} ({file})")
            begin = end

    def _judge(self, table: pa.Table, files: pa.Array, lines: pa.Array) -> Iterator[Told]:
        column = self.task.splits.column if self.task.splits else ()
        whole = self.split is None or (column and set(split_values(table, column)) <= {self.task.split})
        good, left = 0, np.arange(table.num_rows)
        if whole and self.rules:
            valid = self.rules.valid(table)
            good, left = int(np.count_nonzero(valid)), np.flatnonzero(~valid)
            if column:
                self.found.proofs["splits"].take([good])
        for index, record in self._decoded(table, left):
            row = self.found.rows + index + 1
            source = f" (from {files[index].as_py()}:{lines[index].as_py()})" if self.task.part.row_provenance else ""
            if isinstance(record, _Unreadable):
                yield unsound(self.task.path, f"can't be decoded: {record.reason}{source}", row)
            elif self.gate.accepts(record):
                good += 1
            else:
                for finding in self.gate.explain(record, self.task.path, None):
                    yield replace(finding, line=row, message=finding.message + source)
            if self.split and not isinstance(record, _Unreadable):
                self.found.proofs["splits"].take(self._check_split(record, row))
        yield good

    def _check_split(self, record: Any, row: int) -> Iterator[Told]:
        split = self.split(record) if self.split else self.task.split
        same = split == self.task.split
        yield 1 if same else unsound(self.task.path, f"its group belongs to the split {split or 'of no name'}", row)

    def _check_files(self) -> Iterator[Told]:
        """Check that the shard's rows come from files of its split, where files make the splits."""
        for split, patterns in self.task.splits.files if self.task.splits else ():
            named = [file for file in self.spans if any(is_named_by(pattern, file) for pattern in patterns)]
            wrong = set(self.spans) - set(named) if split == self.task.split else set(named)
            yield from (
                unsound(self.task.path, f"has rows of {file}, which are not of the split {self.task.split}")
                for file in sorted(wrong)
            )
            yield self.found.rows if split == self.task.split and not wrong else 0

    def _decoded(self, table: pa.Table, rows: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[tuple[int, Any]]:
        for begin in range(0, len(rows), DECODED):
            run = rows[begin : begin + DECODED]
            try:
                records = list(decode(rows_taken(table, pa.array(run))))
            except Exception:  # noqa: BLE001 - then row by row, to name the one that can't be decoded
                records = [_record(table, index) for index in run.tolist()]
            yield from zip(run.tolist(), records, strict=True)


def _runs(files: pa.Array) -> Iterator[tuple[int, str]]:
    """Yield the end and the value of each run of the same file."""
    if pa.types.is_dictionary(files.type):
        if len(files.dictionary) == 1:
            yield len(files), files.dictionary[0].as_py()
            return
        files = files.dictionary_decode()
    runs = pc.run_end_encode(files, run_end_type=pa.int32())
    yield from zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True)


def _record(table: pa.Table, index: int) -> Any:
    try:
        (record,) = decode(table.slice(index, 1))
    except Exception as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        return _Unreadable(cause(error))
    return record


@dataclass(frozen=True, slots=True)
class _Unreadable:
    reason: str


def _merged(spans: tuple[Span, ...]) -> Iterator[Span]:
    """Yield one span for each file, from its first to its last line in the shard."""
    files: dict[str, tuple[int, int]] = {}
    for file, first, last in spans:
        known = files.get(file, (first, last))
        files[file] = min(known[0], first), max(known[1], last)
    yield from ((file, first, last) for file, (first, last) in files.items())


def ready() -> None:
    """Do nothing: a worker that calls it has imported what it takes to read shards."""
