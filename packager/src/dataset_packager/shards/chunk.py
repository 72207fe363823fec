"""The chunk function: from one chunk of records to its shards, the same wherever it runs.

Records are read, judged, typed and written block by block in constant memory. What is wrong is laid down in a file of
findings and counted; nothing here decides whether the build goes on.
"""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import pyarrow as pa

from dataset_packager.base.files import failures, file_sha256
from dataset_packager.base.findings import Finding
from dataset_packager.base.text import shown
from dataset_packager.columns.arrow import rows_chosen
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.reader import read_piece, records_of
from dataset_packager.shards.chunk_results import ChunkResult, InputRange, Shard, summed_up
from dataset_packager.shards.equal_rows import SCHEMA as HASHES
from dataset_packager.shards.equal_rows import are_compared, row_hashes
from dataset_packager.shards.judge import BLOCK_MEMORY, judge_of, table_tools
from dataset_packager.shards.key_columns import key_schema, key_values, key_writer, span_of
from dataset_packager.shards.linked_files import NO_FILES
from dataset_packager.shards.parquet import MOST_ROWS, GroupSize, ShardWriter
from dataset_packager.shards.writer_thread import WriterThread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.records.chunk_plan import Chunk
    from dataset_packager.records.formats.interface import Raw
    from dataset_packager.records.pieces import Piece
    from dataset_packager.shards.judge import Ints, Judged, TableJob
    from dataset_packager.shards.key_columns import KeySpan

BATCH_RECORDS = 8192
BATCH_BYTES = 4 * 2**20
FEW = 100
FEW_BYTES = 2**13  # of lines: fewer are sooner read one by one, together with those of other files
KEY_ROWS = 2**17  # in a row group of a file of keys, however few each file of records gives


def make_shards(job: TableJob, chunk: Chunk, folder: Path, linked: Mapping[str, str] = NO_FILES) -> ChunkResult:
    """Turn one chunk into shards in an empty folder, and say what came of it.

    ``linked`` has the SHA-256 of each file that its records name, by its path in the project.

    Raises:
        EnvironmentFailure: a file can't be read or written, or changed while it was read.
    """
    result = ChunkResult(chunk.table, chunk.number)
    with Refusals(folder, result) as refusals, ExitStack() as writers:
        making = _Making(job, chunk, folder, result, refusals, writers, linked)
        for piece in chunk.pieces:
            for part in read_piece(job.project, piece, job.limits, making.tools.reading):
                making.take(piece, part)
        making.end()
    others = [name for shard in result.shards for name in shard.keys]
    others.extend(name for name in (result.findings_file, result.rejected_file) if name)
    shards = {shard.written.name: shard.written.sha256 for shard in result.shards}
    result.files = shards | {name: file_sha256(folder / name) for name in others}
    result.folder = folder
    return result


class Refusals:
    """The files that one chunk's findings and refused records are laid down in, made when there is a first one."""

    def __init__(self, staging: Path, result: ChunkResult) -> None:
        self._staging, self._result = staging, result
        self._stack, self._files = ExitStack(), dict[str, TextIO]()

    def __enter__(self) -> Refusals:
        return self

    def __exit__(self, *_: object) -> None:
        with failures(self._staging):
            self._stack.close()

    def refuse(self, raw: Raw, findings: Sequence[Finding]) -> None:
        """Count a refused record, and keep its bytes and findings."""
        self._result.rejected += 1
        self.note(findings)
        self._result.rejected_file = self._line("rejected", {
            "file": findings[0].file, "line": raw.line, **_as_text(raw.data),
            "findings": [finding.as_json() for finding in findings],
        })  # fmt: skip

    def note(self, findings: Sequence[Finding]) -> None:
        """Count findings and keep them."""
        for finding in findings:
            self._result.codes[finding.code] += 1
            self._result.findings_file = self._line("findings", finding.as_json())
        self._result.first.extend(findings[: FEW - len(self._result.first)])

    def _line(self, kind: str, value: dict[str, Any]) -> str:
        name = f"{kind}.jsonl"
        with failures(self._staging / name):
            if kind not in self._files:
                path = self._staging / name
                self._files[kind] = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            self._files[kind].write(json.dumps(value, ensure_ascii=False) + "\n")
        return name


def _as_text(data: bytes) -> dict[str, str]:
    try:
        return {"record": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


class _Making:
    """One chunk on its way through the stages."""

    def __init__(
        self, job: TableJob, chunk: Chunk, staging: Path, result: ChunkResult, refusals: Refusals, writers: ExitStack,
        linked: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.split = chunk.split or job.table.splits.names[0]
        self.job, self.staging, self.writers, self.thread = job, staging, writers, WriterThread()
        self.tools = table_tools(job.project, job.table, job.row_provenance)
        self.result, self.refusals, self.linked = result, refusals, linked
        self.judge = judge_of(job)
        self.full = job.shard_bytes * 3 // 2 if self.tools.linked else job.shard_bytes  # files aren't all of one size
        self.waiting: list[tuple[Piece, Raw]] = []
        self.waiting_bytes = self.waiting_memory = self.shard_bytes = 0
        self.set = _ShardSet(self)

    def take(self, piece: Piece, part: Lines | Raw) -> None:
        """Judge some lines, or let one record wait for others, also of other pieces, to be judged with them."""
        if isinstance(part, Lines) and part.weight >= FEW_BYTES:
            self.flush()
            for judged in self.judge.lines(piece.file, part):
                self._write([(piece, len(judged.lines))], judged)
        elif isinstance(part, Lines):
            for raw in records_of(part, self.job.limits, piece.file):
                self._wait(piece, raw)
        elif part.problem and part.problem.line is None:
            self.flush()
            self.refusals.note([part.problem])  # the file, not a record of it
            self.result.damaged += 1
        else:
            self._wait(piece, part)

    def _wait(self, piece: Piece, raw: Raw) -> None:
        self.waiting.append((piece, raw))
        self.waiting_bytes += len(raw.data)
        self.waiting_memory += self.judge.memory_of(raw.data)
        full = len(self.waiting) >= BATCH_RECORDS or self.waiting_bytes >= BATCH_BYTES
        if full or self.waiting_memory >= BLOCK_MEMORY:
            self.flush()

    def flush(self) -> None:
        """Judge and write the records that came one by one."""
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            self.waiting_bytes = self.waiting_memory = 0
            judged = self.judge.records([piece.file for piece, _ in waiting], [raw for _, raw in waiting])
            runs = [(piece, sum(1 for _ in each)) for piece, each in groupby(piece for piece, _ in waiting)]
            self._write(runs, judged)

    def _write(self, runs: Sequence[tuple[Piece, int]], judged: Judged) -> None:
        """Put what is accepted into shards; ``runs`` say how many records of each piece follow one another."""
        for _, raw, findings in judged.refused:
            self.refusals.refuse(raw, findings)
        self.result.read += len(judged.lines)
        self.result.accepted += judged.table.num_rows
        self._notice(judged)
        if self.tools.linked:
            judged.lengths = judged.lengths.copy()
            judged.lengths[judged.accepted] += self.tools.linked.sizes(judged.table)
        for piece, number in runs:
            self.result.records[piece.file] += number
        for begin, end in self._parts(judged.lengths):
            if self.shard_bytes >= self.full:
                self._roll_over()
            self.shard_bytes += int(judged.lengths[begin:end].sum()) + end - begin
            for piece, first, last in _within(runs, begin, end):
                self.set.read(piece, int(judged.lines[first]), int(judged.lines[last - 1]))
            self.set.add(judged, begin, end)

    def with_files(self, table: pa.Table, files: pa.Array, lines: Ints) -> pa.Table:
        """Return rows with the bytes of the files that they name."""
        linked = self.tools.linked
        if not linked:
            return table

        def changed(row: int, path: str, name: str) -> None:
            self.result.damaged, self.result.changed = self.result.damaged + 1, True
            message, hint = f"{shown(name)}: it changed while it was read", "let it rest and run the command again"
            self.refusals.note([Finding(files[row].as_py(), int(lines[row]), path, "file", message, hint=hint)])

        filled = linked.embedded(table, self.linked, changed)
        self.result.linked |= {name: self.linked.get(name, "") for name in linked.names(table)}
        return filled

    def _notice(self, judged: Judged) -> None:
        """Keep what is to be told of accepted rows."""
        notices = list(self.job.row_rules.notices(judged.table))
        if not notices:
            return
        lines, files = judged.lines[judged.accepted], judged.files(0, len(judged.lines))
        self.result.noticed += len(notices)
        for each in notices[: FEW - len(self.result.notices)]:
            file, line = files[each.row].as_py(), int(lines[each.row])
            self.result.notices.append(Finding(file, line, each.path, each.code, each.message, hint=each.hint))

    def _parts(self, lengths: Ints) -> Iterator[tuple[int, int]]:
        """Yield the runs of records that go into one shard each: a shard takes records until it is full."""
        begin, sizes = 0, np.cumsum(lengths + 1)
        while begin < len(lengths):
            left = self.full - self.shard_bytes
            room = left if left > 0 else self.full
            before = int(sizes[begin - 1]) if begin else 0
            end = min(int(np.searchsorted(sizes, before + room)) + 1, len(lengths))
            yield begin, end
            begin = end

    def _roll_over(self) -> None:
        self.result.shards.extend(self.set.finish())
        self.set, self.shard_bytes = _ShardSet(self, self.set.number + 1), 0

    def end(self) -> None:
        """Judge what still waits, and finish the last shard."""
        self.flush()
        self.result.shards.extend(self.set.finish())


def _within(runs: Iterable[tuple[Piece, int]], begin: int, end: int) -> Iterator[tuple[Piece, int, int]]:
    """Yield which records from ``begin`` to ``end`` are of which piece."""
    first = 0
    for piece, number in runs:
        if max(first, begin) < min(first + number, end):
            yield piece, max(first, begin), min(first + number, end)
        first += number


class _ShardSet:
    """The shards, one for each split, that are being written at the same time."""

    def __init__(self, making: _Making, number: int = 0) -> None:
        self.making, self.number = making, number
        self.group = GroupSize()
        self.writers: dict[str, ShardWriter] = {}
        self.tables: dict[str, list[list[pa.Table]]] = {}
        self.hashes: dict[str, list[pa.Table]] = {}
        self.inputs: list[InputRange] = []
        self.piece: Piece | None = None

    def read(self, piece: Piece, first_line: int, last_line: int) -> None:
        """Take note of where the next records come from."""
        if piece is self.piece:
            self.inputs[-1] = replace(self.inputs[-1], last_line=last_line)
        else:
            self.inputs.append(InputRange(piece.file, first_line, last_line, piece.sha256))
        self.piece = piece

    def add(self, judged: Judged, begin: int, end: int) -> None:
        """Take the records from ``begin`` to ``end``."""
        self.group.feed(judged.lengths[begin:end])
        first = int(np.count_nonzero(judged.accepted[:begin]))
        lines = judged.lines[begin:end][judged.accepted[begin:end]]
        if not len(lines):
            return
        table, files = judged.table.slice(first, len(lines)), judged.files(begin, end)
        if judged.splits is None:
            self._add(self.making.split, table, files, lines)
            return
        splits = np.array(judged.splits[first : first + len(lines)])
        for split in dict.fromkeys(splits.tolist()):
            here = splits == split
            mask = pa.array(here)
            self._add(split, rows_chosen(table, mask), files.filter(mask), lines[here])

    def _add(self, split: str, table: pa.Table, files: pa.Array, lines: Ints) -> None:
        job, tools = self.making.job, self.making.tools
        if split not in self.writers:
            path = self.making.staging / f"{self._stem(split)}.parquet"
            self.writers[split] = ShardWriter(
                path, tools.plan.arrow_schema, tools.features, tools.content, self.making.thread
            )
            self.making.writers.callback(self.writers[split].abandon)
            self.tables[split] = [[] for _ in job.keys]
        numbers = pa.array(lines, pa.int64())
        for paths, tables in zip(job.keys, self.tables[split], strict=True):
            tables.append(key_values(table, paths, files, numbers))
        if are_compared(job.table):
            rows = table.select(self.making.tools.content)
            self.hashes.setdefault(split, []).append(row_hashes(rows, job.table.splits.column, files, numbers))
        for begin, end in tools.linked.slices(table) if tools.linked else ((0, len(lines)),):
            some = table.slice(begin, end - begin)
            self.writers[split].add(self.making.with_files(some, files[begin:end], lines[begin:end]))
            self.writers[split].drain(self.group.rows if self.group.known else MOST_ROWS)

    def finish(self) -> Iterator[Shard]:
        inputs = tuple(self.inputs)
        for split in (name for name in self.making.job.table.splits.names if name in self.writers):
            self.writers[split].drain(self.group.rows, last=True)
            laid_down = list(self._lay_down_keys(split))  # beside the last rows
            written = self.writers[split].finish(self.group.rows, self._footer(split, inputs))
            yield Shard(split, written, inputs, *(zip(*laid_down, strict=True) if laid_down else ((), ())))

    def _lay_down_keys(self, split: str) -> Iterator[tuple[str, KeySpan | None]]:
        """Write the values of each key, then the hashes of whole rows where they are compared."""
        schema = self.making.tools.plan.arrow_schema
        for number, (paths, tables) in enumerate(zip(self.making.job.keys, self.tables[split], strict=True)):
            values = pa.concat_tables(tables)
            types = key_schema(schema, paths, self.making.job.table.name)
            plain = len(paths) == 1 and paths == self.making.job.table.key
            span = span_of(values.column(0)) if plain else None
            yield self._lay_down(f"{self._stem(split)}.key{number}.parquet", values, types), span
        if split in self.hashes:
            yield (
                self._lay_down(f"{self._stem(split)}.rows.parquet", pa.concat_tables(self.hashes[split]), HASHES),
                None,
            )

    def _lay_down(self, name: str, values: pa.Table, types: pa.Schema) -> str:
        path = self.making.staging / name
        with failures(path), key_writer(path, types) as writer:
            writer.write_table(values, row_group_size=KEY_ROWS)
        return name

    def _stem(self, split: str) -> str:
        return f"{self.number:05}-{split}"

    def _footer(self, split: str, inputs: Sequence[InputRange]) -> dict[str, Any]:
        job = self.making.job
        return {
            "dataset": job.dataset,
            "table": job.table.name,
            "split": split,
            "schema_sha256": self.making.tools.schema_sha256,
            "inputs": summed_up(inputs),
        }
