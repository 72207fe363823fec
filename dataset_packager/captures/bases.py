"""Bases: that each value says what it rests on, and that what rests on a capture is printed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.captures.rows import Row, Tables, chosen, values
from dataset_packager.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.captures.config import BasisColumns, CapturesConfig
    from dataset_packager.captures.corpus import Corpus
    from dataset_packager.findings import Finding

CODE = "basis"
PRINTED = "capture"


def check_bases(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield values without a basis, bases without a value, and values that no capture prints though they say so."""
    for columns in config.bases:
        for row in chosen(tables[columns.table], columns.where):
            yield from _basis(row, corpus, columns)


def _basis(row: Row, corpus: Corpus, columns: BasisColumns) -> Iterator[Finding]:
    found = [value for _, value in values(row.record, columns.value)]
    basis = row.get(columns.basis)
    where, name = "$." + format_path(columns.basis), format_path(columns.value).removesuffix("[]")
    if bool(found) != (basis is not None):
        message = f"{name} is given, but not what it rests on" if found else f"{name} is empty, so it rests on nothing"
        yield row.finding(where, CODE, message)
    elif columns.printed and basis == PRINTED:
        for value in found:
            if not any(str(value) in document.text for document in corpus.values()):
                hint = "give it the basis 'inferred' or 'general', or the name as it is printed"
                yield row.finding(where, CODE, f"no capture prints the {name} {value!r}", hint)
