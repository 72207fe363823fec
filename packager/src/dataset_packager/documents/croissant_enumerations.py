"""Classes in Croissant: a record set that enumerates what the numbers of a column stand for, with the data in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.paths import LIST, format_path
from dataset_packager.columns.kinds import type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.release.contents import ReleasedConfig

ENUMERATION = ("cr:Enumeration", "sc:Enumeration")  # Croissant 1.0 took the class of schema.org


def identifier(*names: str) -> str:
    """Return an identifier within the file that is also a relative IRI: other characters as ``~`` and their code."""
    return "/".join(re.sub(r"[^A-Za-z0-9_-]", lambda match: f"~{ord(match[0]):x}.", name) for name in names)


def classes_of(place: Sequence[str]) -> str:
    """Return the identifier of the record set with the classes of a column; ``place`` has config and members."""
    return f"{identifier(*place)}/~classes"


def number_of(place: Sequence[str]) -> dict[str, Any]:
    """Return a reference to the numbers of a column's classes."""
    return {"field": {"@id": f"{classes_of(place)}/number"}}


def enumerations(part: ReleasedConfig) -> Iterator[dict[str, Any]]:
    """Yield the record set of each column of classes that a config has, at any depth."""
    for field in part.arrow_schema:
        yield from _within(field, (part.name, field.name), (field.name,))


def _within(field: pa.Field, place: tuple[str, ...], path: ColumnPath) -> Iterator[dict[str, Any]]:
    column = field
    while pa.types.is_list(column.type):
        column, path = column.type.value_field, (*path, LIST)
    if pa.types.is_struct(column.type):
        for member in column.type:
            yield from _within(member, (*place, member.name), (*path, member.name))
    elif place[-1] and (column_type := type_of(column)) and column_type.classes:
        yield _enumeration(place, format_path(path), column_type.classes)


def _enumeration(place: tuple[str, ...], path: str, names: Sequence[str]) -> dict[str, Any]:
    here = classes_of(place)
    number, name = f"{here}/number", f"{here}/name"
    return {
        "@type": "cr:RecordSet",
        "@id": here,
        "name": f"{place[0]} {path} classes",
        "description": f"What the numbers in {path} of {place[0]} stand for.",
        "dataType": list(ENUMERATION),
        "key": [{"@id": number}],
        "field": [
            {"@type": "cr:Field", "@id": number, "name": "number", "dataType": "sc:Integer"},
            {"@type": "cr:Field", "@id": name, "name": "name", "dataType": "sc:Text"},
        ],
        "data": [{number: count, name: text} for count, text in enumerate(names)],
    }
