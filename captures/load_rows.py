"""Loading: a project's records, read and judged, as rows that know their places."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from captures.config import NAME, CapturesConfig
from captures.rows import Row, Tables
from dataset_packager.base.files import failures
from dataset_packager.base.findings import DataFindings, Finding, SetupError
from dataset_packager.records.files import record_files
from dataset_packager.records.pieces import Scan, scan
from dataset_packager.records.reader import read_records, value_of
from dataset_packager.schemas import load_schema
from dataset_packager.shards.reading_options import reading_of
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jsonschema import Draft202012Validator

    from dataset_packager.project.config import Config, Table
    from dataset_packager.records.formats.interface import Raw


def captures_config(config: Config) -> CapturesConfig:
    """Return what the project's configuration says of captures.

    Raises:
        SetupError: it says nothing, breaks the contract, or names a table that the project doesn't have.
    """
    if config.sections.get(NAME) is None:
        raise SetupError("pyproject.toml: no [tool.dataset-packager.captures]: this dataset has no captured sources")
    captures = CapturesConfig.from_dict(config.sections[NAME])
    for name in sorted(captures.tables - set(config.table)):
        known = ", ".join(sorted(config.table))
        raise SetupError(f"pyproject.toml: [tool.dataset-packager.captures]: no table {name!r}: there are {known}")
    return captures


def read_tables(config: Config, names: Iterable[str]) -> Tables:
    """Return the rows of the named tables, files in the order of their paths.

    Raises:
        DataFindings: a record can't be read or breaks its schema; everything else relies on them.
        SetupError: a schema or a glob is wrong.
        EnvironmentFailure: a file can't be read.
    """
    findings: list[Finding] = []
    tables = {name: list(_rows(config, config.table[name], findings)) for name in sorted(names)}
    if findings:
        raise DataFindings("records must be valid before they are compared with captures", findings)
    return tables


def _rows(config: Config, table: Table, findings: list[Finding]) -> Iterator[Row]:
    schema = load_schema(config.project, table.schema)
    gate, reading = Gate(schema, table.assert_formats), reading_of(table, schema)
    for name in record_files(config.project, table):
        for piece in scan(Scan(config.project, name, config.shard_input_bytes, table.format_options)).pieces:
            for raw in read_records(config.project, piece, config.limits, reading):
                record, problems = _judged(raw, name, gate, config.limits.depth)
                findings += problems
                if not problems:
                    yield Row(record, name, raw.line)


def _judged(raw: Raw, file: str, gate: Gate, depth: int) -> tuple[Any, list[Finding]]:
    record, problems = value_of(raw, file, depth)
    if problems:
        return None, problems
    return record, [] if gate.accepts(record) else gate.explain(record, file, raw.line)


def read_lines(project: Path, name: str) -> list[Row]:
    """Return the records of one JSON Lines file inside the project.

    Raises:
        SetupError: a line isn't JSON.
        EnvironmentFailure: the file can't be read.
    """
    rows = []
    with failures(name):
        lines = (project / name).read_text(encoding="utf-8").split("\n")
    for line, text in enumerate(lines, 1):
        if text.strip():
            try:
                rows.append(Row(json.loads(text), name, line))
            except ValueError as error:
                raise SetupError(f"{name}:{line}: not JSON: {error}") from error
    return rows


def read_described(project: Path, name: str, contract: str) -> list[Row]:
    """Return the records of one JSON Lines file, each of which is as a JSON Schema of this package describes it.

    Raises:
        SetupError: a line isn't JSON, or isn't what the schema describes.
        EnvironmentFailure: the file can't be read.
    """
    rows = read_lines(project, name)
    for row in rows:
        problem = next(_contract(contract).iter_errors(row.record), None)
        if problem:
            raise SetupError(f"{row.file}:{row.line}: {problem.json_path}: {problem.message}")
    return rows


@cache
def _contract(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # heavy, and needed by few commands

    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))
