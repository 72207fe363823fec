"""From the lines of a block to Arrow columns: room for the kernel to write, and the arrays of what it wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import (
    BooleanColumn,
    DoesNotFit,
    IntegerColumn,
    JsonColumn,
    NullColumn,
    NumberColumn,
    StringColumn,
    json_text,
)
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast.additional_members import additional_members
from dataset_packager.columns.fast.kernel_program import program
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.rules.verdicts import plain
from dataset_packager.records.strict_json import LineError, parse

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_loader import Kernel
    from dataset_packager.columns.fast.kernel_program import Node, Table
    from dataset_packager.columns.rules.checks import Mask

_FIRST_CELLS, _FIRST_TEXT = 1024, 16384


@dataclass
class Rows:
    """The lines of a block that hold a record, in order.

    Attributes:
        data: the bytes of the block.
        place: of each its start and end in ``data``, its line, and whether it is plain.
    """

    data: bytes
    place: Table

    @property
    def plain(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows are plain."""
        return np.asarray(self.place[:, layout.PLAIN] != 0)

    @property
    def lines(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The line of each row."""
        return self.place[:, layout.NUMBER_OF_LINE]

    @property
    def lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The bytes of each row."""
        return np.asarray(self.place[:, layout.END] - self.place[:, layout.START])

    def line(self, row: int | np.integer[Any]) -> bytes:
        """Return the bytes of a row."""
        return self.data[self.place[row, layout.START] : self.place[row, layout.END]]


class Filling:
    """Room for the columns of one table, which grows with what the blocks need and is used again for each."""

    def __init__(self, root: Node, read_lines: Kernel) -> None:
        self.nodes, self._names = program(root)
        has_text = np.isin(
            self.nodes[:, layout.KIND], (layout.STRING, layout.NUMBER, layout.JSON, layout.DECIMAL, layout.REST)
        )
        self.nodes[:, layout.ROOM] = _FIRST_CELLS
        self.nodes[:, layout.TEXT_ROOM] = np.where(has_text, _FIRST_TEXT, 0)
        self._frames = np.zeros((2 + max(node.level for node in root.everything()), layout.FRAME), np.int64)
        self._control = np.zeros(layout.CONTROL, np.int64)
        self._read_lines = read_lines
        self._most_rows = _FIRST_CELLS
        self._lay_out()

    def _lay_out(self) -> None:
        """Give each node the room that it is to have; what was written there is lost."""
        for where, size in ((layout.BASE, layout.ROOM), (layout.TEXT, layout.TEXT_ROOM)):
            ends = np.cumsum(self.nodes[:, size])
            self.nodes[:, where] = ends - self.nodes[:, size]
        self.cells = np.empty(int(self.nodes[:, layout.ROOM].sum()), np.int64)
        self.valid = np.empty(len(self.cells), np.uint8)
        self.text = np.empty(int(self.nodes[:, layout.TEXT_ROOM].sum()) + 8, np.uint8)

    def read(self, data: bytes, first_line: int, most_bytes: int) -> Rows:
        """Read whole lines, of which the first one is number ``first_line``; the columns hold the plain ones then.

        Lines of white space are no rows, but for those of more than ``most_bytes``.
        """
        buffer = np.frombuffer(data + b"\n" * layout.SENTINEL, np.uint8)
        while True:
            rows = np.empty((self._most_rows, layout.ROW), np.int64)
            self._begin(len(data), first_line, len(rows))
            self._control[layout.MOST_BYTES] = most_bytes
            places = (buffer, self._control, rows, self._frames, self._names)
            room = (self.nodes, self.cells, self.valid, self.text)
            status = self._read_lines(*(array.ctypes.data for array in (*places, *room)))
            if status == 0 and self._control[layout.POSITION] >= len(data):
                return Rows(data, rows[: self._control[layout.ROWS]])
            self._grow(status, len(data))

    def _begin(self, size: int, first_line: int, most_rows: int) -> None:
        self.nodes[:, (layout.COUNT, layout.FILLED, layout.SEEN)] = 0
        self._control[:] = 0
        self._control[layout.LINE] = first_line
        self._control[layout.END_OF_LINES] = size
        self._control[layout.MOST_ROWS], self._control[layout.NODES] = most_rows, len(self.nodes)

    def _grow(self, status: int, size: int) -> None:
        """Give more room: to all nodes in proportion to what they used, to the one that ran out of it twice as much."""
        done = max(self._control[layout.POSITION] / size, 0.02)
        for used, room in ((layout.COUNT, layout.ROOM), (layout.FILLED, layout.TEXT_ROOM)):
            wanted = (self.nodes[:, used] / done * 1.1).astype(np.int64)
            self.nodes[:, room] = np.maximum(self.nodes[:, room], wanted)
        self._most_rows = max(self._most_rows, int(self._control[layout.ROWS] / done * 1.1) + 1)
        if status:
            node, room = self._control[layout.NODE], layout.ROOM if status == layout.NO_CELL else layout.TEXT_ROOM
            self.nodes[node, room] = 2 * self.nodes[node, room]
        self._lay_out()

    def numbers(self, node: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the cells of a node."""
        start = self.nodes[node, layout.BASE]
        return self.cells[start : start + self.nodes[node, layout.COUNT]]

    def present(self, node: int) -> Mask:
        """Return which cells of a node aren't null."""
        states = self.states(node)
        said = self.nodes[node, layout.NULL_OK] == layout.SAID_NULL
        return states == 1 if said else states.view(np.bool_)

    def said_null(self, node: int) -> Mask | None:
        """Return which cells of a member are null where it could also be absent; None where none is."""
        if self.nodes[node, layout.NULL_OK] != layout.SAID_NULL:
            return None
        said = self.states(node) == layout.SAID_NULL
        return said if said.any() else None

    def states(self, node: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return what the kernel says of the cells of a node: null, there, or ``SAID_NULL``."""
        start = self.nodes[node, layout.BASE]
        return self.valid[start : start + self.nodes[node, layout.COUNT]]

    def strings(self, node: int) -> Array:
        """Return the text of a node as an array of strings."""
        start, size = self.nodes[node, layout.TEXT], self.nodes[node, layout.FILLED]
        data = pa.py_buffer(self.text[start : start + size].tobytes())
        bitmap, nulls = _bitmap(self.present(node))
        buffers = [pa.py_buffer(offsets(self.numbers(node))), data, bitmap]
        array: Any = pa.StringArray
        return array.from_buffers(int(self.nodes[node, layout.COUNT]), *buffers, nulls)


def offsets(lengths: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return where values of these lengths start, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=starts[1:])
    return starts


def _bitmap(present: Mask) -> tuple[pa.Buffer | None, int]:
    nulls = len(present) - int(np.count_nonzero(present))
    return (pa.py_buffer(np.packbits(present, bitorder="little")) if nulls else None), nulls


class Columns:
    """The columns of the plain rows of one block; an entry that turns out to be none of its column's marks its row."""

    def __init__(self, filling: Filling, root: Node, most_depth: int) -> None:
        self._filling, self._root, self._most_depth = filling, root, most_depth
        self.unfit: set[int] = set()
        self._built: dict[int, Array] = {}
        self._parsed: dict[int, list[Any]] = {}

    def arrays(self) -> list[Array]:
        """Return the arrays of the record's columns, without row provenance."""
        return self._parts(self._root)

    def values(self, node: Node) -> Array:
        """Return the array of a node, nulls included."""
        if node.number not in self._built:
            self._built[node.number] = self._build(node)
        return self._built[node.number]

    def written(self, node: Node) -> Array:
        """Return the values of a node, of numbers their text: 5 and 5.0 are one value in a column of doubles."""
        return self._filling.strings(node.number) if isinstance(node.column, NumberColumn) else self.values(node)

    def as_json(self, node: Node, written: Array) -> list[Any]:
        """Return the JSON values of some that are ``written`` so."""
        return list(map(_number, written.to_pylist())) if isinstance(node.column, NumberColumn) else plain(written)

    def parsed(self, node: Node) -> list[Any]:
        """Return what each entry of a column of JSON text holds; None for those that aren't there."""
        self.values(node)
        return self._parsed[node.number]

    def present(self, node: Node) -> Mask:
        """Return which entries of a node aren't null."""
        return self._filling.present(node.number)

    def stands(self, node: Node) -> Mask:
        """Return which objects have a member that they may lack, be it null."""
        present, said = self._filling.present(node.number), self._filling.said_null(node.number)
        return present if said is None else present | said

    def lengths(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return how many elements each list has; none where it is null."""
        return self._filling.numbers(node.number)

    def refuse(self, node: Node, entries: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Mark the rows that entries of a node stand in."""
        while node.parent is not None:
            if not isinstance(node.parent.column, StructColumn):
                ends = np.cumsum(self._filling.numbers(node.parent.number))
                entries = np.searchsorted(ends, entries, side="right")
            node = node.parent
        self.unfit.update(entries.tolist())

    def _build(self, node: Node) -> Array:
        match node.column:
            case StructColumn():
                return self._struct(node)
            case ListColumn() | MapColumn():
                return self._list(node)
            case StringColumn():
                return self._filling.strings(node.number)
            case NumberColumn():
                return self._numbers(node)
            case JsonColumn():
                return self._json(node)
            case IntegerColumn() if node.column.digits:
                return self._decimals(node, node.column.digits)
            case NullColumn():
                self.refuse(node, np.flatnonzero(self.present(node)))
                return pa.nulls(len(self.present(node)))
            case _:
                return self._fixed(node)

    def _stored(self, node: Node) -> Array:
        """Return the array of a node as its column type stores it; what that can't hold marks its row."""
        values = self.values(node)
        if node.stored is None:
            return values
        if node.stored.plain.keeps_null:  # the kernel takes null for JSON text like any other
            nulls = pc.fill_null(pc.equal(values, "null"), False)
            values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
            if node.hides_null:
                self.refuse(node, np.flatnonzero(nulls.to_numpy(zero_copy_only=False)))
        stored, held = node.stored.kind.held(values)
        if held is not None:
            self.refuse(node, np.flatnonzero(~held.to_numpy(zero_copy_only=False)))
        return stored

    def _parts(self, node: Node) -> list[Array]:
        arrays = [self._stored(child) for child in node.children]
        rest = isinstance(node.column, StructColumn) and node.column.rest is not None
        return [*arrays, additional_members(self._filling, node, self._most_depth, self.refuse)] if rest else arrays

    def _mask(self, node: Node) -> Array | None:
        present = self._filling.present(node.number)
        return None if present.all() else pa.array(~present)

    def _struct(self, node: Node) -> Array:
        array: Any = pa.StructArray
        return array.from_arrays(self._parts(node), fields=list(node.column.arrow_type), mask=self._mask(node))

    def _list(self, node: Node) -> Array:
        kind = node.column.arrow_type
        items = [self._stored(child) for child in node.children]
        array: Any = pa.StructArray
        below = array.from_arrays(items, fields=list(kind.value_type)) if len(items) > 1 else items[0]
        starts = pa.array(offsets(self._filling.numbers(node.number)))
        lists: Any = pa.ListArray
        return lists.from_arrays(starts, below, type=kind, mask=self._mask(node))

    def _fixed(self, node: Node) -> Array:
        cells, mask = self._filling.numbers(node.number), ~self._filling.present(node.number)
        if isinstance(node.column, BooleanColumn):
            return pa.array(cells != 0, pa.bool_(), mask=mask)
        return pa.array(cells.copy(), pa.int64(), mask=mask)  # arrow would share the cells, which are written again

    def _numbers(self, node: Node) -> Array:
        doubles = self._filling.strings(node.number).cast(pa.float64())
        beyond = pc.fill_null(pc.is_inf(doubles), False)
        if pc.any(beyond).as_py():  # of the range of a double: the cast makes infinity of it
            self.refuse(node, np.flatnonzero(beyond.to_numpy(zero_copy_only=False)))
        return doubles

    def _decimals(self, node: Node, digits: int) -> Array:
        texts = self._filling.strings(node.number)
        fits = pc.match_substring_regex(texts, rf"^-?[0-9]{{1,{digits}}}$")
        if not pc.all(fits, min_count=0).as_py():
            self.refuse(node, np.flatnonzero(~fits.fill_null(True).to_numpy(zero_copy_only=False)))
            texts = pc.if_else(fits, texts, pa.scalar(None, pa.string()))
        return texts.cast(pa.decimal128(digits, 0))

    def _json(self, node: Node) -> Array:
        texts: list[str | None] = []
        values = self._parsed.setdefault(node.number, [])
        for index, text in enumerate(self._filling.strings(node.number).cast(pa.binary()).to_pylist()):
            texts.append(None)
            values.append(None)
            try:
                if text is not None:
                    values[-1] = parse(text, self._most_depth - node.level)
                    texts[-1] = json_text(values[-1])
            except (LineError, DoesNotFit):
                self.refuse(node, np.array([index]))
        return pa.array(texts, pa.string())


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
