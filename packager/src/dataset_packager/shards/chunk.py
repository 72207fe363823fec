"""The chunk function: from one chunk of records to its shards, the same wherever it runs.

Records are read, judged, typed and written block by block in constant memory. What is wrong is laid down in a file of
findings and counted; nothing here decides whether the build goes on.
"""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import pyarrow as pa

from dataset_packager.base.files import failures, file_sha256
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.reader import read_piece
from dataset_packager.shards.chunk_results import ChunkResult, InputRange, Shard, summed_up
from dataset_packager.shards.judge import judge_of, table_tools
from dataset_packager.shards.keys import key_schema, key_values, key_writer, span_of
from dataset_packager.shards.parquet import GroupSize, ShardWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.base.findings import Finding
    from dataset_packager.records.chunk_plan import Chunk, Piece
    from dataset_packager.records.formats.interface import Raw
    from dataset_packager.shards.judge import Ints, Judged, TableJob
    from dataset_packager.shards.keys import KeySpan

BATCH_RECORDS = 8192
BATCH_BYTES = 4 * 2**20
FEW = 100


def make_shards(job: TableJob, chunk: Chunk, folder: Path) -> ChunkResult:
    """Turn one chunk into shards in an empty folder, and say what came of it.

    Raises:
        EnvironmentFailure: a file can't be read or written, or changed while it was read.
    """
    result = ChunkResult(chunk.table, chunk.number)
    with Refusals(folder, result) as refusals, ExitStack() as writers:
        making = _Making(job, chunk, folder, result, refusals, writers)
        for piece in chunk.pieces:
            making.begin(piece)
            for part in read_piece(job.project, piece, job.limits, making.tools.reading):
                making.take(piece, part)
            making.flush(piece)
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
        self, job: TableJob, chunk: Chunk, staging: Path, result: ChunkResult, refusals: Refusals, writers: ExitStack
    ) -> None:
        self.split = chunk.split or job.table.splits.names[0]
        self.job, self.staging, self.writers = job, staging, writers
        self.tools = table_tools(job.project, job.table, job.row_provenance)
        self.result, self.refusals = result, refusals
        self.judge = judge_of(job)
        self.piece: Piece | None = None
        self.waiting: list[Raw] = []
        self.waiting_bytes = self.shard_bytes = 0
        self.set = _ShardSet(self)

    def begin(self, piece: Piece) -> None:
        """Let the shard know where its next rows come from."""
        self.piece = piece
        self.set.begin(piece)

    def take(self, piece: Piece, part: Lines | Raw) -> None:
        """Judge some lines, or one record, and put what is accepted into shards."""
        if isinstance(part, Lines):
            self.flush(piece)
            self._write(piece, self.judge.lines(piece.file, part))
        elif part.problem and part.problem.line is None:
            self.flush(piece)
            self.refusals.note([part.problem])  # the file, not a record of it
            self.result.damaged += 1
        else:
            self.waiting.append(part)
            self.waiting_bytes += len(part.data)
            if len(self.waiting) >= BATCH_RECORDS or self.waiting_bytes >= BATCH_BYTES:
                self.flush(piece)

    def flush(self, piece: Piece) -> None:
        """Judge and write the records that came one by one."""
        if self.waiting:
            self._write(piece, self.judge.records(piece.file, self.waiting))
            self.waiting, self.waiting_bytes = [], 0

    def _write(self, piece: Piece, judged: Judged) -> None:
        for _, raw, findings in judged.refused:
            self.refusals.refuse(raw, findings)
        self.result.read += len(judged.lines)
        self.result.records[piece.file] += len(judged.lines)
        self.result.accepted += judged.table.num_rows
        for begin, end in self._parts(judged.lengths):
            if self.shard_bytes >= self.job.shard_bytes:
                self._roll_over(piece)
            self.shard_bytes += int(judged.lengths[begin:end].sum()) + end - begin
            self.set.add(judged, begin, end)

    def _parts(self, lengths: Ints) -> Iterator[tuple[int, int]]:
        """Yield the runs of records that go into one shard each: a shard takes records until it is full."""
        begin, sizes = 0, np.cumsum(lengths + 1)
        while begin < len(lengths):
            left = self.job.shard_bytes - self.shard_bytes
            room = left if left > 0 else self.job.shard_bytes
            before = int(sizes[begin - 1]) if begin else 0
            end = min(int(np.searchsorted(sizes, before + room)) + 1, len(lengths))
            yield begin, end
            begin = end

    def _roll_over(self, piece: Piece) -> None:
        self.result.shards.extend(self.set.finish())
        self.set, self.shard_bytes = _ShardSet(self, self.set.number + 1), 0
        self.set.begin(piece)

    def end(self) -> None:
        """Finish the last shard."""
        self.result.shards.extend(self.set.finish())


class _ShardSet:
    """The shards, one for each split, that are being written at the same time."""

    def __init__(self, making: _Making, number: int = 0) -> None:
        self.making, self.number = making, number
        self.group = GroupSize()
        self.writers: dict[str, ShardWriter] = {}
        self.tables: dict[str, list[list[pa.Table]]] = {}
        self.inputs: list[InputRange] = []
        self.piece: Piece | None = None
        self.first_line = self.last_line = 0

    def begin(self, piece: Piece) -> None:
        self._end_piece()
        self.piece, self.first_line = piece, 0

    def _end_piece(self) -> None:
        if self.piece and self.first_line:
            self.inputs.append(InputRange(self.piece.file, self.first_line, self.last_line, self.piece.sha256))

    def add(self, judged: Judged, begin: int, end: int) -> None:
        """Take the records from ``begin`` to ``end``."""
        self.group.feed(judged.lengths[begin:end])
        self.first_line = self.first_line or int(judged.lines[begin])
        self.last_line = int(judged.lines[end - 1])
        first = int(np.count_nonzero(judged.accepted[:begin]))
        lines = judged.lines[begin:end][judged.accepted[begin:end]]
        if not len(lines):
            return
        table = judged.table.slice(first, len(lines))
        if judged.splits is None:
            self._add(self.making.split, table, judged.file, lines)
            return
        splits = np.array(judged.splits[first : first + len(lines)])
        for split in dict.fromkeys(splits.tolist()):
            here = splits == split
            self._add(split, table.filter(pa.array(here)), judged.file, lines[here])

    def _add(self, split: str, table: pa.Table, file: str, lines: Ints) -> None:
        job = self.making.job
        if split not in self.writers:
            tools = self.making.tools
            path = self.making.staging / f"{self._stem(split)}.parquet"
            self.writers[split] = ShardWriter(path, tools.plan.arrow_schema, tools.features, tools.content)
            self.making.writers.callback(self.writers[split].abandon)
            self.tables[split] = [[] for _ in job.keys]
        self.writers[split].add(table)
        files, numbers = pa.repeat(pa.scalar(file, pa.string()), len(lines)), pa.array(lines, pa.int64())
        for paths, tables in zip(job.keys, self.tables[split], strict=True):
            tables.append(key_values(table, paths, files, numbers))
        if self.group.known:
            self.writers[split].drain(self.group.rows)

    def finish(self) -> Iterator[Shard]:
        self._end_piece()
        inputs = tuple(self.inputs)
        for split in (name for name in self.making.job.table.splits.names if name in self.writers):
            written = self.writers[split].finish(self.group.rows, self._footer(split, inputs))
            keys, spans = zip(*self._lay_down_keys(split), strict=True) if self.tables[split] else ((), ())
            yield Shard(split, written, inputs, keys, spans)

    def _lay_down_keys(self, split: str) -> Iterator[tuple[str, KeySpan | None]]:
        schema = self.making.tools.plan.arrow_schema
        for number, (paths, tables) in enumerate(zip(self.making.job.keys, self.tables[split], strict=True)):
            name = f"{self._stem(split)}.key{number}.parquet"
            path, types = self.making.staging / name, key_schema(schema, paths, self.making.job.table.name)
            with failures(path), key_writer(path, types) as writer:
                for table in tables:
                    writer.write_table(table)
            plain = len(paths) == 1 and paths == self.making.job.table.key
            yield name, span_of(pa.concat_tables(tables).column(0)) if plain else None

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
