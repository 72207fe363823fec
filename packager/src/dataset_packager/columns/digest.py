"""The content digest: what a table holds, whatever file format, version, compression, row groups or batches it came in.

Each leaf column has two running SHA-256 hashes. The first one takes the structure: repetition and definition levels,
one byte each, as Parquet defines them for columns that are all nullable. The second one takes the values that are not
null. Over names, types and those hashes goes one more. ``docs/formats.md`` defines every byte.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.canonical_json import canonical
from dataset_packager.columns.arrow import contents_of, items_of, places_of, there, valid_of
from dataset_packager.columns.fast.kernel_loader import function
from dataset_packager.columns.kinds import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

VERSION = 1
ITEM = 0  # the step of a leaf's path that goes into a list; members' names are strings
_PROVENANCE = ("provenance", pa.struct([pa.field("file", pa.string()), pa.field("line", pa.int64())]))
_NAN = np.array([0x7FF8000000000000], np.uint64).view(np.float64)[0]
_TEXTS = frozenset({pa.string(), pa.large_string(), pa.string_view()})
_BINARIES = frozenset({pa.binary(), pa.large_binary(), pa.binary_view()})
_VIEWS = {
    pa.string_view(): pa.large_string(),
    pa.binary_view(): pa.large_binary(),
}  # no kernel filters them
_LARGEST, _JOINED = 16 * 2**20, 8 * 2**20  # what is fed at once is copied some times on its way
_LARGE = 2**12  # bytes of a value that is worth a step of its own
_ROOM = 2**16  # bytes that are hashed at once, from the processor's own memory

_LEVELS = np.dtype("<u2")
_DEFINED, _REPETITION = 1 << 8, np.uint16(0xFF)

_Levels = np.ndarray[Any, np.dtype[np.uint16]]
_Indexes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass
class _Leaf:
    """The running hashes of one leaf column."""

    path: tuple[str | int, ...]
    type: str
    structure: Any = field(default_factory=hashlib.sha256)
    values: Any = field(default_factory=hashlib.sha256)

    def row(self) -> list[Any]:
        return [list(self.path), self.type, self.structure.hexdigest(), self.values.hexdigest()]


@dataclass(frozen=True)
class _Slots:
    """Where the slots of an array stand among the entries of its leaf columns.

    Attributes:
        levels: of each entry its repetition level in the lower byte, its definition level in the higher one.
        at: the entry of each slot; None where entries and slots are the same.
        lists: how many lists lie around the slots.
    """

    levels: _Levels
    at: _Indexes | None = None
    lists: int = 0

    @cached_property
    def _all_present(self) -> _Slots:
        """What all arrays without nulls at the same place have in common."""
        return self._defined(np.uint16(_DEFINED))

    def define(self, array: Array) -> _Slots:
        """Add a level to the definition of the entries whose slots aren't null."""
        if not array.null_count:
            return self._all_present
        return self._defined(valid_of(array) * np.uint16(_DEFINED))

    def _defined(self, more: Any) -> _Slots:
        if self.at is None:
            return _Slots(self.levels + more, None, self.lists)
        levels = self.levels.copy()
        levels[self.at] += more
        return _Slots(levels, self.at, self.lists)

    def repeat(self, lengths: _Indexes) -> _Slots:
        """Go into lists of these lengths, 0 for null."""
        if self.at is not None:
            every = np.zeros(len(self.levels), np.int64)
            every[self.at] = lengths
            lengths = every
        filled, counts = lengths > 0, np.maximum(lengths, 1)
        first = self.levels + filled * np.uint16(_DEFINED)
        levels = np.repeat((first & ~_REPETITION) + np.uint16(self.lists + 1), counts)
        levels[np.cumsum(counts) - counts] = first
        at = None if filled.all() else np.flatnonzero(np.repeat(filled, counts))
        return _Slots(levels, at, self.lists + 1)


class ContentDigest:
    """A content digest in the making; the batches of ``schema`` come in the order of their rows."""

    def __init__(self, schema: pa.Schema, types: list[Any] | None = None) -> None:
        self._types = stated_types(schema) if types is None else types
        self._leaves = [leaf for column in schema for leaf in _leaves(column, ())]
        self._rows = 0

    def update(self, data: pa.Table | pa.RecordBatch) -> None:
        """Take the next rows."""
        for batch in _joined(data.to_batches()) if isinstance(data, pa.Table) else [data]:
            leaves = iter(self._leaves)
            rows = _Slots(np.zeros(batch.num_rows, _LEVELS))
            for column in batch.columns:
                _feed(column, rows, leaves)
            self._rows += batch.num_rows

    def hexdigest(self) -> str:
        """Return the digest of all rows so far, as 64 hexadecimal digits."""
        described = {"version": VERSION, "rows": self._rows, "leaves": [leaf.row() for leaf in self._leaves]}
        if self._types:  # of plain columns nothing more is said than ever was
            described["types"] = self._types
        return hashlib.sha256(canonical(described).encode()).hexdigest()


def _joined(batches: Sequence[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in fewer batches, of some MiB: each takes a while, however few rows it has."""
    waiting, size = list[pa.RecordBatch](), 0
    for number, batch in enumerate(batches, 1):
        waiting.append(batch)
        size += batch.nbytes
        if size >= _JOINED or number == len(batches):
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches() if waiting[1:] else waiting
            waiting, size = [], 0


def content_digest(
    data: pa.Table | Iterable[pa.RecordBatch], *, row_provenance: bool = True, types: list[Any] | None = None
) -> str:
    """Return the content digest of a table or of its batches in order (at least one), as 64 hexadecimal digits.

    With ``row_provenance`` a column ``provenance`` of type ``struct<file: string, line: int64>`` is left out. A reader
    that drops the metadata of fields needs the column types told, as ``stated_types`` gives them.
    """
    digest: ContentDigest | None = None
    for part in [data] if isinstance(data, pa.Table) else data:
        named = [each.name for each in part.schema if not (row_provenance and (each.name, each.type) == _PROVENANCE)]
        selected = part.select(named) if len(named) < len(part.schema) else part
        digest = digest or ContentDigest(selected.schema, types)
        digest.update(selected)
    if digest is None:
        raise ValueError("there is no batch, so no schema to digest")
    return digest.hexdigest()


def _leaves(column: ArrowField, above: tuple[str | int, ...], step: str | int | None = None) -> Iterator[_Leaf]:
    path = (*above, column.name if step is None else step)
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield from _leaves(pa.field(column.name, kind.value_type), above, step)
    elif isinstance(kind, pa.BaseExtensionType):
        yield from _leaves(pa.field(column.name, kind.storage_type), above, step)
    elif pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            yield from _leaves(kind.field(index), path)
    elif _is_list(kind):
        yield from _leaves(pa.field("item", _item_type(kind)), path, ITEM)
    else:
        yield _Leaf(path, _type_name(kind))


def stated_types(schema: pa.Schema) -> list[Any]:
    """Return path, name and options of every column type, as JSON."""
    return [told for column in schema for told in _types(column, (column.name,))]


def _types(column: ArrowField, path: tuple[str | int, ...]) -> Iterator[list[Any]]:
    """Yield path, name and options of every column type, as metadata and Arrow type have them."""
    column_type = type_of(column)
    if column_type is not None:
        yield [list(path), column_type.name, dict(column_type.described)]
    elif pa.types.is_struct(column.type):
        for member in column.type:
            yield from _types(member, (*path, member.name))
    elif _is_list(column.type) and not pa.types.is_map(column.type):
        yield from _types(column.type.value_field, (*path, ITEM))


def _is_list(kind: DataType) -> bool:
    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_map)
    return any(test(kind) for test in tests)


def _item_type(kind: DataType) -> DataType:
    if pa.types.is_map(kind):
        return pa.struct([pa.field("key", kind.key_type), pa.field("value", kind.item_type)])
    return kind.value_type


def _type_name(kind: DataType) -> str:
    if kind in _TEXTS:
        return "string"
    return "binary" if kind in _BINARIES else str(kind)


def _feed(array: Array, slots: _Slots, leaves: Iterator[_Leaf]) -> None:
    """Feed an array and all that lies in it to the leaves, in the order of the schema."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        _feed(array.dictionary_decode(), slots, leaves)
        return
    if isinstance(kind, pa.BaseExtensionType):
        _feed(array.storage, slots, leaves)
        return
    if kind in _VIEWS:
        array = array.cast(_VIEWS[kind])
    below = slots.define(array)
    if pa.types.is_struct(kind):
        for child in array.flatten():  # a struct's null goes into its children
            _feed(child, below, leaves)
    elif _is_list(kind):
        lengths = pc.fill_null(array.value_lengths(), 0).to_numpy().astype(np.int64)
        _feed(_items(array), below.repeat(lengths), leaves)
    else:
        leaf = next(leaves)
        leaf.structure.update(below.levels)
        for data in _value_parts(array):
            leaf.values.update(data)


def _value_parts(array: Array) -> Iterator[Any]:
    """Yield the bytes of the values that aren't null, in parts; large ones without a copy of them."""
    if array.type in _TEXTS:
        yield from terminated(there(array))
        return
    if array.type not in _BINARIES or array.nbytes <= _LARGE * len(array):
        yield from map(_value_bytes, _pieces(there(array)))
        return
    for data in contents_of(array):
        if data is not None:
            yield len(data).to_bytes(8, "little")
            yield data


def _items(array: Array) -> Array:
    """Return the items of the lists that are not null."""
    if pa.types.is_map(array.type):
        array = array.cast(pa.list_(_item_type(array.type)))
    return items_of(array)


def _pieces(array: Array) -> Iterator[Array]:
    """Yield parts of ``array`` whose text is small enough for one Arrow array with 32-bit offsets."""
    if array.nbytes < _LARGEST or len(array) < 2:
        yield array
        return
    half = len(array) // 2
    yield from _pieces(array.slice(0, half))
    yield from _pieces(array.slice(half))


def _value_bytes(array: Array) -> Any:
    """Return the bytes of values without nulls, as ``docs/formats.md`` defines them for each type."""
    kind = array.type
    if kind in _BINARIES:
        return b"".join(len(value).to_bytes(8, "little") + value for value in array.to_pylist())
    if pa.types.is_boolean(kind):
        return array.to_numpy(zero_copy_only=False).view(np.uint8)
    if pa.types.is_floating(kind):
        doubles = array.cast(pa.float64()).to_numpy().astype("<f8", copy=False)
        unequal = np.isnan(doubles)
        return np.where(unequal, _NAN, doubles).astype("<f8", copy=False) if unequal.any() else doubles
    if pa.types.is_decimal(kind) or pa.types.is_fixed_size_binary(kind):
        width = kind.byte_width
        return memoryview(array.buffers()[1])[array.offset * width : (array.offset + len(array)) * width]
    if pa.types.is_null(kind):
        return b""
    return _integer_bytes(array)


def _integer_bytes(array: Array) -> Any:
    if pa.types.is_unsigned_integer(array.type):
        return array.cast(pa.uint64()).to_numpy().astype("<u8", copy=False)
    if not pa.types.is_integer(array.type):  # dates, times and durations
        array = array.view(pa.int32() if array.type.bit_width == 32 else pa.int64())
    return array.cast(pa.int64()).to_numpy().astype("<i8", copy=False)


def terminated(texts: Array) -> Iterator[Any]:
    """Yield texts without nulls one after the other, each followed by the byte 0xFF, which UTF-8 never has.

    They come in parts, of which each is gone when the next one comes.
    """
    terminate = function("terminate")
    if terminate is None or not pa.types.is_string(texts.type):
        for piece in _pieces(texts):
            yield from _joined_texts(piece)
        return
    ends, data, done = places_of(texts), texts.buffers()[2] or pa.py_buffer(b""), 0
    room = np.empty(_ROOM, np.uint8)
    while done < len(texts):
        left = len(texts) - done
        more = terminate(data.address, ends[done:].ctypes.data, left, room.ctypes.data, len(room))
        if more:
            yield room[: int(ends[done + more]) - int(ends[done]) + more]
        else:  # it is longer than the room
            more = 1
            yield data.slice(int(ends[done]), int(ends[done + 1]) - int(ends[done]))
            yield b"\xff"
        done += more


def _joined_texts(texts: Array) -> Iterator[Any]:
    if not len(texts):
        return
    lists: Any = pa.LargeListArray
    whole = lists.from_arrays(pa.array([0, len(texts)], pa.int64()), texts.cast(pa.large_binary()))
    yield pc.binary_join(whole, pa.scalar(b"\xff", pa.large_binary()))[0].as_buffer()
    yield b"\xff"
