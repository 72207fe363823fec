"""Columns as documents show them: every member with its path, a short name of its type, and what is said of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODING, HOLDS, ROW_PROVENANCE = b"encoding", b"holds", b"row-provenance"


def leaves(schema: pa.Schema) -> Iterator[tuple[str, pa.Field]]:
    """Yield every column and every member inside, with its path."""
    for field in schema:
        yield from _leaves(field, shown_name(field.name))


def _leaves(field: pa.Field, path: str) -> Iterator[tuple[str, pa.Field]]:
    yield path, field
    inner = field.type
    while pa.types.is_list(inner):
        inner, path = inner.value_type, path + "[]"
    if pa.types.is_struct(inner):
        for child in inner:
            yield from _leaves(child, f"{path}.{shown_name(child.name)}")


def shown_name(name: str) -> str:
    """Return a member's name as a path shows it: in quotes where it has a character that paths use."""
    return json.dumps(name, ensure_ascii=False) if not name or set(name) & set('.[]"') else name


def type_name(kind: pa.DataType) -> str:
    """Return a short name of an Arrow type."""
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def documentation(field: pa.Field) -> str:
    """Return what a column's metadata says of it: its description, else its title, else nothing."""
    metadata = field.metadata or {}
    return bytes(metadata.get(b"description", metadata.get(b"title", b""))).decode("utf-8")


def is_encoded(field: pa.Field) -> str:
    """Return how a column's text encodes other values (``json``, ``json-members``, ``map``), or nothing."""
    return bytes((field.metadata or {}).get(ENCODING, b"")).decode("utf-8")


def is_row_provenance(field: pa.Field) -> bool:
    """Say whether a column is the build's own, which tells the file and line of each row."""
    return (field.metadata or {}).get(HOLDS) == ROW_PROVENANCE


def controlled_words(field: pa.Field) -> list[Any]:
    """Return the values that the schema lists for a column, or an empty list."""
    text = (field.metadata or {}).get(b"enum")
    words: Any = json.loads(text) if text else []
    return words if isinstance(words, list) else []
