"""Damage: that claims are marked as damaged exactly where a change that does damage touches their words.

A change touches a claim where a span of both overlaps, or where it lies on a mark of the claim's quotation: those marks
stand beside the claim's spans, with nothing between but white space, stops and what others inserted.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from captures.rows import Row, Tables, chosen, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from captures.columns import DamageColumns
    from captures.config import CapturesConfig
    from captures.corpus import Corpus, Document
    from dataset_packager.base.findings import Finding
    from dataset_packager.base.paths import ColumnPath

CODE = "damage"
MARKS = frozenset('“”„‟‘’‚«»‹›"')
_BETWEEN = frozenset(".,:;!?…—–-' ")
Span = tuple[int, int]


def check_damage(tables: Tables, corpus: Corpus, config: CapturesConfig) -> Iterator[Finding]:
    """Yield claims whose mark is wrong, and changes that name other claims than those that they touch."""
    columns = config.damage
    if columns is None:
        return
    claims = _by_document(tables[columns.claims.table], columns.claims.document)
    changes = _by_document(tables[columns.changes.table], columns.changes.document)
    for document in corpus.values():
        harmless = set(map(id, chosen(changes[document.id], columns.harmless)))
        harmful = [row for row in changes[document.id] if id(row) not in harmless]
        yield from _check(document, claims[document.id], harmful, columns)


def _by_document(rows: Sequence[Row], path: ColumnPath) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get(path)].append(row)
    return found


def _check(document: Document, claims: list[Row], changes: list[Row], columns: DamageColumns) -> Iterator[Finding]:
    names = {id(row): row.get(columns.key) for row in claims}
    touched: dict[str, list[Row]] = {name: [] for name in names.values()}
    listed = {id(row): {name for _, name in values(row.record, columns.refers)} for row in changes}
    for claim in claims:
        name, words = names[id(claim)], list(_words(document, claim, columns))
        touched[name] = [row for row in changes if _overlap(words, _spans(row, columns.changes.paths))]
        flag = claim.get(columns.flag)
        if flag != bool(touched[name]):
            by = "a change that does damage touches it" if touched[name] else "no change that does damage touches it"
            message = f"{name!r} is marked {str(flag).lower()}, but {by}"
            yield claim.finding("$." + format_path(columns.flag), CODE, message)
    for change in changes:
        yield from _listed(change, touched, listed[id(change)], columns)


def _listed(change: Row, touched: dict[str, list[Row]], listed: set[str], columns: DamageColumns) -> Iterator[Finding]:
    where = "$." + format_path(columns.refers).removesuffix("[]")
    for name, rows in touched.items():
        if change in rows and name not in listed:
            yield change.finding(where, CODE, f"it touches the words of {name!r}, and doesn't name it")
        elif name in listed and not rows:
            yield change.finding(where, CODE, f"it names {name!r}, whose words no change touches")


def _spans(row: Row, paths: Sequence[ColumnPath]) -> list[Span]:
    return [(locator["start"], locator["end"]) for path in paths for _, locator in values(row.record, path)]


def _overlap(first: Sequence[Span], second: Sequence[Span]) -> bool:
    return any(a < d and c < b for a, b in first for c, d in second)


def _words(document: Document, claim: Row, columns: DamageColumns) -> Iterator[Span]:
    """Yield the claim's spans, and the marks beside them where it is a quotation."""
    spans = _spans(claim, columns.claims.paths)
    yield from spans
    quoted = columns.quoted
    if quoted and claim.get(quoted.column) in quoted.values:
        for start, end in _spans(claim, columns.claims.paths[:1]):
            yield from _marks(document, start - 1, -1, columns)
            yield from _marks(document, end, 1, columns)


def _marks(document: Document, position: int, step: int, columns: DamageColumns) -> Iterator[Span]:
    while 0 <= position < len(document.text):
        inserted = any(part.label in columns.inserted for part in document.overlapped(position, position + 1))
        character = document.text[position]
        if not inserted and character in MARKS:
            yield position, position + 1
        elif not inserted and not character.isspace() and character not in _BETWEEN:
            return
        position += step
