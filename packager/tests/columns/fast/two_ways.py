"""The same lines judged in both ways, and what must be the same then."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.digest import content_digest
from dataset_packager.project.config import Limits, Splits, Table
from dataset_packager.records.reader import Lines
from dataset_packager.shards.judge import Judge, TableJob

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.columns.fast.line_reader import LineReader
    from dataset_packager.shards.judge import Judged

LIMITS = Limits(line_bytes=2**20, depth=128, expansion=1000)
FILE = "data/x.jsonl"


def job_of(
    folder: Path,
    schema: Any,
    *,
    limits: Limits = LIMITS,
    formats: bool = True,
    provenance: bool = True,
    splits: Splits | None = None,
    two_files: bool = False,
) -> TableJob:
    """Return the job of a project in ``folder`` with one table, of which ``schema`` is written there."""
    (folder / "schema").mkdir(parents=True, exist_ok=True)
    for name, content in (in_two_files(schema) if two_files else {"main.json": schema}).items():
        (folder / "schema" / name).write_text(json.dumps(content), "utf-8")
    table = Table("t", "schema/main.json", ("data/*.jsonl",), assert_formats=formats, splits=splits or Splits())
    return TableJob(folder, "d", table, limits, 2**26, provenance, ())


def in_two_files(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema and what it defines as two files, of which the first refers to the second."""
    container = "$defs" if "$defs" in schema else "definitions"
    rest = json.dumps({name: value for name, value in schema.items() if name != container})
    main = json.loads(rest.replace('"$ref": "#/', '"$ref": "common.json#/'))
    return {"main.json": main, "common.json": {"$schema": schema["$schema"], container: schema[container]}}


@dataclass
class Both:
    """The judges of one table."""

    exact: Judge
    quick: Judge

    @classmethod
    def of(cls, job: TableJob) -> Both:
        return cls(Judge(job), Judge(replace(job, quick=True)))

    @property
    def reader(self) -> LineReader | None:
        """The quick way, None where the table has none."""
        return self.quick._quick  # nothing else tells

    def judge(self, lines: list[bytes], first_line: int = 1) -> Judged:
        """Judge lines in both ways; fail where they differ, else return what became of them."""
        part = Lines(first_line, b"".join(line + b"\n" for line in lines))
        (exact,), (quick,) = self.exact.lines(FILE, part), self.quick.lines(FILE, part)
        assert quick.lines.tolist() == exact.lines.tolist()
        assert quick.accepted.tolist() == exact.accepted.tolist(), odd_lines(lines, exact, quick)
        assert quick.lengths.tolist() == exact.lengths.tolist()
        assert quick.refused == exact.refused
        assert quick.splits == exact.splits
        quick.table.validate(full=True)
        assert quick.table.schema.equals(exact.table.schema, check_metadata=True)
        assert quick.table.equals(exact.table)
        assert content_digest(quick.table) == content_digest(exact.table)
        return exact


def odd_lines(lines: list[bytes], exact: Judged, quick: Judged) -> list[bytes]:
    """Return the lines about which the two ways don't agree."""
    numbers = exact.lines[np.flatnonzero(exact.accepted != quick.accepted)]
    return [
        lines[number - int(exact.lines[0])] if len(lines) == len(exact.lines) else lines[0] for number in numbers
    ] or lines
