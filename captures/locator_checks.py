"""Locators: that each resolves to the span it was made from, and lies where the configuration lets it lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from captures.locators import resolves
from captures.rows import Row, Tables, chosen, owned, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from captures.columns import LocatorColumns
    from captures.config import CapturesConfig
    from captures.corpus import Corpus, Document
    from dataset_packager.base.findings import Finding

CODE = "locator"


def check_partition(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield what keeps the segments of each document from being a gapless, non-overlapping, hashed partition."""
    columns = config.partition
    for document in corpus.values():
        rows = [row for row in tables[columns.table] if row.get(columns.document) == document.id]
        rows.sort(key=lambda row: (row.record["start"], row.record["end"]))
        yield from _partition(document, rows)


def _partition(document: Document, rows: list[Row]) -> Iterator[Finding]:
    reached = 0
    for row in rows:
        start, end = row.record["start"], row.record["end"]
        if start != reached:
            gap = "leaves a gap behind" if start > reached else "overlaps what ends at"
            yield row.finding("$.start", CODE, f"segment {start}..{end} {gap} code point {reached}")
        if 0 < start < len(document.text) and document.text[start].isspace():
            hint = "white space belongs to the block before it"
            yield row.finding("$.start", CODE, f"segment {start}..{end} begins with white space", hint)
        yield from _resolve(document, row, "$", row.record)
        reached = max(reached, end)
    if reached != len(document.text):
        message = f"the segments of {document.id!r} end at code point {reached} of {len(document.text)}"
        yield document.row.finding("$", CODE, message)


def check_locators(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield every locator whose hash isn't its span's, or that lies in a segment where it may not lie."""
    for columns in config.locators:
        for row in chosen(tables[columns.table], columns.where):
            for name, where, locator in _locators(row, columns):
                document = corpus.get(name)
                if document is None:  # an unproven capture was found already, and references are the build's to check
                    continue
                wrong = _resolve(document, row, where, locator)
                yield from wrong or _placed(document, row, where, locator, columns)


def count_locators(tables: Tables, document: Document, config: CapturesConfig) -> tuple[int, int]:
    """Return how many locators speak of the document, and how many of them resolve."""
    resolved = [
        resolves(document.text, locator["start"], locator["end"], locator["sha256"])
        for columns in config.locators
        for row in chosen(tables[columns.table], columns.where)
        for name, _, locator in _locators(row, columns)
        if name == document.id
    ]
    return len(resolved), sum(resolved)


def _locators(row: Row, columns: LocatorColumns) -> Iterator[tuple[str, str, Any]]:
    """Yield each locator with the document that it points into and its own path."""
    for name, part, at, base in owned(row.record, columns.document):
        for path in columns.paths:
            for where, locator in values(part, path[len(base) :], at):
                yield name, where, locator


def _resolve(document: Document, row: Row, where: str, locator: Any) -> list[Finding]:
    start, end = locator["start"], locator["end"]
    if resolves(document.text, start, end, locator["sha256"]):
        return []
    hint = "find the words again and take the locator that is printed for them; never repair one by likeness"
    return [row.finding(where, CODE, f"the hash isn't that of the span {start}..{end} of {document.id!r}", hint)]


def _placed(document: Document, row: Row, where: str, locator: Any, columns: LocatorColumns) -> list[Finding]:
    """Return findings about a locator that resolves, but lies where it may not lie."""
    start, end = locator["start"], locator["end"]
    segments = document.overlapped(start, end)
    strange = {segment.label for segment in segments} - columns.labels if columns.labels else None
    findings = []
    if strange:
        message = f"the span {start}..{end} reaches into a segment of label {', '.join(sorted(strange))}"
        hint = f"{columns.table} may lie in: {', '.join(sorted(columns.labels or ()))}"
        findings.append(row.finding(where, CODE, message, hint))
    if columns.within_one and len(segments) > 1:
        message = f"the span {start}..{end} reaches past the segment that ends at {segments[0].end}"
        findings.append(row.finding(where, CODE, message, "cut it in two"))
    if columns.printed and row.get(columns.printed) not in document.text[start:end]:
        message = f"the span {start}..{end} doesn't print {row.get(columns.printed)!r}"
        findings.append(row.finding("$." + format_path(columns.printed), CODE, message))
    return findings
