"""Evidence reads records in every format that a build reads, with the same options, and gets the same rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from captures.load_rows import read_tables
from dataset_packager.project.read_config import load_config

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"n": 1, "note": "ä; b", "place": {"lat": 1.5}}, {"n": 2, "note": None, "place": {"lat": 2.0}}]
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["n", "note", "place"],
    "properties": {
        "n": {"type": "integer"},
        "note": {"type": ["string", "null"]},
        "place": {"type": "object", "properties": {"lat": {"type": "number"}}},
    },
}
TABLES = {
    "lines": 'records = ["data/rows.jsonl"]',
    "cells": 'records = ["data/rows.csv"]\ncsv = { delimiter = ";", encoding = "cp1252", nulls = ["-"] }',
    "columns": 'records = ["data/rows.parquet"]',
    "wrapped": 'records = ["data/rows.json"]\nrecords_at = "data.items"',
}


def test_rows_are_the_same_in_every_format(tmp_path: Path) -> None:
    for folder in ("data", "schema"):
        (tmp_path / folder).mkdir()
    head = '[project]\nname = "rows"\nversion = "1.0.0"\n[tool.dataset-packager]\nreleased = "2026-01-31"\n'
    tables = (
        f'[tool.dataset-packager.tables.{name}]\nschema = "schema/rows.json"\n{text}\n' for name, text in TABLES.items()
    )
    (tmp_path / "pyproject.toml").write_text(head + "".join(tables), "utf-8")
    (tmp_path / "schema/rows.json").write_text(json.dumps(SCHEMA), "utf-8")
    (tmp_path / "data/rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    (tmp_path / "data/rows.csv").write_bytes('n;note;place.lat\n1;"ä; b";1.5\n2;-;2.0\n'.encode("cp1252"))
    (tmp_path / "data/rows.json").write_text(json.dumps({"data": {"items": ROWS}}), "utf-8")
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "data/rows.parquet")
    found = read_tables(load_config(tmp_path), TABLES)
    assert {name: [row.record for row in rows] for name, rows in found.items()} == dict.fromkeys(TABLES, ROWS)
    assert [(row.file, row.line) for row in found["cells"]] == [("data/rows.csv", 2), ("data/rows.csv", 3)]
