"""Bases: that each value says what it rests on, and that what rests on a capture is printed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captures.rows import Row, Tables, chosen, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from captures.config import BasisColumns, CapturesConfig
    from captures.corpus import Corpus
    from dataset_packager.base.findings import Finding

CODE = "basis"
PRINTED = "capture"


def check_bases(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield values without a basis, bases without a value, and values that no capture prints though they say so.

    Whether a capture prints a value is told only where all captures are there.
    """
    complete = len(corpus) == len(tables[config.documents.table])
    texts = [document.text for document in corpus.values()] if complete else None
    for columns in config.bases:
        for row in chosen(tables[columns.table], columns.where):
            yield from _basis(row, texts, columns)


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
