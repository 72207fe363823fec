"""Say of each member of a schema which column it becomes, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.paths import LIST, format_path
from dataset_packager.base.text import visible
from dataset_packager.columns.metadata import JSON_MEMBERS, JSON_TEXT, MAP
from dataset_packager.columns.nested import ListColumn, MapColumn, Part, StructColumn
from dataset_packager.columns.table_columns import PROVENANCE, PROVENANCE_TYPE, VALUE, TablePlan
from dataset_packager.columns.typed_column import TypedColumn
from dataset_packager.project.column_choices import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.encode import Column

_WRITTEN = {JSON_TEXT: "JSON text", JSON_MEMBERS: "JSON text of members", MAP: "list of key and value"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One member: its path within the record, the Arrow type of its column, how it is written there, and why.

    Attributes:
        path: as in ``figures[].low``.
        type: the Arrow type; of parts that follow by themselves only ``struct`` or ``list``.
        typed: whether a column type says how.
        encoding: ``json``, ``json-members``, ``map``, a column type, or None for values that are written as they are.
    """

    path: str
    type: str
    encoding: str | None
    why: str
    typed: bool = False

    def text(self, width: int = 0) -> str:
        """Return the explanation as a line, the path padded to ``width`` code points."""
        encoding = self.encoding if self.typed else _WRITTEN.get(self.encoding or "", self.encoding)
        written = f" ({encoding})" if encoding else ""
        return f"{visible(self.path):{width}}  {self.type}{written}: {self.why}"


def explanations(plan: TablePlan) -> Iterator[Explanation]:
    """Yield an explanation of every column and of every part of one, in the order of the columns."""
    if isinstance(plan.record, StructColumn):
        yield from _parts(plan.record, ())
    else:
        yield from _column(plan.record, (VALUE,))
    if plan.provenance:
        yield Explanation(PROVENANCE, str(PROVENANCE_TYPE), None, "where the record stands: row_provenance is on")


def explain_schema(plan: TablePlan, proposed: Mapping[ColumnPath, str] = MappingProxyType({})) -> Iterator[str]:
    """Yield the lines of the explanation of a table's columns; ``proposed`` are types to choose, by path."""
    may_be = {format_path(path): f'; its values may fit "{KEYWORD}": "{name}"' for path, name in proposed.items()}
    found = list(explanations(plan))
    width = min(max(len(each.path) for each in found), 60)
    for each in found:
        yield each.text(width) + may_be.get(each.path, "")


def _column(column: Column, path: ColumnPath) -> Iterator[Explanation]:
    kind = column.arrow_type
    name = "struct" if pa.types.is_struct(kind) else "list" if pa.types.is_list(kind) else str(kind)
    if isinstance(column, TypedColumn):
        yield Explanation(format_path(path), name, column.kind.name, column.why, typed=True)
    else:
        yield Explanation(format_path(path), name, column.encoding, column.why)
    if isinstance(column, StructColumn):
        yield from _parts(column, path)
    elif isinstance(column, ListColumn):
        yield from _column(column.item.column, (*path, LIST))
    elif isinstance(column, MapColumn):
        key, value = column.arrow_type.value_type
        yield Explanation(format_path((*path, LIST, key.name)), str(key.type), None, "the names of the members")
        yield from _column(column.value.column, (*path, LIST, value.name))


def _parts(column: StructColumn, path: ColumnPath) -> Iterator[Explanation]:
    for part in column.members:
        yield from _part(part, path)
    for name in column.unnamed:
        why = f"not every reader takes this name, or there are too many: it stands in {column.rest}"
        yield Explanation(format_path((*path, name)), "no column", None, why)
    if column.rest is not None:
        why = "the schema allows members that it doesn't name"
        if column.only_nulls:
            why = "members may be null or absent: it names those that are null"
        yield Explanation(format_path((*path, column.rest)), str(pa.string()), JSON_MEMBERS, why)


def _part(part: Part, path: ColumnPath) -> Iterator[Explanation]:
    first, *others = _column(part.column, (*path, part.name))
    if part.soft:
        when = "" if part.kept else "where only other branches apply, "
        why = f"{first.why}; {when}other values go to the additional members"
        first = replace(first, why=why)
    yield first
    yield from others
