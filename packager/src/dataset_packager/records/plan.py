"""The plan: which files a table's records come from, and how they are cut into chunks.

The plan depends on the input and the configuration alone, never on the number of workers or the engine, so that the
same input gives the same shards wherever they are made.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xxhash import xxh3_128

from dataset_packager.base.files import failures
from dataset_packager.base.findings import EnvironmentFailure, Finding, SetupError
from dataset_packager.records.files import files_by_pattern, record_files
from dataset_packager.records.formats import format_of
from dataset_packager.records.formats.interface import Reading
from dataset_packager.records.other_kind import HEAD, packed_otherwise, written_otherwise
from dataset_packager.stores.objects import is_url, opened, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Config, Table
    from dataset_packager.records.formats.interface import Cuts

SCANNED, AHEAD = 4 * 2**20, 4  # bytes of a block, and blocks that one thread may be before the other


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of whole lines of one file, or a whole file that can't be cut.

    Attributes:
        file: relative to the project.
        start: its first byte in the file.
        end: the byte behind its last one.
        first_line: the line that it begins with, counted from 1.
        check: the XXH3 (128 bits) of exactly these bytes, by which a change is noticed that nobody makes on purpose.
        sha256: of the same bytes.
        head: what stands elsewhere in the file and has a say in what these bytes mean, such as the names of columns.
    """

    file: str
    start: int
    end: int
    first_line: int
    check: str
    sha256: str
    head: bytes = b""

    @property
    def size(self) -> int:
        """Its length in bytes, as stored."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of records: its size in bytes, its SHA-256, and its pieces in order."""

    path: str
    size: int
    sha256: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one worker turns into shards at a time: pieces of one table in order, of one split where files make it."""

    table: str
    number: int
    pieces: tuple[Piece, ...]
    split: str = ""

    @property
    def size(self) -> int:
        """Its length in bytes, as stored."""
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Plan:
    """All input files by table, all chunks in order, and the tables that have no file at all."""

    files: dict[str, tuple[InputFile, ...]]
    chunks: tuple[Chunk, ...]
    findings: tuple[Finding, ...]

    @property
    def size(self) -> int:
        """The length of the whole input in bytes, as stored."""
        return sum(file.size for files in self.files.values() for file in files)


def input_size(config: Config, out: Path | None = None) -> int:
    """Return the bytes of all input files, as stored; what can't be read counts nothing here.

    Raises:
        SetupError, EnvironmentFailure: as ``record_files``.
    """
    names = {name for table in config.tables for name in record_files(config.project, table, out)}
    return sum(_size(config.project, name) for name in names)


def _size(project: Path, name: str) -> int:
    if is_url(name):
        return size_of(name)
    return (project / name).stat().st_size if (project / name).is_file() else 0


@dataclass(frozen=True, slots=True)
class Scan:
    """One file to be hashed and cut, as it travels to a worker, with the options of formats in JSON."""

    project: Path
    name: str
    target: int
    options: str = "{}"


def scan(task: Scan) -> InputFile:
    """Hash and cut one file."""
    return scanner(task.project, task.target, Reading(json.loads(task.options)))(task.name)


def scan_here(tasks: Sequence[Scan]) -> Iterable[InputFile]:
    """Hash and cut files in this process, as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(scan, tasks))


def make_plan(
    config: Config, scan_all: Callable[[Sequence[Scan]], Iterable[InputFile]] = scan_here, out: Path | None = None
) -> Plan:
    """Return the plan of a build; every input file is read once and hashed, as many at a time as there are cores.

    ``scan_all`` may do that elsewhere; it gives the files in any order. ``out`` is where the release goes: no input.

    Raises:
        SetupError: as ``record_files``.
        EnvironmentFailure: a file or a folder can't be read.
    """
    patterns = {table.name: files_by_pattern(config.project, table, out) for table in config.tables}
    names = {table: sorted({name for each in found.values() for name in each}) for table, found in patterns.items()}
    files: dict[str, tuple[InputFile, ...]] = {}
    for options in {table.format_options: None for table in config.tables}:
        alike = [table.name for table in config.tables if table.format_options == options]
        wanted = sorted({name for table in alike for name in names[table]})
        scans = [Scan(config.project, name, config.shard_input_bytes, options) for name in wanted]
        scanned = {file.path: file for file in scan_all(scans)}
        files |= {table: tuple(scanned[name] for name in names[table]) for table in alike}
    chunks = tuple(
        chunk
        for table in config.tables
        for chunk in _chunks(table, patterns[table.name], files[table.name], config.shard_input_bytes)
    )
    return Plan(files, chunks, tuple(_no_files(patterns)))


def _chunks(table: Table, patterns: dict[str, list[str]], files: Sequence[InputFile], target: int) -> Iterator[Chunk]:
    """Yield the chunks of a table, those of each split that has files of its own after one another.

    Raises:
        SetupError: two splits have the same file.
    """
    if not table.splits.files:
        yield from pack(table.name, files, target)
        return
    split_of: dict[str, str] = {}
    for split, wanted in table.splits.files:
        for name in (name for pattern in wanted for name in patterns[pattern]):
            if split_of.setdefault(name, split) != split:
                raise SetupError(
                    f"{name}: belongs to two splits of the table {table.name!r}, {split_of[name]!r} and {split!r}: "
                    "let one pattern name it"
                )
    number = 0
    for split in table.splits.names:
        for chunk in pack(table.name, [file for file in files if split_of[file.path] == split], target):
            yield replace(chunk, number=number, split=split)
            number += 1


def scanner(project: Path, target: int, reading: Reading | None = None) -> Callable[[str], InputFile]:
    """Return the function that hashes one file and cuts it at the ends of records that follow each ``target`` bytes."""

    def scan(name: str) -> InputFile:
        kind, compression = format_of(name)
        whole = hashlib.sha256()
        with failures(name), opened(project, name) as file, ThreadPoolExecutor(1) as beside:
            head = file.read(HEAD)
            as_named = not (packed_otherwise(name, head) or written_otherwise(name, head))  # else it is told of once
            large = compression is None and as_named and file.seek(0, os.SEEK_END) > target
            file.seek(0)
            cuts = kind.cuts(file, reading or Reading()) if large else None
            file.seek(0)
            cut, pieces = _Cutter(name, target, cuts), list[Piece]()
            hashed = deque[Future[None]]()
            while block := file.read(SCANNED):
                hashed.append(beside.submit(whole.update, block))  # neither holds the interpreter while it works
                pieces.extend(cut.feed(block))
                if len(hashed) > AHEAD:
                    hashed.popleft().result()
        sha256 = whole.hexdigest()
        pieces.extend(cut.rest(even_empty=not pieces))
        if cuts is None:
            pieces = [replace(piece, sha256=sha256) for piece in pieces]
        return InputFile(name, cut.position, sha256, tuple(pieces))

    return scan


class _Cutter:
    """Cuts one file into pieces while its bytes pass by; where there will be one only, its SHA-256 is left out."""

    def __init__(self, name: str, target: int, cuts: Cuts | None) -> None:
        self.name, self.target, self.cuts = name, target, cuts
        self.start = self.position = 0
        self.first_line = self.line = 1
        self.head = b""
        self.check, self.sha256 = xxh3_128(), hashlib.sha256()

    def feed(self, block: bytes) -> Iterator[Piece]:
        begin = 0
        if self.cuts:
            self.cuts.take(block)
            while True:
                room = max(self.start + self.target - self.position, 1)
                end = self.cuts.behind(begin + room - 1)
                if not end:
                    break
                self._take(block[begin:end])
                begin = end
                yield self._cut()
        self._take(block[begin:])

    def rest(self, *, even_empty: bool) -> Iterator[Piece]:
        if self.position > self.start or even_empty:
            yield self._cut()

    def _take(self, data: bytes) -> None:
        self.check.update(data)
        if self.cuts:
            self.sha256.update(data)
            self.line += self.cuts.count(data)
        self.position += len(data)

    def _cut(self) -> Piece:
        sums = self.check.hexdigest(), self.sha256.hexdigest()
        piece = Piece(self.name, self.start, self.position, self.first_line, *sums, self.head)
        self.start, self.first_line = self.position, self.line
        self.head = self.cuts.head if self.cuts else b""
        self.check, self.sha256 = xxh3_128(), hashlib.sha256()
        return piece


def changed(piece: Piece) -> EnvironmentFailure:
    """Return what is raised where a file isn't any more what it was when the build began."""
    return EnvironmentFailure(f"{piece.file}: changed while it was being read: let it rest and run the command again")


def pack(table: str, files: Iterable[InputFile], target: int) -> Iterator[Chunk]:
    """Yield the chunks of one table: pieces in order, as many in one chunk as fit into ``target`` bytes."""
    number, chunk, used = 0, list[Piece](), 0
    for piece in (piece for file in files for piece in file.pieces):
        if chunk and used + piece.size > target:
            yield Chunk(table, number, tuple(chunk))
            number, chunk, used = number + 1, [], 0
        chunk.append(piece)
        used += piece.size
    if chunk:
        yield Chunk(table, number, tuple(chunk))


def _no_files(patterns: dict[str, dict[str, list[str]]]) -> Iterator[Finding]:
    """Yield a finding for each pattern that names no file."""
    for table, found in patterns.items():
        for pattern, names in found.items():
            if not names:
                message = f"no file of records for the table {table!r} is called so"
                hint = "put the records there, or correct 'records' in pyproject.toml"
                yield Finding(pattern, None, "$", "empty", message, hint=hint)
