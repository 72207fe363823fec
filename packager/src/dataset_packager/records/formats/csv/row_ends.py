"""Where rows of delimited text end, and what cells they have (RFC 4180).

A quote counts where a cell begins with it, and closes where no second one follows; in any other cell quotes are text.
Blocks that are written as the RFC has it are taken as a whole; only in others each cell is looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Ints = np.ndarray[Any, np.dtype[np.int64]]

NEWLINE, RETURN = ord("\n"), ord("\r")
START, BARE, QUOTED, AFTER = range(4)  # where the next byte stands: AFTER a quote within quotes, which may have closed
_LAST_BYTE = {START: NEWLINE, BARE: ord("x"), QUOTED: ord("x")}


class RowEnds:
    """Finds the ends of rows while the bytes of a file, or of a piece that begins with a row, pass by.

    Attributes:
        state: where the next byte stands.
        plain: whether all quotes so far stand where the RFC has them.
    """

    def __init__(self, delimiter: str, quote: str) -> None:
        self._delimiter, self._quote = ord(delimiter), ord(quote) if quote else None
        self._separator = re.compile(b"[\n%s]" % re.escape(delimiter.encode()))
        self.state, self.plain = START, True

    def take(self, block: bytes) -> Ints:
        """Return the places in the next block behind which rows end."""
        array = np.frombuffer(block, np.uint8)
        newlines = np.flatnonzero(array == NEWLINE)
        if self._quote is None or not len(block):
            return np.asarray(newlines + 1)
        quotes = np.flatnonzero(array == self._quote)
        if not self._in_order(array, quotes):
            self.plain = False
            return self._one_by_one(block)
        before = int(self.state == QUOTED)
        within = (np.searchsorted(quotes, newlines) + before) & 1
        self.state = QUOTED if (len(quotes) + before) & 1 else self._behind(int(array[-1]))
        return np.asarray(newlines[within == 0] + 1)

    def _behind(self, last: int) -> int:
        if last == self._quote:
            return AFTER
        return START if last in (self._delimiter, NEWLINE) else BARE

    def _in_order(self, array: np.ndarray[Any, np.dtype[np.uint8]], quotes: Ints) -> bool:
        """Say whether each quote opens a cell, closes one, or stands in pairs within one."""
        if self.state == AFTER and not (len(quotes) and quotes[0] == 0) and not self._closes(array, 0):
            return False
        if not len(quotes):
            return True
        first = int(self.state == QUOTED)
        opening, closing = quotes[first::2], quotes[1 - first :: 2]
        last = _LAST_BYTE.get(self.state, self._quote)
        before = np.where(opening > 0, array[opening - 1], np.uint8(last or 0))
        opened = (before == self._delimiter) | (before == NEWLINE) | (before == self._quote)
        padded = np.append(array, np.array([NEWLINE, NEWLINE], np.uint8))
        after, second = padded[closing + 1], padded[closing + 2]
        closed = (after == self._delimiter) | (after == NEWLINE) | (after == self._quote)
        closed |= (after == RETURN) & (second == NEWLINE)
        return bool(opened.all() and closed.all())

    def _closes(self, array: np.ndarray[Any, np.dtype[np.uint8]], at: int) -> bool:
        return int(array[at]) in (self._delimiter, NEWLINE) or bytes(array[at : at + 2]) in (b"\r\n", b"\r")

    def _one_by_one(self, block: bytes) -> Ints:
        at, ends, size = 0, list[int](), len(block)
        while at < size:
            if self.state in (START, AFTER) and block[at] == self._quote:
                self.state, at = QUOTED, at + 1
            elif self.state == QUOTED:
                at = block.find(self._quote or 0, at) + 1
                if not at:
                    break
                self.state = AFTER
            else:
                found = self._separator.search(block, at)
                self.state = START if found else BARE
                if not found:
                    break
                at = found.end()
                if found[0] == b"\n":
                    ends.append(at)
        return np.array(ends, np.int64)


def cells_of(row: str, delimiter: str, quote: str) -> tuple[list[str], str | None]:
    """Return the cells of one row without its line end, and the first cell that goes on behind its closing quote."""
    if not quote or quote not in row:
        return row.split(delimiter), None
    cells, wrong, at = list[str](), None, 0
    while True:
        text = ""
        if row.startswith(quote, at):
            text, at = _quoted(row, at + 1, quote)
            if at < len(row) and not row.startswith(delimiter, at):
                wrong = wrong or text
        end = row.find(delimiter, at)
        cells.append(text + (row[at:] if end < 0 else row[at:end]))
        if end < 0:
            return cells, wrong
        at = end + 1


def _quoted(row: str, at: int, quote: str) -> tuple[str, int]:
    parts: list[str] = []
    while True:
        end = row.find(quote, at)
        if end < 0:  # never closed
            return "".join((*parts, row[at:])), len(row)
        if not row.startswith(quote, end + 1):
            return "".join((*parts, row[at:end])), end + 1
        parts.append(row[at : end + 1])
        at = end + 2
