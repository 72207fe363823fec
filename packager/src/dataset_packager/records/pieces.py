"""Files of records, hashed and cut at the ends of records into pieces that can be read by themselves."""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from xxhash import xxh3_128

from dataset_packager.base.files import failures
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.records.formats import format_of
from dataset_packager.records.formats.interface import Reading
from dataset_packager.records.other_kind import HEAD, packed_otherwise, written_otherwise
from dataset_packager.stores.objects import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

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
    pieces = list[Piece]()
    with ExitStack() as stack:
        stack.enter_context(failures(task.name))
        file = stack.enter_context(opened(task.project, task.name))
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        large = compression is None and size > task.target and _is_as_named(task.name, file)
        file.seek(0)
        cuts = kind.cuts(task.name, file, Reading(json.loads(task.options))) if large else None
        file.seek(0)
        whole = _Whole(stack.enter_context(ThreadPoolExecutor(1)) if size > SCANNED else None)
        cut = _Cutter(task.name, task.target, cuts, whole)
        while block := file.read(SCANNED):
            for piece in cut.feed(block):
                pieces.append(piece)
                yield piece
        for piece in cut.rest(even_empty=not pieces):
            pieces.append(piece)
            yield piece
        sha256 = whole.hexdigest()
    yield InputFile(task.name, cut.position, sha256, tuple(pieces))


def _is_as_named(name: str, file: File) -> bool:
    """Say whether a file is of the kind that its name says: else it isn't cut, so that it is told of once."""
    head = file.read(HEAD)
    return not (packed_otherwise(name, head) or written_otherwise(name, head))


class _Whole:
    """The SHA-256 of a whole file so far; of a large one it is taken by a thread beside the one that cuts."""

    def __init__(self, beside: ThreadPoolExecutor | None) -> None:
        self._beside, self._sha256, self._coming = beside, hashlib.sha256(), deque[Future[None]]()

    def update(self, data: bytes) -> None:
        if self._beside is None:
            self._sha256.update(data)
            return
        self._coming.append(self._beside.submit(self._sha256.update, data))  # which lets other threads run
        if len(self._coming) > AHEAD:
            self._coming.popleft().result()

    def hexdigest(self) -> str:
        while self._coming:
            self._coming.popleft().result()
        return self._sha256.hexdigest()


class _Cutter:
    """Cuts one file into pieces while its bytes pass by; the SHA-256 of the first one is that of the file so far."""

    def __init__(self, name: str, target: int, cuts: Cuts | None, whole: _Whole) -> None:
        self.name, self.target, self.cuts, self.whole = name, target, cuts, whole
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
        self.whole.update(data)
        self.check.update(data)
        if self.start:
            self.sha256.update(data)
        if self.cuts:
            self.line += self.cuts.count(data)
        self.position += len(data)

    def _cut(self) -> Piece:
        sums = self.check.hexdigest(), (self.sha256 if self.start else self.whole).hexdigest()
        piece = Piece(self.name, self.start, self.position, self.first_line, *sums, self.head)
        self.start, self.first_line = self.position, self.line
        self.head = self.cuts.head if self.cuts else b""
        self.check, self.sha256 = xxh3_128(), hashlib.sha256()
        return piece


def changed(piece: Piece) -> EnvironmentFailure:
    """Return what is raised where a file isn't any more what it was when the build began."""
    return EnvironmentFailure(f"{piece.file}: changed while it was being read: let it rest and run the command again")
