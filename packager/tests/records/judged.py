"""Files of records as a build takes them: read, judged and typed, both ways, and cut into pieces of any size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.columns.decode import decode
from dataset_packager.project.config import Limits, Table
from dataset_packager.records.formats.interface import Lines
from dataset_packager.records.pieces import Scan, scan
from dataset_packager.records.reader import read_piece
from dataset_packager.shards.judge import Judge, TableJob, judge_of, table_tools, tools_of

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.base.findings import Finding

LIMITS = Limits(line_bytes=2**20, depth=100, expansion=1000)
SCHEMA = "t.schema.json"
Places = list[tuple[int, Any]]


class Taken:
    """What became of a file: accepted records and findings in order, each with its line, and the bytes refused."""

    def __init__(self) -> None:
        self.records: Places = []
        self.findings: list[Finding] = []
        self.refused: list[tuple[int, bytes]] = []

    @property
    def told(self) -> list[tuple[int | None, str, str]]:
        """Line, path and code of each finding."""
        return [(each.line, each.path, each.code) for each in self.findings]


def taken(
    folder: Path, name: str, schema: Any, options: dict[str, Any] | None = None, *, quick: bool = True,
    target: int = 2**20, limits: Limits = LIMITS,
) -> Taken:  # fmt: skip
    """Read one file under a schema, a dict, as a build does it."""
    (folder / SCHEMA).write_text(json.dumps(schema), "utf-8")
    table = Table("t", SCHEMA, (name,), format_options=json.dumps(options or {}))
    job = TableJob(folder, "d", table, limits, 2**20, True, (), quick)
    for cached in (tools_of, judge_of):
        cached.cache_clear()
    reading, judge, found = table_tools(folder, table, True).reading, Judge(job), Taken()
    for piece in scan(Scan(folder, name, target, table.format_options)).pieces:
        for part in read_piece(folder, piece, limits, reading):
            if not isinstance(part, Lines) and part.problem and part.problem.line is None:
                found.findings += part.problems
                continue
            for judged in judge.lines(name, part) if isinstance(part, Lines) else [judge.records([name], [part])]:
                found.records += zip(judged.lines[judged.accepted].tolist(), decode(judged.table), strict=True)
                for _, raw, findings in judged.refused:
                    found.findings += findings
                    found.refused.append((raw.line, raw.data))
    return found


def taken_alike(folder: Path, name: str, schema: Any, options: dict[str, Any] | None = None) -> Taken:
    """Read one file both ways, in one piece and in many, and return what became of it: always the same."""
    first = taken(folder, name, schema, options)
    for quick, target in ((False, 2**20), (True, 1), (True, 60), (False, 60)):
        again = taken(folder, name, schema, options, quick=quick, target=target)
        assert again.records == first.records
        assert again.findings == first.findings
    return first
