"""Coverage: that every sentence, quotation and number of the text is touched by a row, or is a listed exception."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from captures.load_rows import read_lines
from captures.locators import resolves
from captures.quantities import numbers
from captures.rows import Row, Tables, values
from captures.text_passages import Passage, paragraphs, quotations, sentences
from dataset_packager.base.findings import Finding, SetupError
from dataset_packager.base.paths import inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from captures.columns import Cover
    from captures.config import CapturesConfig
    from captures.corpus import Corpus, Document

CODE = "coverage"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many passages of one sort a document has, how many rows touch, and how many are listed exceptions."""

    total: int = 0
    touched: int = 0
    excepted: int = 0


def _numbers(paragraph: Passage, _language: str) -> Iterator[Passage]:
    for number in numbers(paragraph.text):
        yield paragraph.part(number.start, number.end)


SORTS: Mapping[str, Callable[[Passage, str], Iterator[Passage]]] = {
    "sentences": sentences,
    "quotations": lambda paragraph, _language: quotations(paragraph),
    "numbers": _numbers,
}


def check_coverage(
    tables: Tables, corpus: Corpus, config: CapturesConfig, exceptions: Sequence[Row]
) -> tuple[dict[str, dict[str, Tally]], list[Finding]]:
    """Return per document and sort of passage how much is covered, and findings about what is not.

    An exception whose hash isn't its span's, or that excuses nothing, is a finding too.
    """
    findings = list(_broken(exceptions, corpus))
    tallies: dict[str, dict[str, Tally]] = {name: {} for name in corpus}
    needed: set[Row] = set()
    for sort in SORTS:
        cover: Cover | None = getattr(config.coverage, sort)
        if cover is None:
            continue
        touching = _spans(tables, cover, config)
        for document in corpus.values():
            tally = _Counter(touching[document.id], _of(exceptions, document.id, sort))
            findings += [_missed(document, sort, cover, missed) for missed in tally.missed(document, sort, cover)]
            tallies[document.id][sort] = tally.result
            needed |= tally.needed
    idle = (row for row in exceptions if row not in needed and row.record["document_id"] in corpus)
    return tallies, findings + [_idle(row) for row in idle]


def _of(exceptions: Sequence[Row], document: str, sort: str) -> list[Row]:
    return [row for row in exceptions if (row.record["document_id"], row.record["sort"]) == (document, sort)]


class _Counter:
    """Counts the passages of one sort in one document; ``needed`` are the exceptions that excuse one."""

    def __init__(self, touching: Sequence[Span], listed: Sequence[Row]) -> None:
        self._touching, self._listed = touching, listed
        self.needed: set[Row] = set()
        self.result = Tally()

    def missed(self, document: Document, sort: str, cover: Cover) -> list[Passage]:
        """Count all passages, and return those that nothing touches and no exception excuses."""
        total = touched = 0
        bare = []
        for passage in passages(document, sort, cover.labels):
            total += 1
            excuses = [row for row in self._listed if passage.touches([_span(row.record)])]
            if passage.touches(self._touching):
                touched += 1
            elif excuses:
                self.needed.update(excuses)
            else:
                bare.append(passage)
        self.result = Tally(total, touched, total - touched - len(bare))
        return bare


def passages(document: Document, sort: str, labels: frozenset[str]) -> Iterator[Passage]:
    """Yield the document's passages of one sort (sentences, quotations or numbers) in segments of these labels."""
    for paragraph in paragraphs(document, labels):
        yield from SORTS[sort](paragraph, document.language)


def _missed(document: Document, sort: str, cover: Cover, passage: Passage) -> Finding:
    tables = " or ".join(sorted({column.table for column in cover.by}))
    message = f"no row of {tables} touches the {sort[:-1]} at {passage.start}..{passage.end} of {document.id!r}"
    hint = f"record it, or list it among the exceptions with its reason: sort {sort!r}, start {passage.start}"
    return document.row.finding("$", CODE, message, hint)


def _spans(tables: Tables, cover: Cover, config: CapturesConfig) -> Mapping[str, list[Span]]:
    """Return the spans of the rows that cover, by document."""
    named = {columns.table: columns.document for columns in config.locators}
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for column in cover.by:
        for row in tables[column.table]:
            for _, locator in values(row.record, column.path):
                spans[row.get(named[column.table])].append(_span(locator))
    return spans


def _span(locator: Mapping[str, Any]) -> Span:
    return locator["start"], locator["end"]


@cache
def _contract() -> Any:
    from jsonschema import Draft202012Validator  # heavy, and needed by few commands

    text = resources.files(__package__).joinpath("exceptions.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def read_exceptions(project: Path, name: str | None) -> list[Row]:
    """Return the listed exceptions; none where no file is named or it doesn't exist.

    Raises:
        SetupError: a line of the file is no exception as ``exceptions.schema.json`` describes them.
    """
    path = inside(project, name, "captures.coverage.exceptions") if name else None
    if path is None or not path.is_file():
        return []
    rows = read_lines(project, path.relative_to(project).as_posix())
    for row in rows:
        problem = next(_contract().iter_errors(row.record), None)
        if problem:
            raise SetupError(f"{row.file}:{row.line}: {problem.json_path}: {problem.message}")
    return rows


def _broken(exceptions: Iterable[Row], corpus: Corpus) -> Iterator[Finding]:
    for row in exceptions:
        document = corpus.get(row.record["document_id"])
        if document and not resolves(document.text, row.record["start"], row.record["end"], row.record["sha256"]):
            yield row.finding("$", "locator", f"the hash isn't that of its span of {document.id!r}")


def _idle(row: Row) -> Finding:
    message = f"the exception at {row.record['start']}..{row.record['end']} excuses nothing"
    return row.finding("$", CODE, message, "take it out")
