"""Column types, one file each: a new one is a new file here, and nothing else needs to know of it.

Each file has one class, derived from ``ColumnType``; the registry finds the files by themselves.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.columns.kinds.interface import ColumnType
from dataset_packager.columns.metadata import ENCODING, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.arrow import ArrowField


@cache
def column_types() -> Mapping[str, type[ColumnType]]:
    """Return all column types by name, in the order of their names."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    classes = [each for module in modules for each in vars(module).values() if _is_one(each)]
    return {each.name: each for each in sorted(set(classes), key=lambda each: each.name)}


def _is_one(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, ColumnType) and hasattr(value, "name")


def shown_type(field: ArrowField) -> str:
    """Return a short name of a field's type, as documents show it."""
    column_type = type_of(field)
    if column_type is not None:
        return column_type.shown
    if pa.types.is_list(field.type):
        return f"list<{shown_type(field.type.value_field)}>"
    return "struct" if pa.types.is_struct(field.type) else str(field.type)


def text_encoding(field: ArrowField) -> str:
    """Return how a column's text encodes other values (``json``, ``json-members``, ``map``), or nothing."""
    return "" if type_of(field) else said(field, ENCODING) or ""


def type_of(field: ArrowField) -> ColumnType | None:
    """Return the column type of a field, None where it is plain: by its metadata and its Arrow type alone."""
    name = said(field, ENCODING)
    if not name or name not in column_types() or pa.types.is_string(field.type):  # text that encodes is plain
        return None
    return column_types()[name].read(field)
