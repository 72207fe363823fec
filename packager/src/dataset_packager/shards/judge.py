"""Judge and type records: from the bytes of lines to the rows that are accepted and the findings of those refused.

There are two ways with one verdict. The exact way takes each record as an object through ``parse``, the gate and the
columns' ``encode``. The quick way, ``columns.fast``, takes the lines of large inputs straight into columns and leaves
to the exact way whatever isn't plainly valid.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain, compress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.base.byte_counts import count_byte
from dataset_packager.base.findings import Finding
from dataset_packager.columns.arrow import rows_chosen, rows_taken
from dataset_packager.columns.fast import reader_for
from dataset_packager.columns.fast.table_rules import table_rules
from dataset_packager.columns.features import features_footer
from dataset_packager.columns.memory import widest_object
from dataset_packager.columns.table_columns import TablePlan, one_file, table_plan
from dataset_packager.project.config import UNSPLIT
from dataset_packager.records.arrow_rows import RowLines
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.reader import record_of, records_of, value_of
from dataset_packager.schemas import load_schema
from dataset_packager.shards.direct import direct_columns
from dataset_packager.shards.linked_files import LinkedFiles
from dataset_packager.shards.reading_options import reading_of
from dataset_packager.shards.row_rules import NO_RULES, RowRules
from dataset_packager.shards.split import needs_records, split_values, splitter, wrong_split
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from dataset_packager.columns.fast.line_reader import LineReader
    from dataset_packager.project.config import Limits, Table
    from dataset_packager.records.formats.interface import Raw, Reading
    from dataset_packager.schemas import Schema
    from dataset_packager.shards.key_columns import ColumnPaths
    from dataset_packager.shards.row_rules import RowProblem

    Ints = np.ndarray[Any, np.dtype[np.int64]]


BLOCK_MEMORY = 64 * 2**20  # that the records of a block take in columns, by the number of their objects


@dataclass(frozen=True, slots=True)
class TableJob:
    """What is the same for all chunks of one table; it travels to the workers.

    With ``quick`` lines go straight into columns.
    """

    project: Path
    dataset: str
    table: Table
    limits: Limits
    shard_bytes: int
    row_provenance: bool
    keys: tuple[ColumnPaths, ...]
    quick: bool = False
    row_rules: RowRules = NO_RULES


@dataclass(frozen=True, slots=True)
class Tools:
    """What a table's records are judged and typed with, made once in each worker."""

    schema: Schema
    gate: Gate
    plan: TablePlan
    features: bytes
    schema_sha256: str
    content: list[str]
    reading: Reading
    linked: LinkedFiles


def table_tools(project: Path, table: Table, row_provenance: bool) -> Tools:
    """Return the table's gate and column plan, which are the same however its rows are split.

    Raises:
        SetupError: the schema can't be used; the message says why.
    """
    return tools_of(project, replace(table, splits=UNSPLIT), row_provenance)


@lru_cache(maxsize=64)
def tools_of(project: Path, table: Table, row_provenance: bool) -> Tools:
    """Make what ``table_tools`` gives."""
    schema = load_schema(project, table.schema)
    plan = table_plan(schema, provenance=row_provenance, choices=table.choices)
    names = plan.arrow_schema.names[:-1] if row_provenance else plan.arrow_schema.names
    return Tools(
        schema=schema,
        plan=plan,
        features=features_footer(plan.arrow_schema),
        gate=Gate(schema, table.assert_formats),
        schema_sha256=schema.sources[table.schema],
        content=names,
        reading=reading_of(table, schema),
        linked=LinkedFiles(project, plan),
    )


@dataclass
class Judged:
    """Some records, in order, and what became of them.

    Attributes:
        file: the file, or of each record its own.
        lines: of each its line; lengths: its bytes.
        accepted: which of them are accepted; ``table`` has these, in order, and ``splits`` says where each belongs.
        refused: the others, each with its place among all and its findings.
    """

    file: str | Sequence[str]
    lines: Ints
    lengths: Ints
    accepted: np.ndarray[Any, np.dtype[np.bool_]]
    table: pa.Table
    splits: list[str] | None
    refused: list[tuple[int, Raw, list[Finding]]] = field(default_factory=list)

    def files(self, begin: int, end: int) -> pa.Array:
        """Return the files of those that are accepted from ``begin`` to ``end``, as a dictionary and places in it."""
        accepted = self.accepted[begin:end]
        if isinstance(self.file, str):
            return one_file(self.file, int(np.count_nonzero(accepted)))
        return pa.array(list(compress(self.file[begin:end], accepted.tolist())), pa.string()).dictionary_encode()


class Judge:
    """Judges the records of one table."""

    def __init__(self, job: TableJob) -> None:
        self._job, self._tools = job, table_tools(job.project, job.table, job.row_provenance)
        self._split: Callable[[Any], str] | None = (
            splitter(job.table.splits) if needs_records(job.table.splits) else None
        )
        self._widest = widest_object(self._tools.plan.arrow_schema)
        self._quick = self._line_reader() if job.quick else None
        self._rules = (
            table_rules(self._tools.schema, self._tools.plan, assert_formats=job.table.assert_formats)
            if job.quick
            else None
        )

    def _line_reader(self) -> LineReader | None:
        tools, job = self._tools, self._job
        formats = job.table.assert_formats
        return reader_for(tools.schema, tools.plan, tools.gate, job.limits.depth, assert_formats=formats)

    def memory_of(self, data: bytes) -> int:
        """Return about how many bytes of memory JSON takes in columns, where many objects leave most of them empty."""
        return count_byte(data, ord("{")) * self._widest

    def lines(self, file: str, lines: Lines) -> Iterator[Judged]:
        """Judge whole lines of a file, as many at a time as memory has room for."""
        for some in self._bounded(lines):
            yield self._lines(file, some)

    def _bounded(self, lines: Lines) -> Iterator[Lines]:
        if type(lines) is Lines and self.memory_of(lines.data) > BLOCK_MEMORY:
            data, middle = lines.data, lines.data.find(b"\n", len(lines.data) // 2) + 1
            if 0 < middle < len(data):
                behind = lines.first_line + data.count(b"\n", 0, middle)
                yield from self._bounded(Lines(lines.first_line, data[:middle]))
                yield from self._bounded(Lines(behind, data[middle:]))
                return
        yield lines

    def _lines(self, file: str, lines: Lines) -> Judged:
        judged = self._directly(file, lines) if isinstance(lines, RowLines) else None
        if judged is None and self._quick is not None and self._quick.pays:
            judged = self._quickly(file, lines, self._quick)
        if judged is None:
            raws = list(records_of(lines, self._job.limits, file))
            judged = self.records([file] * len(raws), raws)
        sizes = lines.sizes()
        judged.lengths = judged.lengths if sizes is None else sizes
        return judged

    def _directly(self, file: str, rows: RowLines) -> Judged | None:
        """Judge rows of Arrow by whole columns; None where JSON has to be made of them."""
        rules, limits, by_record = self._rules, self._job.limits, self._split and not self._job.table.splits.column
        if rules is None or by_record or 8 * rows.size > limits.line_bytes:
            return None
        arrays = direct_columns(self._tools.plan, rows.batch)
        if arrays is None:
            return None
        numbers = np.arange(rows.first_line, rows.first_line + rows.batch.num_rows)
        table = self._tools.plan.table(arrays, file, numbers)
        taken = np.asarray(rules.valid(table)).copy()
        if not taken.all():
            table = rows_chosen(table, pa.array(taken))
        judged = self._by_columns(file, numbers, np.zeros(len(numbers), np.int64), taken, table)
        left = np.flatnonzero(~taken)
        if len(left):
            texts = rows.data.split(b"\n")
            raws = [record_of(rows, int(numbers[row]), texts[row], limits, file) for row in left]
            self._add(judged, left, [file] * len(raws), raws)
        return judged

    def _by_columns(
        self, file: str, lines: Ints, lengths: Ints, taken: np.ndarray[Any, np.dtype[np.bool_]], table: pa.Table
    ) -> Judged:
        """Return what became of records whose rows are ``table``, with the splits that a column names."""
        splits = None
        if column := self._job.table.splits.column:
            splits = split_values(table, column)
            names = self._job.table.splits.names
            good = np.array([name in names for name in splits], np.bool_)
            if not good.all():  # the exact way says of the others what is wrong
                table, splits = rows_chosen(table, pa.array(good)), [name for name in splits if name in names]
                taken[np.flatnonzero(taken)[~good]] = False
        if broken := self._broken(table):  # of these, too
            good = np.ones(table.num_rows, np.bool_)
            good[list(broken)] = False
            table, splits = rows_chosen(table, pa.array(good)), splits and list(compress(splits, good))
            taken[np.flatnonzero(taken)[~good]] = False
        return Judged(file, lines, lengths, taken, table, splits)

    def records(self, files: Sequence[str], raws: Sequence[Raw]) -> Judged:
        """Judge records one by one, each of its own file."""
        table, accepted, values, refused = self._exactly(files, raws)
        judged = Judged(
            file=files,
            lines=np.array([raw.line for raw in raws], np.int64),
            lengths=np.array([len(raw.data) for raw in raws], np.int64),
            accepted=np.zeros(len(raws), np.bool_),
            table=table,
            splits=[self._split(value) for value in values] if self._split else None,
            refused=refused,
        )
        judged.accepted[accepted] = True
        return judged

    def _exactly(
        self, files: Sequence[str], raws: Sequence[Raw]
    ) -> tuple[pa.Table, list[int], list[Any], list[tuple[int, Raw, list[Finding]]]]:
        """Return the rows of what is accepted, which records these are, their values, and the refused ones."""
        values: list[Any] = []
        places: list[int] = []
        refused = []
        for index, raw in enumerate(raws):
            value, findings = self._judge(files[index], raw)
            if findings:
                refused.append((index, raw, findings))
            else:
                values.append(value)
                places.append(index)
        table, misfits = self._tools.plan.encode(values, [(files[index], raws[index].line) for index in places])
        wrong: dict[int, list[Finding]] = {}
        for misfit in misfits:
            place, schema = places[misfit.index], self._job.table.schema
            file, line = files[place], raws[place].line
            finding = Finding(file, line, misfit.path, misfit.code, misfit.message, schema, misfit.hint)
            wrong.setdefault(misfit.index, []).append(finding)
        refused.extend((places[index], raws[places[index]], findings) for index, findings in wrong.items())
        kept = [index for index in range(len(values)) if index not in wrong]
        if broken := self._broken(table):
            for row, problems in broken.items():
                place = places[kept[row]]
                file, line = files[place], raws[place].line
                found = [Finding(file, line, each.path, each.code, each.message, hint=each.hint) for each in problems]
                refused.append((place, raws[place], found))
            table = rows_chosen(table, pa.array([row not in broken for row in range(len(kept))]))
            kept = [index for row, index in enumerate(kept) if row not in broken]
        refused.sort(key=lambda each: each[0])
        return table, [places[index] for index in kept], [values[index] for index in kept], refused

    def _broken(self, table: pa.Table) -> dict[int, list[RowProblem]]:
        """Return the rows that break a rule of rows or name a file that isn't well, with what is wrong."""
        broken: dict[int, list[RowProblem]] = {}
        for problem in chain(self._job.row_rules.problems(table), self._tools.linked.problems(table)):
            broken.setdefault(problem.row, []).append(problem)
        return broken

    def _judge(self, file: str, raw: Raw) -> tuple[Any, list[Finding]]:
        record, problems = value_of(raw, file, self._job.limits.depth)
        if problems:
            return None, problems
        if not self._tools.gate.accepts(record):
            return record, self._tools.gate.explain(record, file, raw.line)
        wrong = wrong_split(record, self._job.table.splits) if self._job.table.splits.column else None
        if wrong:
            path, message, hint = wrong
            return record, [Finding(file, raw.line, path, "split", message, hint=hint)]
        return record, []

    def _quickly(self, file: str, lines: Lines, reader: LineReader) -> Judged:
        rows, arrays, taken = reader.read(lines.data, lines.first_line, self._job.limits.line_bytes)
        lines.line_ends = rows.line_ends
        numbers, lengths = lines.numbers(rows.lines), rows.lengths
        lengths[lengths > self._job.limits.line_bytes] = 0  # of a line too large no byte is kept
        table = self._tools.plan.table(arrays, file, numbers if taken.all() else numbers[taken])
        judged = self._by_columns(file, numbers, lengths, taken, table)
        if self._split and judged.splits is None:
            judged.splits = [self._split(reader.value(rows.line(row))) for row in np.flatnonzero(taken)]
        left = np.flatnonzero(~taken)
        if len(left):
            limits = self._job.limits
            raws = [record_of(lines, int(rows.lines[row]), rows.line(row), limits, file) for row in left]
            self._add(judged, left, [file] * len(raws), raws)
        return judged

    def _add(self, judged: Judged, left: Ints, files: Sequence[str], raws: list[Raw]) -> None:
        """Add what the exact way makes of the records that the quick way left."""
        table, accepted, values, refused = self._exactly(files, raws)
        judged.refused = [(int(left[index]), raw, findings) for index, raw, findings in refused]
        if not accepted:
            return
        rows = np.concatenate([np.flatnonzero(judged.accepted), left[accepted]])
        order = np.argsort(rows, kind="stable")
        judged.table = rows_taken(pa.concat_tables([judged.table, table]), pa.array(order))
        judged.accepted[left[accepted]] = True
        if judged.splits is not None and self._split:
            splits = [*judged.splits, *(self._split(value) for value in values)]
            judged.splits = [splits[index] for index in order]


@lru_cache(maxsize=4)
def judge_of(job: TableJob) -> Judge:
    """Return the judge of a table, made once in each worker."""
    return Judge(job)
