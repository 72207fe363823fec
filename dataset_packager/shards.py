"""The chunk function: from one chunk of records to its shards, the same wherever it runs.

Records are read, judged, typed and written block by block in constant memory. What is wrong is laid down in a file of
findings and counted; nothing here decides whether the build goes on.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

import pyarrow as pa

from dataset_packager.arrow_schema import Refusal, TablePlan, table_plan
from dataset_packager.files import bytes_sha256, failures
from dataset_packager.findings import Finding
from dataset_packager.keys import ColumnPaths, key_schema, key_values
from dataset_packager.parse import LineError, parse
from dataset_packager.read import Raw, read_piece
from dataset_packager.schemas import load_schema
from dataset_packager.split import splitter
from dataset_packager.validate import Gate
from dataset_packager.write import GroupSize, ShardWriter, WrittenShard, features_footer, write_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.chunks import Chunk, Piece
    from dataset_packager.config import Limits, Table

BATCH_RECORDS = 8192
BATCH_BYTES = 4 * 2**20
FEW = 100


@dataclass(frozen=True, slots=True)
class TableJob:
    """What is the same for all chunks of one table; it travels to the workers."""

    project: Path
    dataset: str
    table: Table
    limits: Limits
    shard_bytes: int
    row_provenance: bool
    keys: tuple[ColumnPaths, ...]


@dataclass(frozen=True, slots=True)
class Tools:
    """What a table's records are judged and typed with, made once in each worker."""

    gate: Gate
    plan: TablePlan
    features: bytes
    schema_sha256: str
    content: list[str]


@lru_cache(maxsize=64)
def table_tools(project: Path, table: Table, row_provenance: bool) -> Tools:
    """Return the table's gate and column plan.

    Raises:
        SetupError: the schema can't be used; the message says why.
    """
    schema = load_schema(project, table.schema)
    plan = table_plan(schema, provenance=row_provenance)
    names = plan.arrow_schema.names[:-1] if row_provenance else plan.arrow_schema.names
    return Tools(
        gate=Gate(schema, table.assert_formats),
        plan=plan,
        features=features_footer(plan.arrow_schema),
        schema_sha256=schema.sources[table.schema],
        content=names,
    )


@dataclass(frozen=True, slots=True)
class InputRange:
    """Which lines of a file went into a shard, and the SHA-256 of the stored bytes that hold them."""

    file: str
    first_line: int
    last_line: int
    sha256: str


FEW_RANGES = 16


def summed_up(inputs: Sequence[InputRange]) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the input ranges for a footer: each of a few, or what sums up many."""
    ranges = [asdict(part) for part in inputs]
    if len(ranges) <= FEW_RANGES:
        return ranges
    text = json.dumps(ranges, sort_keys=True, ensure_ascii=False)
    return {"ranges": len(ranges), "first": ranges[0], "last": ranges[-1], "sha256": bytes_sha256(text.encode("utf-8"))}


@dataclass(frozen=True, slots=True)
class Shard:
    """One shard of one split, still under its chunk's name."""

    split: str
    written: WrittenShard
    inputs: tuple[InputRange, ...]
    keys: tuple[str, ...]


@dataclass
class ChunkResult:
    """What came of one chunk; counts are of records, and ``damaged`` of files that could not be read to their end."""

    table: str
    number: int
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    damaged: int = 0
    records: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    first: list[Finding] = field(default_factory=list)
    shards: list[Shard] = field(default_factory=list)
    findings_file: str | None = None
    rejected_file: str | None = None


def make_shards(job: TableJob, chunk: Chunk, staging: Path) -> ChunkResult:
    """Turn one chunk into shards in the folder ``staging``, and say what came of it.

    Raises:
        EnvironmentFailure: a file can't be read or written, or changed while it was read.
    """
    tools = table_tools(job.project, job.table, job.row_provenance)
    result = ChunkResult(chunk.table, chunk.number)
    with Refusals(staging, result) as refusals:
        making = _Making(job, tools, chunk, staging, result, refusals)
        for piece in chunk.pieces:
            making.begin(piece)
            for raw in read_piece(job.project, piece, job.limits):
                making.take(piece, raw)
        making.end()
    return result


class Refusals:
    """The files that one chunk's findings and refused records are laid down in, made when there is a first one."""

    def __init__(self, staging: Path, result: ChunkResult) -> None:
        self._staging, self._result = staging, result
        self._stack, self._files = ExitStack(), dict[str, TextIO]()

    def __enter__(self) -> Refusals:
        return self

    def __exit__(self, *_: object) -> None:
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
        name = f"{kind}-{self._result.table}-{self._result.number:05}.jsonl"
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
        self, job: TableJob, tools: Tools, chunk: Chunk, staging: Path, result: ChunkResult, refusals: Refusals
    ) -> None:
        self.job, self.tools, self.chunk, self.staging = job, tools, chunk, staging
        self.result, self.refusals = result, refusals
        self.split = splitter(job.table.splits)
        self.batch: dict[str, list[tuple[Any, str, Raw]]] = {}
        self.batch_size = self.batch_bytes = self.shard_bytes = 0
        self.set = _ShardSet(self)

    def begin(self, piece: Piece) -> None:
        """Let the shard know where its next rows come from."""
        self.set.begin(piece)

    def take(self, piece: Piece, raw: Raw) -> None:
        """Judge one record and put it into its split's batch, or among the refused."""
        if raw.problem and raw.problem.line is None:
            self.refusals.note([raw.problem])  # the file, not a record of it
            self.result.damaged += 1
            return
        if self.shard_bytes >= self.job.shard_bytes:
            self._roll_over(piece)
        self._count(piece, raw)
        record, findings = self._judge(piece, raw)
        if findings:
            self.refusals.refuse(raw, findings)
        else:
            self.batch.setdefault(self.split(record), []).append((record, piece.file, raw))
            self.batch_size += 1
            self.batch_bytes += len(raw.data)
            if self.batch_size >= BATCH_RECORDS or self.batch_bytes >= BATCH_BYTES:
                self._flush()

    def _count(self, piece: Piece, raw: Raw) -> None:
        self.result.read += 1
        self.result.records[piece.file] += 1
        self.shard_bytes += len(raw.data) + 1
        self.set.count(raw)

    def _judge(self, piece: Piece, raw: Raw) -> tuple[Any, list[Finding]]:
        if raw.problem:
            return None, [raw.problem]
        try:
            record = parse(raw.data, max_depth=self.job.limits.depth)
        except LineError as error:
            return None, [Finding(piece.file, raw.line, error.path, error.code, error.message, hint=error.hint)]
        if self.tools.gate.accepts(record):
            return record, []
        return record, self.tools.gate.explain(record, piece.file, raw.line)

    def _flush(self) -> None:
        for split, rows in self.batch.items():
            places = [(file, raw.line) for _, file, raw in rows]
            table, refused = self.tools.plan.encode([record for record, _, _ in rows], places)
            misfits = self._misfits(refused, places)
            for index, findings in misfits.items():
                self.refusals.refuse(rows[index][2], findings)
            self.result.accepted += table.num_rows
            if table.num_rows:
                self.set.add(split, table, [place for index, place in enumerate(places) if index not in misfits])
        self.batch, self.batch_size, self.batch_bytes = {}, 0, 0

    def _misfits(self, refused: Sequence[Refusal], places: Sequence[tuple[str, int]]) -> dict[int, list[Finding]]:
        misfits: dict[int, list[Finding]] = {}
        schema = self.job.table.schema
        for refusal in refused:
            finding = Finding(*places[refusal.index], refusal.path, refusal.code, refusal.message, schema, refusal.hint)
            misfits.setdefault(refusal.index, []).append(finding)
        return misfits

    def _roll_over(self, piece: Piece) -> None:
        self._flush()
        self.result.shards.extend(self.set.finish())
        self.set, self.shard_bytes = _ShardSet(self, self.set.number + 1), 0
        self.set.begin(piece)

    def end(self) -> None:
        """Finish the last shard."""
        self._flush()
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

    def count(self, raw: Raw) -> None:
        self.group.feed(len(raw.data))
        self.first_line = self.first_line or raw.line
        self.last_line = raw.line

    def add(self, split: str, table: pa.Table, places: Sequence[tuple[str, int]]) -> None:
        if split not in self.writers:
            tools = self.making.tools
            path = self.making.staging / f"{self._stem(split)}.parquet"
            self.writers[split] = ShardWriter(path, tools.plan.arrow_schema, tools.features, tools.content)
            self.tables[split] = [[] for _ in self.making.job.keys]
        self.writers[split].add(table)
        file = pa.array([file for file, _ in places], pa.string())
        line = pa.array([line for _, line in places], pa.int64())
        for paths, tables in zip(self.making.job.keys, self.tables[split], strict=True):
            tables.append(key_values(table, paths, file, line))
        if self.group.known:
            self.writers[split].drain(self.group.rows)

    def finish(self) -> Iterator[Shard]:
        self._end_piece()
        inputs = tuple(self.inputs)
        for split in (name for name in self.making.job.table.splits.names if name in self.writers):
            written = self.writers[split].finish(self.group.rows, self._footer(split, inputs))
            yield Shard(split, written, inputs, tuple(self._lay_down_keys(split)))

    def _lay_down_keys(self, split: str) -> Iterator[str]:
        schema = self.making.tools.plan.arrow_schema
        for number, (paths, tables) in enumerate(zip(self.making.job.keys, self.tables[split], strict=True)):
            name = f"{self._stem(split)}.key{number}.parquet"
            write_tables(self.making.staging / name, key_schema(schema, paths, self.making.job.table.name), tables)
            yield name

    def _stem(self, split: str) -> str:
        chunk = self.making.chunk
        return f"{chunk.table}-{chunk.number:05}-{self.number:05}-{split}"

    def _footer(self, split: str, inputs: Sequence[InputRange]) -> dict[str, Any]:
        job = self.making.job
        return {
            "dataset": job.dataset,
            "table": job.table.name,
            "split": split,
            "schema_sha256": self.making.tools.schema_sha256,
            "inputs": summed_up(inputs),
        }
