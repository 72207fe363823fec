"""The plan: which files a table's records come from, and how they are cut into chunks.

The plan depends on the input and the configuration alone, never on the number of workers or the engine, so that the
same input gives the same shards wherever they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from dataset_packager.records.inputs import Inputs, files_by_split, files_in_no_split, patterns_without_files
from dataset_packager.records.pieces import InputFile, Piece, Scan, ScanAll, scan_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataset_packager.project.config import Table


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
        self.findings = (*patterns_without_files(inputs.patterns), *files_in_no_split(inputs))
        self._targets = {table.name: (targets or {}).get(table.name, target) for table in inputs.tables}
        order = [
            (table, split, [_scan_of(inputs, name, table, self._targets[table.name]) for name in names])
            for table in inputs.tables
            for split, names in files_by_split(table, inputs)
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


def pack(pieces: Iterable[Piece], target: int) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces of one chunk after another: in order, as many in one as fit into ``target`` bytes."""
    chunk, used = list[Piece](), 0
    for piece in pieces:
        if chunk and used + piece.size > target:
            yield tuple(chunk)
            chunk, used = [], 0
        chunk.append(piece)
        used += piece.size
        if used > target:  # whatever comes next: a worker needn't wait until that is known
            yield tuple(chunk)
            chunk, used = [], 0
    if chunk:
        yield tuple(chunk)
