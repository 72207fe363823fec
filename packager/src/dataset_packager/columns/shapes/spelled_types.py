"""Column types that a schema suggests in the words of others: OpenAPI, pydantic, msgspec, JSON Schema itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.columns.encode import IntegerColumn, NumberColumn, StringColumn
from dataset_packager.columns.nested import ListColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.encode import Column
    from dataset_packager.columns.shapes.algebra import Shape

_INTEGERS = {name: name for name in ("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64")}
_NUMBERS = {"float": "float32", "single": "float32", "float32": "float32"}  # double, float64: what numbers are anyhow
_STRINGS = {
    "date": "date", "date-time": "timestamp", "decimal": "decimal", "byte": "base64", "base64": "base64",
    **{f"uuid{version}": "uuid" for version in ("", 1, 3, 4, 5, 6, 7, 8)},
}  # fmt: skip
FORMATS: tuple[tuple[type[Column], Mapping[str, str]], ...] = (
    (IntegerColumn, _INTEGERS), (NumberColumn, _NUMBERS), (StringColumn, _STRINGS),
)  # fmt: skip
"""By the column of a schema: the column type that a ``format`` suggests. ``contentEncoding`` is told as one."""


def spelled_type(shape: Shape, column: Column) -> str | None:
    """Return the column type that a schema's own words suggest for the column that it gives, None where none do."""
    if isinstance(column, ListColumn):
        counted = shape.array is not None and (shape.array.length or 0) > 1
        return "vector" if counted and isinstance(column.item.column, NumberColumn | IntegerColumn) else None
    words = [word for word in shape.documentation.enum or () if word is not None]
    if isinstance(column, StringColumn) and len(words) > 1:
        return "class-label"
    spelling = shape.documentation.spelling or ""
    return next((known.get(spelling) for kind, known in FORMATS if isinstance(column, kind)), None)
