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
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from xxhash import xxh3_128

from dataset_packager.base.files import failures
from dataset_packager.base.findings import EnvironmentFailure, Finding, SetupError
from dataset_packager.project.config import SECTION
from dataset_packager.records.files import files_by_pattern, files_within
from dataset_packager.records.formats import ending_of, format_of, formats
from dataset_packager.records.formats.interface import Reading
from dataset_packager.records.other_kind import HEAD, packed_otherwise, written_otherwise
from dataset_packager.stores.objects import is_url, opened, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.project.config import Table
    from dataset_packager.records.formats.interface import Cuts, File

SCANNED, AHEAD = 4 * 2**20, 4  # bytes of a block, and blocks that one thread may be before the other
MOST_FILES = 512  # that a thread scans at a time, however small they are


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
class Inputs:
    """Which files each table's records come from, by table and pattern, and the size of each in bytes, as stored."""

    project: Path
    tables: tuple[Table, ...]
    patterns: dict[str, dict[str, list[str]]]
    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(self.sizes.values())

    def of(self, table: Table) -> list[str]:
        """Return a table's files, sorted."""
        return sorted({name for names in self.patterns[table.name].values() for name in names})


def list_inputs(project: Path, tables: Sequence[Table], out: Path | None = None) -> Inputs:
    """Find the files that records come from; ``out`` is where the release goes: no input.

    Raises:
        SetupError: as ``record_files``.
        EnvironmentFailure: a folder can't be read.
    """
    patterns = {table.name: files_by_pattern(project, table, out) for table in tables}
    names = {name for found in patterns.values() for each in found.values() for name in each}
    for table in tables:
        _insist_on_use(table, {name for each in patterns[table.name].values() for name in each})
    return Inputs(project, tuple(tables), patterns, {name: _size(project, name) for name in sorted(names)})


def _insist_on_use(table: Table, names: set[str]) -> None:
    """Refuse options of formats that none of a table's files has."""
    used = {section for name in names for section in format_of(name)[0].sections}
    for section in json.loads(table.format_options) if names else ():
        if section not in used:
            files = ", ".join(suffix for suffix, each in formats().items() if section in each.sections)
            raise SetupError(
                f"[{SECTION}.tables.{table.name}] {section}: is for {files}, and there are none: remove it"
            )


def _size(project: Path, name: str) -> int:
    if is_url(name):
        return size_of(name)
    try:
        return os.stat(f"{project}/{name}").st_size  # noqa: PTH116 - of each of a hundred thousand
    except OSError:
        return 0  # whoever reads it says so


class Plan:
    """All input files by table, and all chunks in order: those that are known already, and those that follow.

    Every input file is read once and hashed while it is cut, as many at a time as there are cores, and ahead of whoever
    takes the chunks: the first of them is known long before the last.
    """

    def __init__(
        self, inputs: Inputs, target: int, scan_all: ScanAll | None = None, targets: Mapping[str, int] | None = None
    ) -> None:
        """Begin a plan whose chunks have about ``target`` bytes; ``scan_all`` may scan elsewhere than here.

        ``targets`` has the bytes of those tables whose chunks have others, by name.

        Raises:
            SetupError: two splits have the same file.
        """
        self.inputs = inputs
        self.files: dict[str, list[InputFile]] = {table.name: [] for table in inputs.tables}
        self.known: list[Chunk] = []
        self.findings = (*_no_files(inputs.patterns), *_in_no_split(inputs))
        self._targets = {table.name: (targets or {}).get(table.name, target) for table in inputs.tables}
        order = [
            (table, split, [_scan_of(inputs, name, table, self._targets[table.name]) for name in names])
            for table in inputs.tables
            for split, names in _by_split(table, inputs)
        ]
        self._coming = self._chunks(order, scan_all or scan_here)

    def chunks(self) -> Iterator[Chunk]:
        """Yield all chunks in order, each as soon as its bytes have been read.

        Raises:
            EnvironmentFailure: a file can't be read.
        """
        yield from self.known
        for chunk in self._coming:
            self.known.append(chunk)
            yield chunk

    def complete(self) -> Plan:
        """Wait until all files and chunks are known."""
        for _ in self.chunks():
            pass
        return self

    def _chunks(self, order: Sequence[tuple[Table, str, Sequence[Scan]]], scan_all: ScanAll) -> Iterator[Chunk]:
        wanted = dict.fromkeys(scan for _, _, scans in order for scan in scans)
        coming, scanned = scan_all(list(wanted)), dict[Scan, InputFile]()

        def pieces(table: str, scans: Sequence[Scan]) -> Iterator[Piece]:
            for scan in scans:
                if scan in scanned:
                    yield from scanned[scan].pieces
                else:
                    for each in coming:
                        if isinstance(each, InputFile):
                            scanned[scan] = each
                            break
                        yield each
                self.files[table].append(scanned[scan])

        numbers = {table: count() for table in self.files}
        for table, split, scans in order:
            for group in pack(pieces(table.name, scans), self._targets[table.name]):
                yield Chunk(table.name, next(numbers[table.name]), group, split)


def _scan_of(inputs: Inputs, name: str, table: Table, target: int) -> Scan:
    return Scan(inputs.project, name, target, table.format_options, inputs.sizes[name])


def _by_split(table: Table, inputs: Inputs) -> list[tuple[str, list[str]]]:
    """Return a table's files, those of each split that has files of its own after one another.

    Raises:
        SetupError: two splits have the same file.
    """
    if not table.splits.files:
        return [("", inputs.of(table))]
    split_of: dict[str, str] = {}
    for split, wanted in table.splits.files:
        for name in (name for pattern in wanted for name in inputs.patterns[table.name][pattern]):
            if split_of.setdefault(name, split) != split:
                raise SetupError(
                    f"{name}: belongs to two splits of the table {table.name!r}, {split_of[name]!r} and {split!r}: "
                    "let one pattern name it"
                )
    return [(split, sorted(name for name in split_of if split_of[name] == split)) for split in table.splits.names]


@dataclass(frozen=True, slots=True)
class Scan:
    """One file to be hashed and cut, as it travels to a worker, with the options of formats in JSON, and its size."""

    project: Path
    name: str
    target: int
    options: str = "{}"
    size: int = 0


ScanAll: TypeAlias = "Callable[[Sequence[Scan]], Iterator[Piece | InputFile]]"
"""What scans files and yields, in their order, the pieces of each and then the file."""


def scan(task: Scan) -> InputFile:
    """Hash and cut one file."""
    *_, file = scan_pieces(task)
    assert isinstance(file, InputFile)  # noqa: S101 - it comes last
    return file


def scan_here(tasks: Sequence[Scan]) -> Iterator[Piece | InputFile]:
    """Hash and cut files in this process, as many at a time as there are cores, ahead of whoever takes their pieces."""
    threads = os.cpu_count() or 1
    waiting, ahead = iter(list(_batches(tasks))), deque[SimpleQueue[Piece | InputFile | BaseException | None]]()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                while len(ahead) <= threads and (batch := next(waiting, None)):
                    ahead.append(SimpleQueue())
                    pool.submit(_scan_batch, batch, ahead[-1])
                if not ahead:
                    return
                while (each := ahead[0].get()) is not None:
                    if isinstance(each, BaseException):
                        raise each
                    yield each
                ahead.popleft()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _batches(tasks: Sequence[Scan]) -> Iterator[list[Scan]]:
    """Yield the files that one thread takes at a time: a large one, or many small ones."""
    batch, size = list[Scan](), 0
    for task in tasks:
        batch.append(task)
        size += task.size
        if size >= SCANNED or len(batch) >= MOST_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _scan_batch(batch: Sequence[Scan], found: SimpleQueue[Piece | InputFile | BaseException | None]) -> None:
    try:
        for task in batch:
            for each in scan_pieces(task):
                found.put(each)
    except BaseException as error:  # noqa: BLE001 - whoever takes the pieces raises it
        found.put(error)
    found.put(None)


def scan_pieces(task: Scan) -> Iterator[Piece | InputFile]:
    """Yield the pieces of a file, cut at the ends of records that follow each ``target`` bytes, and then the file.

    Raises:
        EnvironmentFailure: it can't be read.
    """
    kind, compression = format_of(task.name)
    whole, pieces = hashlib.sha256(), list[Piece]()
    with ExitStack() as stack:
        stack.enter_context(failures(task.name))
        file = stack.enter_context(opened(task.project, task.name))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        large = compression is None and size > task.target and _is_as_named(task.name, file)
        file.seek(0)
        cuts = kind.cuts(task.name, file, Reading(json.loads(task.options))) if large else None
        file.seek(0)
        cut, hashed = _Cutter(task.name, task.target, cuts), deque[Future[None]]()
        beside = stack.enter_context(ThreadPoolExecutor(1)) if size > SCANNED else None
        while block := file.read(SCANNED):
            if beside:
                hashed.append(beside.submit(whole.update, block))  # neither holds the interpreter while it works
            else:
                whole.update(block)
            for piece in cut.feed(block):
                pieces.append(piece)
                yield piece
            if len(hashed) > AHEAD:
                hashed.popleft().result()
    sha256 = whole.hexdigest()
    for piece in cut.rest(even_empty=not pieces):
        pieces.append(piece if cuts else replace(piece, sha256=sha256))
        yield pieces[-1]
    yield InputFile(task.name, cut.position, sha256, tuple(pieces))


def _is_as_named(name: str, file: File) -> bool:
    """Say whether a file is of the kind that its name says: else it isn't cut, so that it is told of once."""
    head = file.read(HEAD)
    return not (packed_otherwise(name, head) or written_otherwise(name, head))


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


def pack(pieces: Iterable[Piece], target: int) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces of one chunk after another: in order, as many in one as fit into ``target`` bytes."""
    chunk, used = list[Piece](), 0
    for piece in pieces:
        if chunk and used + piece.size > target:
            yield tuple(chunk)
            chunk, used = [], 0
        chunk.append(piece)
        used += piece.size
    if chunk:
        yield tuple(chunk)


def _no_files(patterns: dict[str, dict[str, list[str]]]) -> Iterator[Finding]:
    """Yield a finding for each pattern that names no file."""
    for table, found in patterns.items():
        for pattern, names in found.items():
            if not names:
                message = f"no file of records for the table {table!r} is called so"
                hint = "put the records there, or correct 'records' in pyproject.toml"
                yield Finding(pattern, None, "$", "empty", message, hint=hint)


def _in_no_split(inputs: Inputs) -> Iterator[Finding]:
    """Yield a finding for each file that lies beside those of splits, ends as they do, and belongs to none.

    In the project's own folder other things than records lie, and so do schemas wherever they are.
    """
    known = {*inputs.sizes, *(table.schema for table in inputs.tables)}
    for table in inputs.tables:
        files = inputs.of(table) if table.splits.files else []
        folders = sorted({name.rpartition("/")[0] for name in files if not is_url(name)} - {""})
        endings = {ending_of(name) for name in files}
        for name in (name for folder in folders for name in files_within(inputs.project, folder)):
            if name not in known and ending_of(name) in endings and not name.endswith(".schema.json"):
                message = f"the file lies beside those of the table {table.name!r} and belongs to none of its splits"
                hint = "name it in 'splits' in pyproject.toml, or move it away"
                yield Finding(name, None, "$", "split", message, hint=hint)
