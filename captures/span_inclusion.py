"""Inclusion: which spans lie within which.

Speech inside speech lies within the spans of the claim that reports it. A figure that is part of what a claim says lies
within the claim's spans and is its speakers'; one in the words around them lies outside and is nobody's but the text's.
One that belongs to no claim lies within none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from captures.pass_alignment import mark
from captures.rows import Row, Tables, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from captures.columns import ParentColumns, RoleColumns
    from captures.config import CapturesConfig
    from dataset_packager.base.findings import Finding
    from dataset_packager.base.paths import ColumnPath

PARENT, ROLE = "parent-span", "role"
Span = tuple[int, int]


def check_inclusion(tables: Tables, config: CapturesConfig) -> Iterator[Finding]:
    """Yield what lies outside the spans that should include it, and what lies inside though it is said not to."""
    for parents in config.parents:
        yield from _parents(tables, parents)
    if config.roles:
        yield from _roles(tables, config.roles)


def _parents(tables: Tables, columns: ParentColumns) -> Iterator[Finding]:
    rows = {row.get(columns.key): row for row in tables[columns.table]}
    for row in rows.values():
        parent = rows.get(row.get(columns.parent))
        if parent is not None:
            around = _spans(parent, columns.at)
            for where, span in _located(row, columns.at):
                if not _within(span, around):
                    message = f"{span[0]}..{span[1]} isn't within the spans of {row.get(columns.parent)!r}"
                    yield row.finding(where, PARENT, message, "give the parent the words of the speech inside it")


def _roles(tables: Tables, columns: RoleColumns) -> Iterator[Finding]:
    claims = {row.get(columns.claims.key): row for row in tables[columns.claims.table]}
    for row in tables[columns.table]:
        span = _spans(row, columns.at)[0]
        name = row.get(columns.claims.column)
        if name is None:
            yield from _unclaimed(row, span, claims.values(), columns)
        claim = claims.get(name)
        if claim is None:
            continue
        inside = _within(span, _spans(claim, columns.claims_at))
        role = row.get(columns.role)
        wanted = columns.inside if inside else columns.outside
        if role != wanted:
            place = "within" if inside else "outside"
            message = f"{span[0]}..{span[1]} lies {place} the claim's spans, so it is {wanted!r}, not {role!r}"
            yield row.finding("$." + format_path(columns.role), ROLE, message)
        owners = _named(claim, columns.claims_owners) if role == columns.inside else []
        if _named(row, columns.owners) != owners:
            where = "$." + format_path(columns.owners).removesuffix("[]")
            yield row.finding(where, ROLE, f"a figure of the role {role!r} belongs to {owners} here")


def _unclaimed(row: Row, span: Span, claims: Iterable[Row], columns: RoleColumns) -> Iterator[Finding]:
    for claim in claims:
        same = claim.get(columns.document) == row.get(columns.document)
        if same and _within(span, _spans(claim, columns.claims_at)):
            message = f"{span[0]}..{span[1]} lies within the spans of {claim.get(columns.claims.key)!r}"
            yield row.finding("$." + format_path(columns.claims.column), ROLE, message)


def _named(row: Row, path: ColumnPath) -> list[Any]:
    return [name for _, name in values(row.record, path)]


def _located(row: Row, path: ColumnPath) -> Iterator[tuple[str, Span]]:
    for where, locator in values(row.record, path):
        yield where, (locator["start"], locator["end"])


def _spans(row: Row, path: ColumnPath) -> list[Span]:
    return [span for _, span in _located(row, path)]


def _within(span: Span, around: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in mark("", around).spans)
