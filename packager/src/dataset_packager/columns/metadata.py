"""What Arrow fields say of themselves in their metadata, and columns as documents show them.

Every key of field metadata is named here, once; ``docs/formats.md`` says what each means.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODING, JSON_TEXT, JSON_MEMBERS, MAP = "encoding", "json", "json-members", "map"
HOLDS, RECORD, ROW_PROVENANCE = "holds", "record", "row-provenance"
REQUIRED, NULLABLE, TRUE = "required", "nullable", "true"
TITLE, DESCRIPTION, ENUM, EXAMPLES = "title", "description", "enum", "examples"
NAMES, DIGITS = "names", "digits"  # of column types: the classes in order; digits behind the point of seconds
ROOT = "root"  # of columns of files: the folder that their paths start from


def said(field: Any, key: str) -> str | None:
    """Return what a field's metadata say under a key, None where they say nothing."""
    told = (field.metadata or {}).get(key.encode())
    return None if told is None else bytes(told).decode()


def leaves(schema: pa.Schema) -> Iterator[tuple[str, pa.Field]]:
    """Yield every column and every member inside, with its path."""
    for field in schema:
        yield from _leaves(field, shown_name(field.name))


def _leaves(field: pa.Field, path: str) -> Iterator[tuple[str, pa.Field]]:
    yield path, field
    while pa.types.is_list(field.type):
        field, path = field.type.value_field, path + "[]"
    if has_members(field):
        for child in field.type:
            yield from _leaves(child, f"{path}.{shown_name(child.name)}")


def has_members(field: pa.Field) -> bool:
    """Say whether a column's values are objects; a file with its path, which a column type stores so, is one value."""
    return bool(pa.types.is_struct(field.type)) and not said(field, ENCODING)


def shown_name(name: str) -> str:
    """Return a member's name as a path shows it: in quotes where it has a character that paths use."""
    return json.dumps(name, ensure_ascii=False) if not name or set(name) & set('.[]"') else name


def documentation(field: pa.Field) -> str:
    """Return what a column's metadata says of it: its description, else its title, else nothing."""
    return said(field, DESCRIPTION) or said(field, TITLE) or ""


def is_row_provenance(field: pa.Field) -> bool:
    """Say whether a column is the build's own, which tells the file and line of each row."""
    return said(field, HOLDS) == ROW_PROVENANCE


def controlled_words(field: pa.Field) -> list[Any]:
    """Return the values that the schema lists for a column, or an empty list."""
    text = said(field, ENUM)
    words: Any = json.loads(text) if text else []
    return words if isinstance(words, list) else []
