"""Somebody's records: which files they are, what table they belong to, and what can be learned from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataset_packager.chunks import record_format, scanner
from dataset_packager.config import Limits
from dataset_packager.files import failures
from dataset_packager.findings import Finding, SetupError
from dataset_packager.new.inference import TableSchema
from dataset_packager.new.keys import KeyCandidates
from dataset_packager.parse import DEPTH, LineError, parse
from dataset_packager.read import read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LIMITS = Limits(line_bytes=64 * 2**20, depth=DEPTH, expansion=1000)  # what the configuration has by default
PIECE = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one table, as they are now."""

    table: str
    files: tuple[Path, ...]


@dataclass
class Learned:
    """What was learned of a table: its schema, what may be its key, how many records it has."""

    source: Source
    schema: dict[str, Any]
    keys: KeyCandidates
    count: int
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_provenance(self) -> bool:
        """Whether a member has the name that the build's own column would have."""
        return "provenance" in self.schema.get("properties", {})


def sources(paths: Sequence[Path]) -> list[Source]:
    """Return the table that each path stands for: a file of records, or a folder of such files.

    Raises:
        SetupError: a path isn't there, has no records, or two of them give one table's name.
    """
    found = [Source(table_name(path), tuple(_files(path))) for path in paths]
    names = [source.table.lower() for source in found]
    for source in found:
        if names.count(source.table.lower()) > 1:
            raise SetupError(
                f"two of the inputs would be the table {source.table!r}: rename one, or put both in a folder"
            )
    return found


def table_name(path: Path) -> str:
    """Return the name of the table that a file or folder becomes: its own, without endings, in letters that fit."""
    name = path.resolve().name
    stem = re.sub(r"(\.(jsonl|ndjson|json))?(\.(gz|zst))?$", "", name) if not path.is_dir() else name
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:64] or "records"


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        with failures(path):
            inside = sorted(each for each in path.iterdir() if each.is_file() and _has_records(each))
        if not inside:
            raise SetupError(f"{path}: no file of records in this folder: name one that has .jsonl files")
        yield from inside
    elif path.is_file():
        record_format(path.name)
        yield path
    else:
        raise SetupError(f"{path}: no such file: name a file of records, or a folder of them, with --from")


def _has_records(path: Path) -> bool:
    try:
        record_format(path.name)
    except SetupError:
        return False
    return not path.name.startswith(".")


def learn(source: Source) -> Learned:
    """Read all records of a table and return what they show; what can't be read is among the findings.

    Raises:
        EnvironmentFailure: a file can't be read, or changes while it is read.
    """
    table, keys, findings = TableSchema(), KeyCandidates(), list[Finding]()
    for path in source.files:
        before = table.count
        for record in _records(path, findings):
            table.add(record)
            keys.add(record)
        if table.count == before and not any(finding.file == str(path) for finding in findings):
            hint = "put records into it, or leave it out"
            findings.append(Finding(str(path), None, "$", "empty", "the file has no record", hint=hint))
    return Learned(source, table.schema() if table.count else {}, keys, table.count, findings)


def _records(path: Path, findings: list[Finding]) -> Iterator[Any]:
    shown = str(path)
    for piece in scanner(path.parent, PIECE)(path.name).pieces:
        for raw in read_records(path.parent, piece, LIMITS):
            if raw.problem is not None:
                problem = raw.problem
                findings.append(
                    Finding(shown, problem.line, problem.path, problem.code, problem.message, hint=problem.hint)
                )
                continue
            try:
                yield parse(raw.data)
            except LineError as error:
                findings.append(Finding(shown, raw.line, error.path, error.code, error.message, hint=error.hint))
