"""Pairs: that all rows which share something were read side by side, and are linked or found unrelated.

Two rows share something where one of the named groups of columns has a value in common, or rows of another table that
refer to them have (figures of one theme). A file keeps, for each row, which others were found unrelated, and the hash
of its text as it was read then; pairs that are linked stand in the table of links.
"""

from __future__ import annotations

import hashlib
from itertools import combinations
from typing import TYPE_CHECKING, Any

from captures.load_rows import read_described
from captures.rows import chosen, values
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from captures.columns import PairColumns
    from captures.config import CapturesConfig
    from captures.rows import Row, Tables
    from dataset_packager.base.findings import Finding

CODE = "pair"
Pair = frozenset[str]


def read_pairs(project: Path, config: CapturesConfig) -> list[Row]:
    """Return what the project keeps of pairs that were read; nothing where it keeps none.

    Raises:
        SetupError: a line isn't what ``pairs.schema.json`` describes.
        EnvironmentFailure: the file can't be read.
    """
    return read_described(project, config.pairs.file, "pairs.schema.json") if config.pairs else []


def sharing(tables: Tables, columns: PairColumns) -> set[Pair]:
    """Return all pairs of rows that share something."""
    groups: dict[tuple[int, Any], set[str]] = {}
    for row in tables[columns.table]:
        for number, paths in enumerate(columns.shared):
            for path in paths:
                for _, value in values(row.record, path):
                    groups.setdefault((number, value), set()).add(row.get(columns.key))
    for number, through in enumerate(columns.through, len(columns.shared)):
        for row in chosen(tables[through.table], through.where):
            if (value := row.get(through.column)) is not None and (key := row.get(through.key)) is not None:
                groups.setdefault((number, value), set()).add(key)
    return {frozenset(pair) for group in groups.values() for pair in combinations(group, 2)}


def linked(tables: Tables, columns: PairColumns) -> set[Pair]:
    """Return all pairs of rows that are linked."""
    return {frozenset(row.get(path) for path in columns.ends) for row in tables[columns.links]}


def check_pairs(tables: Tables, config: CapturesConfig, readings: Sequence[Row]) -> Iterator[Finding]:
    """Yield rows that share something and weren't read side by side, and readings that no longer hold."""
    columns = config.pairs
    if columns is None:
        return
    rows = {row.get(columns.key): row for row in tables[columns.table]}
    links = linked(tables, columns)
    yield from _stale(rows, links, columns, readings)
    judged = {frozenset((row.record["claim_id"], other)) for row in readings for other in row.record["unrelated"]}
    missing: dict[str, list[str]] = {}
    for pair in sharing(tables, columns) - links - judged:
        later, earlier = sorted(pair, reverse=True)
        missing.setdefault(later, []).append(earlier)
    for name, others in sorted(missing.items()):
        message = f"{name!r} is neither linked to nor called unrelated to {', '.join(map(repr, sorted(others)))}"
        hint = f"link them, or list them in {columns.file}"
        yield rows[name].finding("$." + format_path(columns.key), CODE, message, hint)


def _stale(rows: dict[str, Row], links: set[Pair], columns: PairColumns, readings: Sequence[Row]) -> Iterator[Finding]:
    for reading in readings:
        name = reading.record["claim_id"]
        for index, other in enumerate((name, *reading.record["unrelated"])):
            where = f"$.unrelated[{index - 1}]" if index else "$.claim_id"
            if other not in rows:
                yield reading.finding(where, CODE, f"there is no row {other!r}")
            elif frozenset((name, other)) in links:
                yield reading.finding(where, CODE, f"{name!r} is called unrelated to {other!r}, and is linked to it")
        if name in rows and text_sha256(rows[name].get(columns.text)) != reading.record["statement_sha256"]:
            message = f"{name!r} was read side by side with others when it said something else"
            yield reading.finding("$.statement_sha256", CODE, message, "read its pairs again")


def count_pairs(tables: Tables, config: CapturesConfig) -> dict[str, int]:
    """Return how many pairs of rows share something, and how many of these are linked."""
    if config.pairs is None:
        return {}
    pairs = sharing(tables, config.pairs)
    return {"sharing": len(pairs), "linked": len(pairs & linked(tables, config.pairs))}


def text_sha256(text: str | None) -> str:
    """Return the SHA-256 of a row's text, as readings keep it."""
    return hashlib.sha256((text or "").encode()).hexdigest()
