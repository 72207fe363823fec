"""``python -m columns.fast.guarded FIRST LAST``: bent lines, with forbidden memory right before or behind each array.

A read or a write outside of what it was given ends the program by a signal. It also ends where a line is taken that
``parse`` refuses, or where a line is lost. It prints how many lines were read and how many taken.
"""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.fast import filling as fill
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.records.strict_json import parse

from .drawn import BROKEN, EDGES, lines, schema
from .two_ways import Both, job_of

PAGE = mmap.PAGESIZE
ROOM = 2**22  # bytes of one array at most
TOKENS = [
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b" ",
    b"\r",
    b"\\u",
    b"\\ud83d",
    b"\xf0\x9f\x98\x80",
    b"\xc3",
]
TOKENS += [text.encode("utf-8", "surrogatepass") for text in (*EDGES, *BROKEN) if len(text) < 50]


class Region:
    """Memory between two pages that nobody may touch."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROOM + 2 * PAGE)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._memory)) + PAGE
        libc = ctypes.CDLL(None, use_errno=True)
        for page in (self._start - PAGE, self._start + ROOM):
            assert libc.mprotect(ctypes.c_void_p(page), PAGE, mmap.PROT_READ * 0) == 0

    def place(self, size: int, *, at_end: bool) -> int:
        """Return where an array of ``size`` bytes touches one of the pages."""
        assert size <= ROOM
        return self._start + ROOM - size if at_end else self._start

    def put(self, data: bytes, *, at_end: bool) -> int:
        """Return where ``data`` stands now and touches one of the pages."""
        place = self.place(len(data), at_end=at_end)
        ctypes.memmove(place, data, len(data))
        return place


class Guarded:
    """The kernel, on copies of the arrays that lie in such memory."""

    def __init__(self, filling: fill.Filling, regions: list[Region]) -> None:
        self._filling, self._regions, self._kernel = filling, regions, filling._read_lines
        self.at_end = True

    def __call__(self, *addresses: int) -> int:
        filling: Any = self._filling
        control = filling._control
        arrays = (filling._frames, filling._names, filling.nodes, filling.cells, filling.valid, filling.text)
        read = int(control[layout.END_OF_LINES]) + layout.SENTINEL
        sizes = [
            read,
            control.nbytes,
            int(control[layout.MOST_ROWS]) * layout.ROW * 8,
            *(each.nbytes for each in arrays),
        ]
        places = [region.place(size, at_end=self.at_end) for region, size in zip(self._regions, sizes, strict=True)]
        for place, address, size in zip(places, addresses, sizes, strict=True):
            ctypes.memmove(place, address, size)
        status = self._kernel(*places)
        for place, address, size in list(zip(places, addresses, sizes, strict=True))[1:]:
            ctypes.memmove(address, place, size)
        return status


def mutated(random: Random, block: bytes) -> bytes:
    """Return lines with some bytes changed, taken out or put in."""
    changed = bytearray(block)
    for _ in range(random.choice([0, 1, 3, 10, 40])):
        at = random.randint(0, len(changed))
        token = random.choice(TOKENS) if random.random() < 0.8 else random.randbytes(3)
        changed[at : at + random.choice([0, 0, 1, 1, 2, 9])] = token
    return bytes(changed) + b"\n"


def check(seed: int, regions: list[Region]) -> tuple[int, int]:
    """Read some blocks for one random table; return the numbers of lines and of those taken."""
    random, read, accepted = Random(seed), 0, 0  # noqa: S311 - no secret
    document = schema(random)
    with tempfile.TemporaryDirectory() as folder:
        try:
            reader = Both.of(job_of(Path(folder), document)).reader
        except SetupError:
            return 0, 0
    if reader is None:
        return 0, 0
    guarded = Guarded(reader._filling, regions)
    setattr(reader._filling, "_read_lines", guarded)  # noqa: B010 - mypy: it isn't typed as this class
    for number in range(8):
        guarded.at_end = number % 2 == 0
        drawn = lines(random, document, random.choice([1, 5, 30]), bent=random.choice([0, 0.02]))
        block = mutated(random, b"\n".join(drawn)) if random.random() < 0.9 else random.randbytes(60) + b"\n"
        rows, arrays, taken = reader.read(block, 1, 2**20)
        assert len(rows.lines) == sum(bool(line.strip(b" \t\r")) for line in block.split(b"\n"))
        assert {len(array) for array in arrays} == {int(np.count_nonzero(taken))}
        for row in np.flatnonzero(taken):
            parse(rows.line(row))
        read, accepted = read + len(taken), accepted + int(np.count_nonzero(taken))
    return read, accepted


def main(first: int, last: int) -> None:
    """Check many tables, whose arrays begin so small that they must grow."""
    faulthandler.enable()
    setattr(fill, "_FIRST_CELLS", 2)  # noqa: B010 - they are constants to mypy
    setattr(fill, "_FIRST_TEXT", 8)  # noqa: B010
    regions = [Region() for _ in range(9)]
    counted = [check(seed, regions) for seed in range(first, last)]
    print(sum(read for read, _ in counted), sum(taken for _, taken in counted))  # noqa: T201 - its result


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
