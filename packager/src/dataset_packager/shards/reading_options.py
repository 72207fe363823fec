"""What a table's files are read with: the options of their formats, and what the schema makes of values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_packager.columns.shapes.algebra import ANY, NAMES, ObjectShape, Openness, either
from dataset_packager.columns.shapes.from_schema import Reader
from dataset_packager.records.formats.interface import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.columns.shapes.algebra import Shape
    from dataset_packager.project.config import Table
    from dataset_packager.schemas import Schema


def reading_of(table: Table, schema: Schema) -> Reading:
    """Return what a table's files are read with."""
    reader = Reader(schema)
    return Reading(json.loads(table.format_options), ShapeType(reader, reader.shape(reader.root)))


class ShapeType:
    """What a schema makes of a value, by its shape."""

    def __init__(self, reader: Reader, shape: Shape) -> None:
        self._reader, self._shape = reader, shape
        self._object = shape.object or ObjectShape()

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types that the value may have."""
        return frozenset(name for kind, name in NAMES.items() if self._shape.likely & kind)

    @property
    def members(self) -> Sequence[str]:
        """The names of members."""
        return list(self._object.members)

    def member(self, name: str) -> tuple[ShapeType, bool] | None:
        """Return a member's type, and whether it is required; None where the schema has no place for it.

        Where objects are open because nothing is said of other members, they are none that it has a place for.
        """
        known = self._object
        if name in known.members:
            return ShapeType(self._reader, self._reader.shape(known.members[name].value)), name in known.required
        if known.rest:
            return ShapeType(self._reader, self._reader.shape(either(known.rest))), name in known.required
        silent = known.openness is Openness.DEFAULT and known.members
        return None if silent or known.closed else (ShapeType(self._reader, ANY), name in known.required)

    def item(self) -> ShapeType:
        """Return the type of an array's elements."""
        array = self._shape.array
        if array is None or (array.items is None and not array.prefix):
            return ShapeType(self._reader, ANY)
        items = (*array.prefix, *((array.items,) if array.items is not None else ()))
        return ShapeType(self._reader, self._reader.shape(either(items)))
