"""JSON Lines: a record on each line (https://jsonlines.org); lines of white space are passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.byte_counts import count_byte
from dataset_packager.records.formats.interface import Lines, Raw, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import Cuts, File, Reading, Source

BLOCK = 12 * 2**20  # bytes judged at once: fewer take longer, column by column, and more take memory for short items


class LineEnds:
    """Cuts a file behind any of its line ends."""

    head = b""

    def __init__(self) -> None:
        self._block = b""

    def take(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self._block = block

    def behind(self, at: int) -> int:
        """Return the first place behind byte ``at`` where a line ends; 0 where none does."""
        return self._block.find(b"\n", at) + 1

    @staticmethod
    def count(data: bytes) -> int:
        """Return the number of line ends in ``data``."""
        return line_ends(data)


def line_ends(data: bytes) -> int:
    """Return the number of line ends in ``data``."""
    return count_byte(data, ord("\n"))


class JsonLines:
    """Files of JSON Lines."""

    suffixes = (".jsonl", ".ndjson")
    compressed = True
    utf8 = True
    sections = ()

    def cuts(self, name: str, file: File, reading: Reading) -> Cuts:  # noqa: ARG002 - all are cut alike
        """Return what finds the line ends."""
        return LineEnds()

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield lines by the block, and what stands for a line that is too large."""
        line, rest, overlong = source.first_line, b"", False
        while block := source.stream.read_lines(BLOCK):
            end = block.rfind(b"\n") + 1
            if overlong and end:  # what is left of the line is passed over
                yield too_large(source.file, line, source.limits)
                begin = block.index(b"\n") + 1
                block, end, overlong, line = block[begin:], end - begin, False, line + 1
            if end:
                whole = not rest and end == len(block)  # as nearly always; all else is copied once
                lines = Lines(line, block if whole else b"".join((rest, memoryview(block)[:end])))
                yield lines
                line += line_ends(lines.data) if lines.line_ends is None else lines.line_ends  # the kernel counts, too
                rest = b""
            rest += b"" if overlong else block[end:]
            if len(rest) > source.limits.line_bytes:
                rest, overlong = b"", True
        if overlong:
            yield too_large(source.file, line, source.limits)
        elif rest:
            yield Lines(line, rest + b"\n")


FORMAT = JsonLines()
