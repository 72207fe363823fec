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
_I32, _I64 = 5, 6
_SCHEMA, _ROWS, _GROUPS = 2, 3, 4  # fields of FileMetaData
_TYPE = 1  # of SchemaElement, and of ColumnMetaData
_LENGTH, _REPETITION, _CHILDREN = 2, 3, 5  # of SchemaElement
_REQUIRED, _OPTIONAL, _REPEATED, _BYTE_ARRAY = 0, 1, 2, 6  # repetitions, and a type
_COLUMNS, _GROUP_ROWS = 1, 3  # of RowGroup
_ELSEWHERE, _COLUMN, _ENCRYPTED = 1, 3, 8  # of ColumnChunk: another file, ColumnMetaData, and keys
_CODEC, _PLAIN_SIZE, _SIZE, _DATA, _DICTIONARY, _SIZES = 4, 6, 7, 9, 11, 16  # of ColumnMetaData
_CODECS = range(8)
_STATISTICS, _BOUNDS = 12, (1, 2, 5, 6)  # of ColumnMetaData, and its fields: least and greatest, by two rules
_WIDTHS = {0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8}  # of values, by type
_TEXT_BYTES, _REPETITIONS, _DEFINITIONS = 1, 2, 3  # of SizeStatistics
_Kinds = dict[int, tuple[int, Any]]  # of a struct's fields by number; of a list also its elements', or their fields'
_SIZE_KINDS: _Kinds = {_TEXT_BYTES: (_I64, None), _REPETITIONS: (_LIST, _I64), _DEFINITIONS: (_LIST, _I64)}
_COLUMN_KINDS: _Kinds = {_TYPE: (_I32, None), _CODEC: (_I32, None), _SIZES: (_STRUCT, _SIZE_KINDS)}
_COLUMN_KINDS[_STATISTICS] = (_STRUCT, dict.fromkeys(_BOUNDS, (_BINARY, None)))
_COLUMN_KINDS |= dict.fromkeys((_PLAIN_SIZE, _SIZE, _DATA, _DICTIONARY), (_I64, None))
_CHUNK_KINDS: _Kinds = {
    _ELSEWHERE: (_BINARY, None),
    _COLUMN: (_STRUCT, _COLUMN_KINDS),
    _ENCRYPTED: (_STRUCT, None),
}
_ELEMENT_KINDS: _Kinds = dict.fromkeys((_TYPE, _LENGTH, _REPETITION, _CHILDREN), (_I32, None))
_GROUP_KINDS: _Kinds = {_COLUMNS: (_LIST, _CHUNK_KINDS), _GROUP_ROWS: (_I64, None)}
_FILE_KINDS: _Kinds = {_SCHEMA: (_LIST, _ELEMENT_KINDS), _ROWS: (_I64, None), _GROUPS: (_LIST, _GROUP_KINDS)}


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
        said = _Reader(data).struct(0, _FILE_KINDS)
        leaves = _leaves(said[_SCHEMA])
        groups = tuple(_group(each, leaves, size) for each in said.get(_GROUPS, ()))
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("the footer is damaged") from error
    if said.get(_ROWS) != sum(group.rows for group in groups):
        raise ValueError("the footer's number of rows isn't that of its row groups")
    return Footer(groups, size, sha256(data).digest())


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A column of the schema: its physical type, its values' bytes, how deep these may be repeated and defined."""

    type: int
    width: int
    repetitions: int
    definitions: int

    def check(self, column: dict[int, Any]) -> None:
        """Check what a row group says of the column (ColumnMetaData): its type, bounds, and the sizes of its values."""
        sizes = column.get(_SIZES, {})
        if column[_TYPE] != self.type or column[_CODEC] not in _CODECS:
            raise ValueError("a column has another type than the schema says, or is compressed in no known way")
        bounds = (column.get(_STATISTICS, {}).get(field) for field in _BOUNDS)
        if any(bound is not None and len(bound) < self.width for bound in bounds):
            raise ValueError("a column's least or greatest value is shorter than its values are")
        levels = ((_REPETITIONS, self.repetitions), (_DEFINITIONS, self.definitions))
        if any(sizes.get(field) and len(sizes[field]) != most + 1 for field, most in levels):
            raise ValueError("a column counts values of other levels than the schema has")
        if _TEXT_BYTES in sizes and self.type != _BYTE_ARRAY:
            raise ValueError("a column without text counts the bytes of its text")


def _leaves(schema: list[dict[int, Any]]) -> list[_Leaf]:
    """Return the columns of a schema, which is a tree written depth first."""
    leaves = list[_Leaf]()
    groups = [(1, 0, 0)]  # that are open: elements to come, and the levels of each
    for element in schema:
        if not groups:
            raise ValueError("the footer's schema has elements beyond its root")
        left, repetitions, definitions = groups.pop()
        groups.append((left - 1, repetitions, definitions))
        children, repetition = element.get(_CHILDREN, 0), element.get(_REPETITION, _REQUIRED)
        if children < 0 or repetition not in (_REQUIRED, _OPTIONAL, _REPEATED):
            raise ValueError("the footer's schema has fewer elements than none, or of no known repetition")
        repetitions, definitions = repetitions + (repetition == _REPEATED), definitions + (repetition != _REQUIRED)
        if element is schema[0]:
            repetitions = definitions = 0  # whatever the root says
        if children:
            groups.append((children, repetitions, definitions))
        else:
            kind = element.get(_TYPE, -1)
            width = _WIDTHS.get(kind, 0 if kind == _BYTE_ARRAY else element.get(_LENGTH, 0))
            leaves.append(_Leaf(kind, width, repetitions, definitions))
        while groups and not groups[-1][0]:
            groups.pop()
    if groups:
        raise ValueError("the footer's schema lacks elements")
    return leaves


def _group(said: dict[int, Any], leaves: list[_Leaf], size: int) -> Group:
    chunks, rows = said[_COLUMNS], said[_GROUP_ROWS]
    if len(chunks) != len(leaves) or rows < 0:
        raise ValueError("a row group has other columns than the schema, or fewer rows than none")
    if any(chunk.get(_ELSEWHERE) for chunk in chunks):
        raise ValueError("a column lies in another file")
    if any(_ENCRYPTED in chunk for chunk in chunks):
        raise ValueError("a column is encrypted: write the file without")
    columns, starts = [], []
    for chunk, leaf in zip(chunks, leaves, strict=True):
        said_of = chunk[_COLUMN]
        leaf.check(said_of)
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
        byte = self._data[self._at]
        if byte < 0x80:  # most are
            self._at += 1
            return byte
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

    def struct(self, depth: int, kinds: _Kinds) -> dict[int, Any]:
        """Return the struct that begins here; a known field of another kind, which others pass over, is damage."""
        if depth > DEEPEST:
            raise ValueError("the footer is nested too deeply")
        found: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind, within = kinds.get(number, (head & 15, None))
            if kind != head & 15 or number in found or not 0 <= number < 2**15:
                raise ValueError("the footer has a field of another type, or twice")
            found[number] = self._value(kind, depth, within, in_list=False)
            if kind == _I32 and not -(2**31) <= found[number] < 2**31:
                raise ValueError("the footer has a number of more than 32 bits")
        return found

    def _value(self, kind: int, depth: int, within: Any = None, *, in_list: bool = True) -> Any:
        if kind in (_TRUE, _FALSE):
            return self._byte() == _TRUE if in_list else kind == _TRUE
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
            return self.struct(depth + 1, within or {})
        if kind in (_LIST, _SET):
            return self._list(depth, within)
        if kind == _MAP:
            count = self._varint()
            self._insist(count)
            pair = self._byte() if count else 0
            return [[self._value(each, depth + 1) for each in (pair >> 4, pair & 15)] for _ in range(count)]
        raise ValueError("the footer has a value of an unknown type")

    def _list(self, depth: int, within: Any) -> list[Any]:
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        self._insist(count)
        wanted = _STRUCT if isinstance(within, dict) else within
        if wanted not in (None, head & 15):
            raise ValueError("the footer has a list of another type")
        return [self._value(head & 15, depth + 1, within) for _ in range(count)]

    def _insist(self, count: int) -> None:
        if count > len(self._data) - self._at:
            raise ValueError("the footer ends within a list")
