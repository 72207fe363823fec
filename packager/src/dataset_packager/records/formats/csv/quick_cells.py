"""Rows of text cells as JSON lines, whole columns at a time; rows that aren't plain are left to ``Cells``."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.records import json_from_arrow
from dataset_packager.records.formats.csv.cells import Column, Group, NoValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.records.formats.csv.cells import Cells
    from dataset_packager.records.json_from_arrow import Array, Pieces

_NUMERIC = np.ones(256, np.bool_)  # what can't stand in a number: the compiled reader looks at how it is put together
_NUMERIC[list(b"0123456789+-.eE")] = False
LEFT = b"0"
"""A line that is no record: it stands for a row that is left."""


class QuickCells:
    """Does for blocks of rows what ``Cells`` does for one."""

    def __init__(self, cells: Cells) -> None:
        self._cells, self._words = cells, cells.words
        self._nulls = pa.array(sorted(self._words.nulls), pa.string())

    def lines(self, columns: Sequence[Array], count: int) -> Array:
        """Return the JSON text of each row with a line end behind it, ``LEFT`` where it is left.

        Args:
            columns: the cells of each column, UTF-8.
            count: how many rows there are.
        """
        left: list[Array] = []
        pieces, _ = self._object(self._cells.record, columns, count, left, "}\n")
        text = json_from_arrow.joined(pieces)
        return pc.if_else(reduce(pc.or_, left), f"{LEFT.decode()}\n", text) if left else text

    def _object(
        self, group: Group, columns: Sequence[Array], count: int, left: list[Array], end: str = "}"
    ) -> tuple[Pieces, Array | None]:
        """Return the text of each object, and which have no cell but words for null; None: none has."""
        members, blanks = [], list[Any]()
        for name, each in group.members.items():
            if isinstance(each, Group):
                text, blank = self._object(each, columns, count, left)
            else:
                blank = self._blank(columns[each.number])
                text = self._text(each, columns[each.number], blank, left)
            blanks.append(blank)
            if blank is not None and each.nullable:
                text = (pc.if_else(blank, "null", json_from_arrow.joined(text)),)
            absent = blank if each.optional and not each.nullable else None
            members.append((orjson.dumps(name).decode(), text, absent))
        known = [blank for blank in blanks if blank is not None]
        empty = reduce(pc.and_, known) if len(known) == len(blanks) else None
        return json_from_arrow.objects(members, end), empty

    def _blank(self, cells: Array) -> Array | None:
        """Return which cells are words for null; None where none is."""
        if self._words.nulls == {""}:
            found = pc.equal(pc.binary_length(cells), 0)
        else:
            found = pc.is_in(cells, value_set=self._nulls)
        return found if pc.any(found).as_py() else None

    def _text(self, column: Column, cells: Array, blank: Array | None, left: list[Array]) -> Pieces:
        """Return the text of a column's values; what stands where a cell is null or absent doesn't matter."""
        text: Pieces
        wrong: Array | None = None
        if column.separator:
            text, wrong = self._lists(column, cells, blank)
        elif column.kinds == {"string"}:
            text = json_from_arrow.strings(cells)
        elif column.kinds <= {"integer", "number"}:
            text, wrong = (cells,), self._no_numbers(cells, blank)
        elif column.kinds == {"boolean"}:
            text, wrong = self._booleans(cells)
        else:
            text, wrong = self._one_by_one(column, cells)
        if wrong is not None:
            no_matter = blank is not None and (column.nullable or column.optional)
            left.append(pc.and_not(wrong, blank) if no_matter else wrong)
        return text

    @staticmethod
    def _no_numbers(cells: Array, blank: Array | None) -> Array | None:
        if json_from_arrow.has_any(cells, _NUMERIC):
            return pc.invert(pc.match_substring_regex(cells, r"^[-+.0-9eE]+\z"))
        return blank

    def _booleans(self, cells: Array) -> tuple[Pieces, Array]:
        true = pc.is_in(cells, value_set=pa.array(sorted(self._words.true), pa.string()))
        false = pc.is_in(cells, value_set=pa.array(sorted(self._words.false), pa.string()))
        return (pc.if_else(true, "true", "false"),), pc.invert(pc.or_(true, false))

    def _lists(self, column: Column, cells: Array, blank: Array | None) -> tuple[Pieces, Array | None]:
        as_text, wrong = column.item == {"string"}, None
        if (
            column.item_nullable
            or not (as_text or column.item <= {"integer", "number"})
            or json_from_arrow.is_escaped(cells)
        ):
            return self._one_by_one(column, cells)
        if as_text:
            separator = json_from_arrow.escaped(pa.array([column.separator]))[0].as_py()
            text = json_from_arrow.joined(('["', pc.replace_substring(cells, separator, '","'), '"]'))
        else:
            bare = pc.replace_substring(cells, column.separator, "")
            if json_from_arrow.has_any(bare, _NUMERIC):
                wrong = pc.invert(pc.match_substring_regex(bare, r"^[-+.0-9eE]*\z"))
            text = json_from_arrow.joined(("[", pc.replace_substring(cells, column.separator, ","), "]"))
        if "" not in self._words.nulls or blank is not None:
            text = pc.if_else(pc.equal(pc.binary_length(cells), 0), "[]", text)
        return (text,), wrong

    def _one_by_one(self, column: Column, cells: Array) -> tuple[Pieces, Array | None]:
        texts, wrong = list[str](), np.zeros(len(cells), np.bool_)
        for index, cell in enumerate(cells.to_pylist()):
            try:
                texts.append((self._cells.text(column, cell) or b"null").decode())
            except NoValue:
                texts.append("0")
                wrong[index] = True
        return (pa.array(texts, pa.string()),), pa.array(wrong) if wrong.any() else None
