"""Statements: what a reader found who saw only a row's spans and its statement, and whether that still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captures.load_rows import read_described
from captures.pair_readings import text_sha256
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from captures.config import CapturesConfig
    from captures.rows import Row, Tables
    from dataset_packager.base.findings import Finding

CODE = "statement"
VERDICTS = ("same", "stronger", "weaker", "more", "less")


def read_readings(project: Path, config: CapturesConfig) -> list[Row]:
    """Return the readings that the project keeps; none where it keeps none.

    Raises:
        SetupError: a line is no reading as ``statements.schema.json`` describes them.
        EnvironmentFailure: the file can't be read.
    """
    return read_described(project, config.statements.file, "statements.schema.json") if config.statements else []


def check_statements(tables: Tables, config: CapturesConfig, readings: Sequence[Row]) -> Iterator[Finding]:
    """Yield readings of statements that changed since and are said to be kept, or the other way round.

    A reading of a row that is gone says nothing of the rows as they are, and stays.
    """
    columns = config.statements
    if columns is None:
        return
    rows = {row.get(columns.key): row for row in tables[columns.table]}
    for reading in readings:
        row = rows.get(reading.record["claim_id"])
        if row is None:
            continue
        unchanged = text_sha256(row.get(columns.text)) == reading.record["statement_sha256"]
        if unchanged and reading.record["settled"] == "mended":
            yield row.finding("$." + format_path(columns.text), CODE, "is called mended, and is as it was read")
        elif not unchanged and reading.record["settled"] == "kept":
            message = f"isn't the one that was read: {reading.file}:{reading.line}"
            yield row.finding("$." + format_path(columns.text), CODE, message, "have it read again, or call it mended")


def count_statements(tables: Tables, config: CapturesConfig, readings: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return for each verdict how many of the rows so read were kept, mended, and are gone."""
    columns = config.statements
    if columns is None:
        return {}
    rows = {row.get(columns.key) for row in tables[columns.table]}
    counts = {verdict: {"read": 0, "kept": 0, "mended": 0, "gone": 0} for verdict in VERDICTS}
    for reading in readings:
        count = counts[reading.record["verdict"]]
        count["read"] += 1
        count[reading.record["settled"] if reading.record["claim_id"] in rows else "gone"] += 1
    return counts
