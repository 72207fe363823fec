"""The records of a release, back as JSON Lines: as they went in, by nothing but the release."""

from __future__ import annotations

import heapq
import json
from itertools import chain
from typing import TYPE_CHECKING, Any

import orjson

from dataset_packager.base.findings import SetupError
from dataset_packager.project.config import unknown_name
from dataset_packager.release.read_records import Row, release_in, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def export(folder: Path, table: str) -> Iterator[bytes]:
    """Yield the records of a table (or view) of a release, each as a line of JSON in UTF-8.

    Splits are brought together in the order of the input where rows know their place, else one follows the other.
    Members come in the order of the schema; integers have all their digits, other numbers the shortest that give the
    same double.

    Raises:
        SetupError: there is no release, or no such table in it.
        DataFindings: a shard can't be read back.
    """
    release = release_in(folder)
    if table not in release.parts:
        raise SetupError(f"{folder}: {unknown_name(table, list(release.parts))}")
    part = release.parts[table]
    splits = [rows(release, part, split) for split in part.splits]
    together = heapq.merge(*splits, key=_place) if part.row_provenance and len(splits) > 1 else chain(*splits)
    for row in together:
        yield json_line(row.record)


def _place(row: Row) -> tuple[str, int]:
    return row.place or ("", 0)


def json_line(record: Any) -> bytes:
    """Return a JSON value as one line."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
