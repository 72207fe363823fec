"""The list of records that were taken back: read and checked before any record is.

A line names a table and the salted SHA-256 of a key, never the key itself: ``{"table", "salt", "key", "date",
"reason"}``. The list is published with the release, so that whoever has an older one knows what to leave out.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.files import failures, regular_bytes, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path
from dataset_packager.columns.metadata import ENCODING, said
from dataset_packager.project.contract import unknown_name
from dataset_packager.shards.key_columns import leaf_field
from dataset_packager.shards.row_rules import Withdrawn, hashed_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.config import Config

MEMBERS = ("table", "salt", "key", "date", "reason")
_SHAPES = {"key": r"[0-9a-f]{64}", "date": r"\d{4}-\d{2}-\d{2}", "salt": r"\S{8,128}"}


def read_withdrawn(config: Config) -> tuple[Withdrawn, ...]:
    """Return the entries of the project's list, none where it has no list.

    Raises:
        SetupError: there is no such file, or a line of it is no entry.
    """
    if config.withdrawn is None:
        return ()
    path = config.project / config.withdrawn
    if not path.is_file():
        raise SetupError(f"{config.withdrawn}: no such file: make it (empty is well), or take `withdrawn` out")
    with failures(path):
        text = regular_bytes(path).decode("utf-8", "replace")
    entries = entries_of(text, config.withdrawn)
    for each in entries:
        if each.table not in config.table:
            raise SetupError(f"{config.withdrawn}: {unknown_name(each.table, list(config.table))}")
        if not config.table[each.table].key:
            raise SetupError(
                f"{config.withdrawn}: the table {each.table!r} has no key to know its records by: give it one"
            )
    return entries


def add_withdrawn(
    config: Config, columns: Mapping[str, pa.Schema], table: str, key: Sequence[str], date: str | None, reason: str
) -> Withdrawn:
    """Add the entry of a record to the project's list, under the salt that the list has, and return it.

    Args:
        config: the project's configuration.
        columns: those of each table.
        table: the table that the record stood in.
        key: the text of each of its key's values, which the columns' types make numbers of, or leave as it is.
        date: as 2026-11-22; today where it is None.
        reason: why, in words that may be published.

    Raises:
        SetupError: the project has no list, or the table no such key.
    """
    if config.withdrawn is None:
        raise SetupError('pyproject.toml: add withdrawn = "withdrawn.jsonl" to [tool.dataset-packager] first')
    if table not in config.table:
        raise SetupError(f"{unknown_name(table, list(config.table))}")
    paths = config.table[table].key
    if len(key) != len(paths):
        names = ", ".join(map(format_path, paths)) or "none"
        raise SetupError(f"{table}: its key has the columns {names}: give a value for each")
    values = tuple(_value(text, columns[table], path) for text, path in zip(key, paths, strict=True))
    path = config.project / config.withdrawn
    with failures(path):
        text = regular_bytes(path).decode("utf-8") if path.exists() else ""
    known = entries_of(text, config.withdrawn)
    salt = known[-1].salt if known else secrets.token_hex(16)
    today = datetime.now(tz=UTC).date().isoformat()
    entry = Withdrawn(table, salt, hashed_key(salt, values), date or today, reason)
    line = json.dumps(asdict(entry), ensure_ascii=False)
    _entry(line, config.withdrawn)
    write_text(path, text + ("" if not text or text.endswith("\n") else "\n") + line + "\n")
    return entry


def _value(text: str, columns: pa.Schema, path: ColumnPath) -> Any:
    """Return the value that a text is in a column: for one of texts itself, or what it says as a string of JSON."""
    field = leaf_field(columns, path, "key")
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if pa.types.is_string(field.type):
        return value if isinstance(value, str) or said(field, ENCODING) else text
    if pa.types.is_floating(field.type) and type(value) in (int, float):
        return float(value)
    if type(value) is not (bool if pa.types.is_boolean(field.type) else int):
        raise SetupError(
            f"{format_path(path)}: {text!r} is no value of a column of {field.type}: give one as JSON has it"
        )
    return value


def entries_of(text: str, name: str) -> tuple[Withdrawn, ...]:
    """Return the entries that the lines of a list are.

    Raises:
        SetupError: a line is none; the message names it.
    """
    return tuple(_entry(line, f"{name}:{number}") for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _entry(line: str, where: str) -> Withdrawn:
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise SetupError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict) or set(value) != set(MEMBERS):
        raise SetupError(f"{where}: no entry: it has the members {', '.join(MEMBERS)}; `withdraw` writes one")
    for member in MEMBERS:
        said = value[member]
        if not isinstance(said, str) or not said or not re.fullmatch(_SHAPES.get(member, r"(?s).*"), said):
            raise SetupError(f"{where}: {member}: {said!r} isn't what stands there: `withdraw` writes an entry")
    return Withdrawn(**value)
