"""A synthetic project with one synthetic capture, whose records are resolved from drafts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from captures.copied_words import project_texts
from captures.drafts import resolve, resolve_partition
from captures.evidence import Evidence, check_evidence
from captures.extension import CAPTURES
from captures.gazetteer import read_gazetteer
from captures.load_rows import captures_config, read_lines
from captures.page_coverage import read_exceptions
from captures.statement_readings import read_readings
from dataset_packager.project.read_config import load_config

if TYPE_CHECKING:
    from captures.config import CapturesConfig
    from captures.rows import Tables
    from dataset_packager.project.config import Config

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests/cases/evidence"
TABLES = ("documents", "segments", "entities", "mentions", "events", "claims", "links", "figures", "alterations")
BESIDE = ("exceptions", "gazetteer", "statements")  # files of data/quality

Drafts = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Captured:
    """A dataset project and the folder with its captures."""

    project: Path
    captures: Path

    @property
    def config(self) -> Config:
        return load_config(self.project, [CAPTURES])

    @property
    def capture(self) -> Path:
        return self.captures / "ferry.txt"

    @property
    def tables(self) -> Tables:
        """The rows as they stand, whether or not their schemas accept them."""
        return {table: read_lines(self.project, f"data/{table}/ferry.jsonl") for table in TABLES}

    def evidence(self) -> Evidence:
        """What the rows and the texts under ``data`` and beside it are worth, without a look at schemas."""
        exceptions = read_exceptions(self.project, "data/quality/exceptions.jsonl")
        texts = (text for text in project_texts(self.project) if not text.file.startswith("schema/"))
        gazetteer = read_gazetteer(self.project, base_config())
        readings = read_readings(self.project, base_config())
        return check_evidence(self.tables, self.captures, base_config(), texts, exceptions, gazetteer, readings)

    def replace(self, old: str, new: str) -> None:
        """Change the capture's text."""
        text = self.capture.read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.capture.write_text(text.replace(old, new), encoding="utf-8")


@cache
def base_config() -> CapturesConfig:
    return captures_config(load_config(CASES / "_base", [CAPTURES]))


MakeCaptured = Callable[..., Captured]


@pytest.fixture
def make_captured(tmp_path: Path) -> MakeCaptured:
    """Make the project; ``edits`` bend the drafts, or the records that were resolved from them."""

    def make(edits: list[dict[str, Any]] | None = None) -> Captured:
        captured = Captured(tmp_path / "project", tmp_path / "captures")
        shutil.copytree(CASES / "_base/captures", captured.captures)
        shutil.copytree(ROOT / "schema", captured.project / "schema")
        shutil.copy(CASES / "_base/pyproject.toml", captured.project)
        drafts = {path.stem: _lines(path) for path in sorted((CASES / "_base/drafts").glob("*.jsonl"))}
        _bend(drafts, [edit for edit in edits or [] if not edit.get("resolved")])
        records = _resolved(drafts, captured.capture.read_text(encoding="utf-8"))
        _bend(records, [edit for edit in edits or [] if edit.get("resolved")])
        _write(captured.project, records)
        return captured

    return make


@pytest.fixture
def captured(make_captured: MakeCaptured) -> Captured:
    """The project as it is: without a finding."""
    return make_captured()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _bend(tables: Drafts, edits: list[dict[str, Any]]) -> None:
    for edit in edits:
        rows = tables[edit["table"]]
        if "add" in edit:
            rows.insert(edit.get("row", len(rows)), edit["add"])
        elif edit.get("drop"):
            del rows[edit["row"]]
        else:
            rows[edit["row"]] = _merged(rows[edit["row"]], edit["set"])


def _merged(record: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    nested = {
        name: _merged(record[name], value)
        for name, value in change.items()
        if isinstance(value, dict)
        and isinstance(record.get(name), dict)
        and "find" not in value
        and "from" not in value
    }
    return {**record, **change, **nested}


def _resolved(drafts: Drafts, text: str) -> Drafts:
    return {
        table: list(resolve_partition(rows, text)) if table == "segments" else resolve(rows, text)
        for table, rows in drafts.items()
    }


def _write(project: Path, records: Drafts) -> None:
    for table, rows in records.items():
        name = f"quality/{table}" if table in BESIDE else f"{table}/ferry"
        path = project / f"data/{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
