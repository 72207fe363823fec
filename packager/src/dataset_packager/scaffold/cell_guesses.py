"""What somebody's CSV files are like: how they are written, and what each column holds, seen in all of its cells.

A column is of integers, numbers or truth values only where every cell is, by the grammar that a build reads them with:
``007`` stays text.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.files import failures, open_regular
from dataset_packager.records.formats import COMPRESSIONS, ending_of
from dataset_packager.records.formats.csv.cells import EVERY, INTEGER, NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CELLS = (".csv", ".tsv")
LOOKED_AT = 2**20  # bytes of a file by which its way of writing is told
_TRUTHS = (("true", "false"), ("True", "False"), ("TRUE", "FALSE"))


def dialect_of(files: Sequence[Path]) -> dict[str, Any]:
    """Return the options of csv for some files, where they aren't what holds by itself."""
    if not files:
        return {}
    head = _head(files[0])
    options: dict[str, Any] = {}
    encoding = _encoding(head)
    if encoding != "utf-8":
        options["encoding"] = encoding
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    first = next((line for line in text.splitlines() if line.strip()), "")
    usual = "\t" if ending_of(files[0].name)[0] == ".tsv" else ","
    counts = {mark: _count(first, mark) for mark in (usual, ",", ";", "\t", "|")}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best] > counts[usual]:
        options["delimiter"] = best
    return options


def _head(path: Path) -> bytes:
    packed = COMPRESSIONS.get(ending_of(path.name)[1])
    try:
        with failures(path), open_regular(path) as file:
            stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), packed) if packed else file
            data: bytes = stream.read(LOOKED_AT)
            return data
    except (OSError, pa.ArrowException):
        return b""  # whoever reads all of it says what is wrong


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _count(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in islice(line.split('"'), 0, None, 2))


@dataclass
class Guess:
    """What the cells of a column, or of the columns within an object, are; says it as a schema's ``ValueType`` does."""

    may_be: frozenset[str] = frozenset({"integer", "number", *map(str, _TRUTHS)})
    empty: bool = False
    filled: bool = False
    within: dict[str, Guess] = field(default_factory=dict)
    settled: bool = False

    def take(self, value: Any) -> None:
        """Take the next cell: text, nothing, or the cells within."""
        if isinstance(value, dict):
            for name, each in value.items():
                self.within.setdefault(name, Guess()).take(each)
        elif value is None:
            self.empty = True
        else:
            self.filled = True
            if self.may_be:
                self.may_be = frozenset(kind for kind in self.may_be if _fits(kind, value))

    def truths(self) -> Iterable[tuple[str, str]]:
        """Yield the words for true and false of the columns that have nothing else."""
        for each in self.within.values():
            yield from each.truths()
        if self.filled and not self.within:
            yield from (pair for pair in _TRUTHS if str(pair) in self.may_be)

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types of the cells."""
        if self.within:
            return frozenset({"object", "null"}) if self.empty else frozenset({"object"})
        if not self.settled:
            return EVERY
        found = "string"
        if self.filled and "number" in self.may_be:
            found = "integer" if "integer" in self.may_be else "number"
        elif self.filled and self.may_be:
            found = "boolean"
        return frozenset({found, "null"}) if self.empty else frozenset({found})

    @property
    def members(self) -> Sequence[str]:
        """The names of members that are known."""
        return list(self.within) if self.settled else []

    def member(self, name: str) -> tuple[Guess, bool] | None:
        """Return a column, which every row has."""
        return self.within.get(name, Guess(settled=self.settled)), True

    def item(self) -> Guess:
        """Return what nothing is known of."""
        return Guess()

    def settle(self) -> None:
        """Say from now on what the cells are, not that they may be anything."""
        self.settled = True
        for each in self.within.values():
            each.settle()


def _fits(kind: str, cell: str) -> bool:
    if kind == "integer":
        return INTEGER.fullmatch(cell) is not None
    if kind == "number":
        return NUMBER.fullmatch(cell) is not None
    return any(kind == str(pair) and cell in pair for pair in _TRUTHS)
