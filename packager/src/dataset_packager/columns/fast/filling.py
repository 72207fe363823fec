"""Room for the kernel to write the columns of one table into, and the rows that it found in a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast.kernel_program import program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_loader import Kernel
    from dataset_packager.columns.fast.kernel_program import Node, Table
    from dataset_packager.columns.rules.checks import Mask

_FIRST_CELLS, _FIRST_TEXT = 1024, 16384


@dataclass
class Rows:
    """The lines of a block that hold a record, in order; the next block takes their place.

    Attributes:
        data: the bytes of the block.
        place: of each its start and end in ``data``, its line, and whether it is plain.
        line_ends: how many lines the block has, blank ones too.
    """

    data: bytes
    place: Table
    line_ends: int

    @property
    def plain(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows are plain."""
        return np.asarray(self.place[:, layout.PLAIN] != 0)

    @property
    def lines(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The line of each row."""
        return self.place[:, layout.NUMBER_OF_LINE].copy()

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
        self._most_rows, self._status = _FIRST_CELLS, 0
        self._rows = np.empty((0, layout.ROW), np.int64)
        self._lay_out()

    def _lay_out(self) -> None:
        """Give each node the room that it is to have; what was written there is lost."""
        doubled = 1 + (self.nodes[:, layout.KIND] == layout.NUMBER)  # the sizes of their texts lie behind doubles
        rooms = (self.nodes[:, layout.ROOM] * doubled, self.nodes[:, layout.TEXT_ROOM])
        for where, room in zip((layout.BASE, layout.TEXT), rooms, strict=True):
            self.nodes[:, where] = np.cumsum(room) - room
        self.cells = np.empty(int(rooms[0].sum()), np.int64)
        self.valid = np.empty(len(self.cells), np.uint8)
        self.text = np.empty(int(rooms[1].sum()), np.uint8)

    def read(self, data: bytes, first_line: int, most_bytes: int) -> Rows:
        """Read whole lines, of which the first one is number ``first_line``; the columns hold the plain ones then.

        Lines of white space are no rows, but for those of more than ``most_bytes``.
        """
        # Only the last lines have too little behind them; all others are read where they are.
        begin = data.rfind(b"\n", 0, max(len(data) - layout.SENTINEL, 0)) + 1
        last_lines = data[begin:] + b"\n" * layout.SENTINEL
        while True:
            self._begin(first_line, most_bytes)
            if begin == 0 or self._take(data, begin):
                before = self._control[layout.ROWS]
                all_taken = self._take(last_lines, len(data) - begin)
                rows = self._rows[: self._control[layout.ROWS]]
                rows[before:, (layout.START, layout.END)] += begin
                if all_taken:
                    return Rows(data, rows, int(self._control[layout.LINE]) - first_line)
                self._control[layout.POSITION] += begin
            self._grow(len(data))

    def _begin(self, first_line: int, most_bytes: int) -> None:
        if len(self._rows) < self._most_rows:
            self._rows = np.empty((self._most_rows, layout.ROW), np.int64)
        self.nodes[:, (layout.COUNT, layout.FILLED, layout.SEEN)] = 0
        self._control[:] = 0
        self._control[layout.LINE], self._control[layout.MOST_BYTES] = first_line, most_bytes
        self._control[layout.MOST_ROWS], self._control[layout.NODES] = len(self._rows), len(self.nodes)

    def _take(self, lines: bytes, size: int) -> bool:
        """Read lines of ``size`` bytes, which more bytes stand behind; say whether there was room for all."""
        self._control[layout.POSITION], self._control[layout.END_OF_LINES] = 0, size
        arrays = (self._control, self._rows, self._frames, self._names, self.nodes, self.cells, self.valid, self.text)
        self._status = self._read_lines(lines, *(array.ctypes.data for array in arrays))
        return self._status == 0 and bool(self._control[layout.POSITION] >= size)

    def _grow(self, size: int) -> None:
        """Give more room: to all nodes in proportion to what they used, to the one that ran out of it twice as much."""
        done = max(self._control[layout.POSITION] / size, 0.02)
        for used, room in ((layout.COUNT, layout.ROOM), (layout.FILLED, layout.TEXT_ROOM)):
            wanted = (self.nodes[:, used] / done * 1.1).astype(np.int64)
            self.nodes[:, room] = np.maximum(self.nodes[:, room], wanted)
        self._most_rows = max(self._most_rows, int(self._control[layout.ROWS] / done * 1.1) + 1)
        if self._status:
            ran_out = layout.ROOM if self._status == layout.NO_CELL else layout.TEXT_ROOM
            self.nodes[self._control[layout.NODE], ran_out] *= 2
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
        return self.array(pa.string(), node, pa.py_buffer(_offsets(self._sizes(node))), data)

    def doubles(self, node: int) -> tuple[Array, np.ndarray[Any, np.dtype[np.int64]]]:
        """Return the values of a node of doubles, and which of them have to be read from their texts yet."""
        values = self.numbers(node).tobytes()
        array = self.array(pa.float64(), node, pa.py_buffer(values))
        return array, np.flatnonzero(np.isnan(np.frombuffer(values, np.float64)))

    def integers(self, node: int) -> Array:
        """Return the values of a node of integers."""
        return self.array(pa.int64(), node, pa.py_buffer(self.numbers(node).tobytes()))

    def booleans(self, node: int) -> Array:
        """Return the values of a node of booleans."""
        return self.array(pa.bool_(), node, pa.py_buffer(np.packbits(self.numbers(node) != 0, bitorder="little")))

    def lists(self, kind: pa.DataType, node: int, items: Array) -> Array:
        """Return the values of a node of lists or maps, which have these items."""
        return self.array(kind, node, pa.py_buffer(_offsets(self.numbers(node))), parts=[items])

    def _sizes(self, node: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        if self.nodes[node, layout.KIND] != layout.NUMBER:
            return self.numbers(node)
        start = self.nodes[node, layout.BASE] + self.nodes[node, layout.ROOM]
        return self.cells[start : start + self.nodes[node, layout.COUNT]]

    def array(self, kind: pa.DataType, node: int, *buffers: pa.Buffer, parts: Sequence[Array] = ()) -> Array:
        """Return an array of what a node holds, with its nulls: Arrow copies neither buffers nor parts."""
        present = self.present(node)
        nulls = len(present) - int(np.count_nonzero(present))
        valid = pa.py_buffer(np.packbits(present, bitorder="little")) if nulls else None
        array: Any = pa.Array
        return array.from_buffers(kind, len(present), [valid, *buffers], nulls, children=list(parts))


def _offsets(lengths: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return where values of these lengths start, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=starts[1:])
    return starts
