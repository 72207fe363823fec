"""Hydration: a local copy of the records with the text of their spans, for whoever holds the captures.

The copy quotes the captures and is not for publication: its folder tells git to ignore it. Every locator gets a member
``text``; a document gets its clean ``text``, put together from the paragraphs of its body.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captures.corpus import Corpus, Document, Segment, read_corpus, segments
from captures.load_rows import captures_config, read_tables
from captures.relocation import Relocation, Span
from captures.rows import owned, values
from captures.text_passages import paragraphs
from dataset_packager.base.files import failures, make_folder, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from captures.config import CapturesConfig
    from captures.rows import Row, Tables
    from dataset_packager.base.findings import Finding
    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.config import Config

MARKER, OWN = ".hydrated", "hydrate filled in the text of captures here, and writes this folder anew\n"
"""A file that says that a folder is a hydration's own, and its text."""
LOCATOR = frozenset({"start", "end", "sha256"})


@dataclass(frozen=True, slots=True)
class Hydrated:
    """One document: the capture that its text came from, its distinct spans, how many were found, and where.

    ``relocated`` says that another capture than the one that was read gave the text.
    """

    document: str
    file_name: str
    spans: int
    found: int
    relocated: bool


@dataclass(frozen=True, slots=True)
class Hydration:
    """What was filled in, document by document, and which captures were refused."""

    documents: tuple[Hydrated, ...]
    findings: tuple[Finding, ...]

    def rows(self) -> Iterator[list[str]]:
        """Yield a table for people: its header, then a row for each document."""
        yield ["document", "capture", "spans filled in", ""]
        for item in self.documents:
            yield [item.document, item.file_name, f"{item.found}/{item.spans}", "relocated" if item.relocated else ""]

    def as_json(self) -> dict[str, Any]:
        """Return the same for programs."""
        return {"documents": [asdict(item) for item in self.documents]}


def run(config: Config, captures: Path, out: Path, *, relocate: bool = False) -> Hydration:
    """Write all records with the text of their spans into the folder ``out``, one TABLE.jsonl per table.

    A document whose capture is missing, or isn't the file that was read, stays without text and is a finding; with
    ``relocate`` its spans are looked for in that file, or else in every file of ``captures`` that no document names.

    Raises:
        DataFindings: records break their schemas.
        SetupError: the configuration says nothing of captures, or ``captures`` is no folder.
        EnvironmentFailure: ``out`` can't be written to.
    """
    known = captures_config(config)
    tables = read_tables(config, config.table)
    corpus, findings = read_corpus(tables, captures, known)
    sources = {name: _Source(document) for name, document in corpus.items()}
    if relocate:
        for row in tables[known.documents.table]:
            if row.get(known.documents.id) not in corpus:
                sources |= _relocated(row, tables, captures, corpus, known)
        findings = [finding for finding in findings if not _answered(finding, sources, tables, known)]
    _write(out, tables, sources, known)
    spans = _spans_by_document(tables, known)
    done = tuple(source.result(spans.get(name, set())) for name, source in sources.items())
    return Hydration(done, tuple(findings))


class _Source:
    """A document's text, and where its spans stand in it."""

    def __init__(self, document: Document, moved: Mapping[Span, tuple[int, int]] | None = None) -> None:
        self.document, self._moved = document, moved

    def place(self, span: Span) -> tuple[int, int] | None:
        """Return where the span stands in the text, or None where it doesn't."""
        return (span[0], span[1]) if self._moved is None else self._moved.get(span)

    def fill(self, locator: Mapping[str, Any]) -> dict[str, Any]:
        """Return the locator with its text; one that was relocated also says where it stands now."""
        place = self.place((locator["start"], locator["end"], locator["sha256"]))
        text = None if place is None else self.document.text[slice(*place)]
        moved = {} if self._moved is None or place is None else {"found_at": place[0]}
        return {**locator, **moved, "text": text}

    def result(self, spans: set[Span]) -> Hydrated:
        """Say how many of the spans have a text."""
        found = sum(self.place(span) is not None for span in spans)
        return Hydrated(self.document.id, self.document.file_name, len(spans), found, self._moved is not None)


def _answered(finding: Finding, sources: Mapping[str, _Source], tables: Tables, config: CapturesConfig) -> bool:
    """Say whether a finding is about a document whose spans were found elsewhere."""
    rows = tables[config.documents.table]
    return any(
        (row.file, row.line) == (finding.file, finding.line) and row.get(config.documents.id) in sources for row in rows
    )


def _relocated(row: Row, tables: Tables, captures: Path, corpus: Corpus, config: CapturesConfig) -> dict[str, _Source]:
    """Return the source of a document whose own capture isn't there: the file in which most of its spans stand."""
    name, columns = row.get(config.documents.id), config.documents
    spans = _spans_by_document(tables, config).get(name, set())
    own = captures / Path(row.get(columns.file_name)).name
    taken = {document.file_name for document in corpus.values()}
    others = sorted(path for path in captures.iterdir() if path.is_file() and path.name not in taken)
    best: _Source | None = None
    most = 0
    for path in [own] if own.is_file() else others:
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        moved = Relocation(text, spans).moved
        if len(moved) > most:
            parts = _moved_segments(tables, name, config, moved)
            best, most = _Source(Document(name, row, text, parts, path.name), moved), len(moved)
    return {name: best} if best else {}


def _moved_segments(
    tables: Tables, name: str, config: CapturesConfig, moved: Mapping[Span, tuple[int, int]]
) -> tuple[Segment, ...]:
    places = {span[:2]: place for span, place in moved.items()}
    parts = (
        replace(segment, start=places[segment.start, segment.end][0], end=places[segment.start, segment.end][1])
        for segment in segments(tables, name, config)
        if (segment.start, segment.end) in places
    )
    return tuple(sorted(parts, key=lambda segment: segment.start))


def _spans_by_document(tables: Tables, config: CapturesConfig) -> dict[str, set[Span]]:
    spans: dict[str, set[Span]] = {}
    for table, owner in _owners(config).items():
        for row in tables[table]:
            for name, part, _, _ in owned(row.record, owner):
                spans.setdefault(name, set()).update(_span(locator) for locator in _locators(part))
    return spans


def _owners(config: CapturesConfig) -> dict[str, ColumnPath]:
    """Return the tables whose rows belong to a document, with the column that names it."""
    owners = {item.table: item.document for item in config.locators}
    return owners | {config.partition.table: config.partition.document, config.documents.table: config.documents.id}


def _span(locator: Mapping[str, Any]) -> Span:
    return locator["start"], locator["end"], locator["sha256"]


def _locators(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every locator in a record, the record itself too where it is one."""
    if isinstance(value, dict):
        if value.keys() >= LOCATOR:
            yield value
        for member in value.values():
            yield from _locators(member)
    elif isinstance(value, list):
        for item in value:
            yield from _locators(item)


def _filled(value: Any, source: _Source | None) -> Any:
    """Return the record with the text of every locator; null where there is no source."""
    if isinstance(value, list):
        return [_filled(item, source) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {name: _filled(member, source) for name, member in value.items()}
    if value.keys() >= LOCATOR:
        return source.fill(filled) if source else {**filled, "text": None}
    return filled


def _filled_by_document(value: Any, owner: ColumnPath, sources: Mapping[str, _Source]) -> Any:
    """Return the record with the text of every locator, each from the document to which its part belongs."""
    if LIST not in owner:
        name = next((found for _, found in values(value, owner)), None)
        return _filled(value, None if name is None else sources.get(name))
    step, rest = owner[0], owner[1:]
    if step is LIST:
        return [_filled_by_document(item, rest, sources) for item in value]
    return {
        name: _filled_by_document(member, rest, sources) if name == step else member for name, member in value.items()
    }


def _write(out: Path, tables: Tables, sources: Mapping[str, _Source], config: CapturesConfig) -> None:
    make_folder(out)
    _insist_on_own(out)
    write_text(out / MARKER, OWN)
    write_text(out / ".gitignore", "*\n")
    owners = _owners(config)
    for table, rows in tables.items():
        owner = owners.get(table)
        lines = []
        for row in rows:
            record = _filled_by_document(row.record, owner, sources) if owner else dict(row.record)
            if table == config.documents.table:
                source = sources.get(row.get(config.documents.id))
                record["text"] = clean_text(source.document, config) if source else None
            lines.append(json.dumps(record, ensure_ascii=False) + "\n")
        write_text(out / f"{table}.jsonl", "".join(lines))


def _insist_on_own(out: Path) -> None:
    """Refuse a folder that has anything in it which no hydration put there.

    Raises:
        SetupError: something else stands there, which would be overwritten or published by mistake.
    """
    with failures(out):
        entries = sorted(path.name for path in out.iterdir())
        mark = out / MARKER
        ours = mark.is_file() and not mark.is_symlink() and mark.read_bytes() == OWN.encode()
    if entries and not ours:
        raise SetupError(f"{out}: has {entries[0]!r} in it, which no hydration put there: name a new folder")


def clean_text(document: Document, config: CapturesConfig) -> str:
    """Return the document's own text: the paragraphs of its body, without what others put into them."""
    return "\n\n".join(paragraph.text.strip() for paragraph in paragraphs(document, config.partition.body))
