"""Bases: that each value says what it rests on, and that what rests on a capture is printed there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from captures.rows import Row, Tables, chosen, owned, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from captures.columns import BasisColumns, Spans
    from captures.config import CapturesConfig
    from captures.corpus import Corpus
    from dataset_packager.base.findings import Finding

CODE = "basis"
PRINTED = "capture"
HINT = "give it the basis 'inferred' or 'general'"


def check_bases(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield values without a basis, bases without a value, and values that no capture prints though they say so.

    Whether a capture prints a value is told only where all captures are there. Of a date the year must be printed:
    a month or a weekday alone leaves it to be worked out.
    """
    complete = len(corpus) == len(tables[config.documents.table])
    texts = [document.text for document in corpus.values()] if complete else None
    for columns in config.bases:
        for row in chosen(tables[columns.table], columns.where):
            yield from _basis(row, texts, columns)
            if columns.dated and row.get(columns.basis) == PRINTED:
                yield from _years(row, corpus, columns, columns.dated)


def _basis(row: Row, texts: Sequence[str] | None, columns: BasisColumns) -> Iterator[Finding]:
    found = [value for _, value in values(row.record, columns.value)]
    basis = row.get(columns.basis)
    where, name = "$." + format_path(columns.basis), format_path(columns.value).removesuffix("[]")
    if bool(found) != (basis is not None):
        message = f"{name} is given, but not what it rests on" if found else f"{name} is empty, so it rests on nothing"
        yield row.finding(where, CODE, message)
    elif columns.printed and basis == PRINTED and texts is not None:
        for value in found:
            if not any(str(value) in text for text in texts):
                hint = "give it the basis 'inferred' or 'general', or the name as it is printed"
                yield row.finding(where, CODE, f"no capture prints the {name} {value!r}", hint)


def _years(row: Row, corpus: Corpus, columns: BasisColumns, dated: Spans) -> Iterator[Finding]:
    around = []
    for name, part, where, base in owned(row.record, dated.document):
        document = corpus.get(name)
        if document is None:  # whose capture isn't there: nothing can be told
            return
        for path in dated.paths:
            for _, locator in values(part, path[len(base) :], where):
                segments = document.overlapped(locator["start"], locator["end"])
                around += [document.text[segment.start : segment.end] for segment in segments]
    for year in dict.fromkeys(re.findall(r"\d{4}", row.get(columns.value) or "")):
        if not any(year in text for text in around):
            message = f"the year {year} isn't printed around the row's spans"
            yield row.finding("$." + format_path(columns.basis), CODE, message, HINT)
