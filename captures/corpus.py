"""The corpus: captured documents whose files were proven by their hashes, and how their segments divide them."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.findings import Finding, SetupError

if TYPE_CHECKING:
    from captures.columns import DocumentColumns
    from captures.config import CapturesConfig
    from captures.rows import Row, Tables


@dataclass(frozen=True, slots=True)
class Segment:
    """A labelled span of a document, in code points, end exclusive."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Document:
    """A captured document: its identifier, its row, its text with newlines untouched, its segments in order."""

    id: str
    row: Row
    text: str
    segments: tuple[Segment, ...]
    file_name: str
    language: str = "en"

    @cached_property
    def _starts(self) -> list[int]:
        return [segment.start for segment in self.segments]

    def overlapped(self, start: int, end: int) -> Sequence[Segment]:
        """Return the segments that the span overlaps, in order."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        found = []
        for segment in self.segments[first:]:
            if segment.start >= end:
                break
            if segment.end > start:
                found.append(segment)
        return found


Corpus = Mapping[str, Document]


def read_corpus(tables: Tables, captures: Path, config: CapturesConfig) -> tuple[Corpus, list[Finding]]:
    """Return the documents whose captured files are what their rows say, and findings about all others.

    Raises:
        SetupError: ``captures`` is no folder.
    """
    if not captures.is_dir():
        raise SetupError(f"{captures}: no folder with captures: name it with --captures DIR")
    corpus: dict[str, Document] = {}
    findings: list[Finding] = []
    for row in tables[config.documents.table]:
        data, problems = _read(row, captures, config.documents)
        findings += problems
        if data is not None:
            name = row.get(config.documents.id)
            file_name = row.get(config.documents.file_name)
            language = (row.get(config.documents.language) if config.documents.language else None) or "en"
            corpus[name] = Document(name, row, data, tuple(segments(tables, name, config)), file_name, language)
    return corpus, findings


def segments(tables: Tables, document: str, config: CapturesConfig) -> Iterator[Segment]:
    """Yield the segments of one document, ordered by where they start."""
    columns = config.partition
    rows = [row for row in tables[columns.table] if row.get(columns.document) == document]
    for row in sorted(rows, key=lambda row: (row.record["start"], row.record["end"])):
        yield Segment(row.record["start"], row.record["end"], row.get(columns.label))


def _read(row: Row, captures: Path, columns: DocumentColumns) -> tuple[str | None, list[Finding]]:
    """Return the text that a document's row names, or None with a finding where it isn't that file."""
    name = row.get(columns.file_name)
    if Path(name).name != name:
        return None, [row.finding("$", "locator", f"{name!r} is no plain file name")]
    try:
        data = (captures / name).read_bytes()
    except OSError as error:
        hint = "name the folder that holds the captures with --captures DIR"
        return None, [row.finding("$", "locator", f"capture {name!r} can't be read: {error.strerror}", hint)]
    found = hashlib.sha256(data).hexdigest()
    if found != row.get(columns.sha256):
        hint = "no offset of this document can be trusted on this file: find the file that was captured"
        return None, [row.finding("$", "locator", f"capture {name!r} has the SHA-256 {found}", hint)]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [row.finding("$", "locator", f"capture {name!r} is not UTF-8: {error.reason}")]
    return text, list(_sizes(row, columns, len(data), len(text)))


def _sizes(row: Row, columns: DocumentColumns, size: int, characters: int) -> Iterator[Finding]:
    for column, measured, what in ((columns.bytes, size, "bytes"), (columns.characters, characters, "characters")):
        if column is not None and row.get(column) != measured:
            yield row.finding("$", "locator", f"the capture has {measured} {what}, not {row.get(column)}")
