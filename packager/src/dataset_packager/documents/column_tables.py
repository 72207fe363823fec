"""The columns of several configs as tables, where members that several columns have in common are told once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.columns.kinds import shown_type, text_encoding
from dataset_packager.columns.metadata import documentation, is_row_provenance, leaves
from dataset_packager.documents.markdown import code, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from dataset_packager.release.contents import ReleasedConfig

LONGEST = 1_000
FEWEST = 2  # members that are worth telling once
ROW_PROVENANCE = (
    "A column `provenance` says from which record a row was made: its file and the line in it. "
    "`provenance.intoto.json` has the SHA-256 of each file, so that a row can be traced to its source."
)
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ColumnTables:
    """By config its columns, as cells of a table: path, type, documentation; and whether rows have a provenance."""

    rows: dict[str, list[Row]]
    has_provenance: bool


def column_row(path: str, column: pa.Field) -> Row:
    """Return path, type and documentation of a column or member, as cells of a table."""
    encoded = text_encoding(column)
    kind = code(shown_type(column)) + (f", {encoded} text" if encoded else "")
    return code(path), kind, escape(documentation(column), longest=LONGEST)


def column_tables(configs: Sequence[ReleasedConfig]) -> ColumnTables:
    """Return the columns of configs; where a column's members were told of at another, that one is named instead."""
    known: dict[tuple[Row, ...], str] = {}
    rows = {part.name: list(_rows(part, known)) for part in configs}
    provenance = any(is_row_provenance(column) for part in configs for column in part.arrow_schema)
    return ColumnTables(rows, provenance)


def _rows(part: ReleasedConfig, known: dict[tuple[Row, ...], str]) -> Iterator[Row]:
    own = {column.name for column in part.arrow_schema if is_row_provenance(column)}
    columns = [(path, column) for path, column in leaves(part.arrow_schema) if path.split(".")[0] not in own]
    passed = ""
    for number, (path, column) in enumerate(columns):
        if passed and path.startswith(passed):
            continue
        passed = ""
        inside = path + "[]" * shown_type(column).count("list<") + "."
        members = [each for each in columns[number + 1 :] if each[0].startswith(inside)]
        shape = tuple(column_row(each.removeprefix(inside), member) for each, member in members)
        name, kind, told = column_row(path, column)
        here = f"{part.name}.{inside[:-1]}"
        if len(shape) >= FEWEST and known.setdefault(shape, here) != here:
            passed = inside
            sentence = told if told.endswith((".", "!", "?")) or not told else f"{told}."
            told = f"{sentence} Its members are those of {code(known[shape])}.".strip()
        yield name, kind, told
