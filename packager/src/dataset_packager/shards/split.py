"""Splits: which of them a record belongs to, by the hash of what keeps its group together, or as its author has it.

The place of a group depends on the seed and the group's own values alone, so adding records moves none of the others.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.base.text import shown
from dataset_packager.columns.metadata import controlled_words
from dataset_packager.project.config import SECTION
from dataset_packager.project.read_config import check_split_names
from dataset_packager.shards.key_columns import is_typed, key_schema, key_values, leaf_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataset_packager.project.config import Config, Splits, Table


def splitter(splits: Splits) -> Callable[[Any], str]:
    """Return the function from a record to the name of its split.

    A group's SHA-256, over the seed, a newline and the canonical JSON of the group's values, is read as a fraction of
    one; the split is the one in whose share it falls.
    """
    if splits.column:
        return lambda record: _name(member_value(record, splits.column))
    if len(splits.shares) == 1:
        only = splits.names[0]
        return lambda _record: only
    bounds = list(accumulate(share for _, share in splits.shares))
    seed = splits.seed.encode("utf-8") + b"\n"

    def split(record: Any) -> str:
        values = [member_value(record, path) for path in splits.group_by]
        digest = hashlib.sha256(seed + canonical(values).encode("utf-8")).digest()
        fraction = int.from_bytes(digest[:7], "big") / 2**56
        return next(
            (name for name, bound in zip(splits.names, bounds, strict=True) if fraction < bound), splits.names[-1]
        )

    return split


def _name(value: Any) -> str:
    return value if isinstance(value, str) else ""


def needs_records(splits: Splits) -> bool:
    """Say whether a row's split follows from its record, not from its table or file."""
    return bool(splits.column) or len(splits.shares) > 1


def split_values(table: pa.Table, column: ColumnPath) -> list[str]:
    """Return what a column that names each row's split has, empty where it has no string."""
    nowhere = pa.nulls(table.num_rows, pa.string()), pa.nulls(table.num_rows, pa.int64())
    values = key_values(table, (column,), *nowhere).column(0)
    texts = values.to_pylist()
    if is_typed(key_schema(table.schema, (column,), "splits"), 0):
        texts = [text[1:] if text and text[0] == "s" else "" for text in texts]
    return [_name(text) for text in texts]


def wrong_split(record: Any, splits: Splits) -> tuple[str, str, str] | None:
    """Return path, message and hint where the split that a record names is none; None where all is well."""
    value = member_value(record, splits.column)
    if _name(value) in splits.names:
        return None
    path = f"$.{format_path(splits.column)}"
    what = "there is no value" if value is None else f"{shown(value)} is none"
    message = f"it names the row's split, but {what}: the splits are {', '.join(splits.names)}"
    return path, message, "correct it, or name the split in the configuration"


def with_split_names(config: Config, columns: Mapping[str, pa.Schema]) -> Config:
    """Return the configuration with the names of splits that stand in the enum of a column, as if it stated them.

    ``columns`` are those of each table.

    Raises:
        SetupError: there is no such column, it holds no strings, or its enum has no names of splits.
    """
    tables = [_with_names(table, columns[table.name]) for table in config.tables]
    if tables == list(config.tables):
        return config
    document = json.loads(json.dumps(config.document, default=str))
    for table in tables:
        if table.splits.column:
            told = document["tool"]["dataset-packager"]["tables"][table.name]["splits"]
            told["names"] = list(table.splits.names)
    return replace(config, tables=tuple(tables), document=document)


def _with_names(table: Table, columns: pa.Schema) -> Table:
    splits = table.splits
    if not splits.column:
        return table
    where = f"[{SECTION}.tables.{table.name}] splits"
    leaf = leaf_field(columns, splits.column, where)
    if LIST in splits.column or not pa.types.is_string(leaf.type):
        raise SetupError(f"{where}: {format_path(splits.column)} has no string in each row: name a column that has one")
    if splits.named:
        return table
    names = [word for word in controlled_words(leaf) if word is not None]
    if not names or not all(isinstance(name, str) for name in names):
        mend = "list the splits there, or as 'names' beside 'column'"
        raise SetupError(f"{where}: the schema has no enum of strings for {format_path(splits.column)}: {mend}")
    check_split_names(table.name, names)
    return replace(table, splits=replace(splits, named=tuple(names)))


def member_value(value: Any, path: ColumnPath) -> Any:
    """Return what stands at ``path`` in a record: None where nothing does, a list where the path goes through one."""
    for number, step in enumerate(path):
        if step is LIST:
            return [member_value(item, path[number + 1 :]) for item in value] if isinstance(value, list) else None
        value = value.get(step) if isinstance(value, dict) else None
    return value
