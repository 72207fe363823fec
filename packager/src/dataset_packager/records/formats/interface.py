"""The door for formats of records: what each has to say, and what it gives.

A format is one module of this package with a ``FORMAT``. It says what its files are called, where the bytes of one can
be cut into pieces, and what records stand in a piece; opening, decompressing and hashing are the reader's. Records come
as JSON, whatever they were: as whole ``Lines``, which the compiled reader may take, or one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from dataset_packager.base.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from dataset_packager.project.config import Limits

    Ints = np.ndarray[Any, np.dtype[np.int64]]

BLOCK = 8 * 2**20
BLANK = b" \t\r\n"


class Raw(NamedTuple):
    """One record as it stands in its file: its line (else which element, or row), and its bytes.

    Where there are ``problems`` the bytes could not be taken as a record, and ``data`` has as much of them as was kept.
    ``json`` is the JSON text of a record whose bytes are none.
    """

    line: int
    data: bytes
    problems: tuple[Finding, ...] = ()
    json: bytes | None = None

    @property
    def problem(self) -> Finding | None:
        """The first of the problems."""
        return self.problems[0] if self.problems else None


class Lines:
    """Whole lines of JSON, line ends included; the first one has the number ``first_line`` in its file.

    ``line_ends`` is how many there are, once somebody has counted them.
    """

    line_ends: int | None = None

    def __init__(self, first_line: int, data: bytes) -> None:
        self.first_line, self._data = first_line, data

    @property
    def data(self) -> bytes:
        """Their bytes."""
        return self._data

    def numbers(self, lines: Ints) -> Ints:
        """Return the places in the file of lines that are numbered from ``first_line`` on."""
        return lines

    def raw(self, line: int, data: bytes) -> Raw:
        """Return the record on a line, by the line's number and bytes."""
        return Raw(line, data)

    @property
    def weight(self) -> int:
        """About how many bytes they have."""
        return len(self._data)

    def sizes(self) -> Ints | None:
        """Return how many bytes each record counts for, where that isn't the length of its line; then none is blank."""
        return None


class ValueType(Protocol):
    """What a table's schema says of a value: what untyped formats need to know."""

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types that it may have, as in ``type``; all of them where nothing is said."""

    @property
    def members(self) -> Sequence[str]:
        """The names that the schema has for members."""

    def member(self, name: str) -> tuple[ValueType, bool] | None:
        """Return a member's type, and whether it is required; None where the schema names no such member."""

    def item(self) -> ValueType:
        """Return the type of the elements of an array."""


@dataclass(frozen=True)
class Reading:
    """What is the same for all files of a table: the options of formats, by section, and the type of a record."""

    options: Mapping[str, Any] = field(default_factory=dict)
    type: ValueType | None = None


class Readable(Protocol):
    """Bytes, one after the other."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""


class Stream(Readable, Protocol):
    """The plain bytes of a piece."""

    def read_lines(self, size: int, /) -> bytes:
        """Return about ``size`` bytes; where it is cheaply known where a line ends, as many as make whole lines."""


class File(Readable, Protocol):
    """A file as it is stored."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a byte."""

    def tell(self) -> int:
        """Return the number of the byte that comes next."""


@dataclass(frozen=True)
class Source:
    """A piece of a file to be read.

    Attributes:
        file: its name, as findings tell it.
        stream: its plain bytes.
        first_line: the number that its first line has.
        head: what ``Cuts.head`` was for it; None for the beginning of a file.
        stored: the file itself, for formats that look for their own places in it; and where in it the piece is.
    """

    file: str
    stream: Stream
    first_line: int
    head: bytes | None
    limits: Limits
    reading: Reading
    stored: File
    start: int
    end: int


class Cuts(Protocol):
    """Finds where one file can be cut, while its bytes pass by."""

    @property
    def head(self) -> bytes:
        """What stands elsewhere in the file and has a say in every piece, as far as it is known by now."""

    def take(self, block: bytes) -> None:
        """Take the next bytes of the file."""

    def behind(self, at: int) -> int:
        """Return the first place behind byte ``at`` of the last block where a record ends; 0 where none does."""

    def count(self, data: bytes) -> int:
        """Return how many lines, or rows, the next bytes of a piece go on."""


class Format(Protocol):
    """One format of records."""

    suffixes: tuple[str, ...]
    compressed: bool
    """Whether files may be compressed as a whole (.gz, .zst)."""
    utf8: bool
    """Whether files are text in UTF-8 and nothing else."""
    sections: tuple[str, ...]
    """The keys in a table's configuration that are options of this format: ``contracts/KEY.format.schema.json``."""

    def cuts(self, name: str, file: File, reading: Reading) -> Cuts | None:
        """Return what finds the places to cut a stored file at, or None where it can't be cut.

        Raises:
            SetupError: the options can't be used.
        """

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield the records of a piece in order.

        Raises:
            Damaged: nothing behind this place can be read.
        """


class Damaged(Exception):  # it ends the reading of one file; the reader makes a finding of it
    """Nothing more can be read of a file, for the reason in ``finding``."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def whole_file(file: str, code: str, message: str, hint: str) -> Finding:
    """Return a finding about a file, not a record of it."""
    return Finding(file, None, "$", code, message, hint=hint)


def too_large(file: str, line: int, limits: Limits) -> Raw:
    """Return what stands for a record of more bytes than there may be."""
    message = f"the record has more than {limits.line_bytes} bytes"
    hint = "split the record, or raise max_line_bytes"
    return Raw(line, b"", (Finding(file, line, "$", "too-large", message, hint=hint),))
