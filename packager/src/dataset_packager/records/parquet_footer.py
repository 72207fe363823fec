"""What the footer of a Parquet file says of its row groups, read and checked here.

Arrow's own objects for it end the process where a footer contradicts itself; what passes here they can take. Footers
are structs of Thrift's compact protocol (parquet-format, FileMetaData).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataset_packager.records.formats.interface import File

MAGIC = b"PAR1"
LONGEST, DEEPEST = 2**28, 32  # bytes of a footer, and structs within one another
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # fields of FileMetaData
_CHILDREN = 5  # of SchemaElement
_COLUMNS, _GROUP_ROWS = 1, 3  # of RowGroup
_ELSEWHERE, _COLUMN = 1, 3  # of ColumnChunk: another file, and ColumnMetaData
_PLAIN_SIZE, _SIZE, _DATA, _DICTIONARY = 6, 7, 9, 11  # of ColumnMetaData


@dataclass(frozen=True, slots=True)
class Group:
    """A row group: its rows, its first byte, of each column the bytes as stored and as they become, and the first."""

    rows: int
    start: int
    columns: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]

    @property
    def plain_size(self) -> int:
        """The plain bytes of all columns."""
        return sum(plain for _, plain in self.columns)


@dataclass(frozen=True, slots=True)
class Footer:
    """The row groups of a file in order, its size in bytes, and the SHA-256 of its footer."""

    groups: tuple[Group, ...]
    size: int
    sha256: bytes


def read_footer(file: File) -> Footer:
    """Return what a file's footer says.

    Raises:
        ValueError: it is none, or contradicts itself or the file.
    """
    size = file.seek(0, 2)
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or length + 12 > size or length > LONGEST:
        raise ValueError("the file doesn't end with a footer")
    file.seek(size - 8 - length)
    data = file.read(length)
    try:
        said = _Reader(data).struct(0)
        groups = tuple(_group(each, _leaves(said[_SCHEMA]), size) for each in said.get(_GROUPS, ()))
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("the footer is damaged") from error
    if said.get(_ROWS) != sum(group.rows for group in groups):
        raise ValueError("the footer's number of rows isn't that of its row groups")
    return Footer(groups, size, sha256(data).digest())


def _leaves(schema: list[dict[int, Any]]) -> int:
    """Return how many columns a schema, a tree written depth first, has."""
    leaves, open_groups = 0, [1]
    for element in schema:
        if not open_groups:
            raise ValueError("the footer's schema has elements beyond its root")
        open_groups[-1] -= 1
        children = element.get(_CHILDREN, 0)
        if children < 0:
            raise ValueError("the footer's schema has fewer elements than none")
        leaves += not children
        if children:
            open_groups.append(children)
        while open_groups and not open_groups[-1]:
            open_groups.pop()
    if open_groups:
        raise ValueError("the footer's schema lacks elements")
    return leaves


def _group(said: dict[int, Any], leaves: int, size: int) -> Group:
    chunks, rows = said[_COLUMNS], said[_GROUP_ROWS]
    if len(chunks) != leaves or rows < 0:
        raise ValueError("a row group has other columns than the schema, or fewer rows than none")
    if any(chunk.get(_ELSEWHERE) for chunk in chunks):
        raise ValueError("a column lies in another file")
    columns, starts = [], []
    for chunk in chunks:
        said_of = chunk[_COLUMN]
        start = min(said_of[_DATA], said_of.get(_DICTIONARY) or said_of[_DATA])
        stored, plain = said_of[_SIZE], said_of[_PLAIN_SIZE]
        if start < 4 or stored < 0 or plain < 0 or start + stored > size:
            raise ValueError("a column lies outside the file")
        columns.append((stored, plain))
        starts.append(start)
    return Group(rows, min(starts, default=4), tuple(columns), tuple(starts))


class _Reader:
    """Reads structs of the compact protocol as their values by field number."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 63:
                raise ValueError("the footer has a number of more than 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def struct(self, depth: int) -> dict[int, Any]:
        """Return the struct that begins here."""
        if depth > DEEPEST:
            raise ValueError("the footer is nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            found[number] = self._value(head & 15, depth, within=False)
        return found

    def _value(self, kind: int, depth: int, *, within: bool) -> Any:
        if kind in (_TRUE, _FALSE):
            return self._byte() == _TRUE if within else kind == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind < _DOUBLE:
            return self._integer()
        if kind in (_DOUBLE, _BINARY):
            size = 8 if kind == _DOUBLE else self._varint()
            self._at += size
            if self._at > len(self._data):
                raise ValueError("the footer ends within a value")
            return self._data[self._at - size : self._at]
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._varint()
            self._insist(count)
            return [self._value(head & 15, depth + 1, within=True) for _ in range(count)]
        if kind == _MAP:
            count = self._varint()
            self._insist(count)
            kinds = self._byte() if count else 0
            pairs = ((kinds >> 4, kinds & 15) for _ in range(count))
            return [[self._value(each, depth + 1, within=True) for each in pair] for pair in pairs]
        raise ValueError("the footer has a value of an unknown type")

    def _insist(self, count: int) -> None:
        if count > len(self._data) - self._at:
            raise ValueError("the footer ends within a list")
