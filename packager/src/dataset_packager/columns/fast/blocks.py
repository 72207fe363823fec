"""From what the kernel wrote of the lines of a block to Arrow columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import (
    BooleanColumn,
    DoesNotFit,
    IntegerColumn,
    JsonColumn,
    NullColumn,
    NumberColumn,
    StringColumn,
    json_text,
)
from dataset_packager.columns.fast.additional_members import additional_members
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.rules.verdicts import plain
from dataset_packager.records.strict_json import LineError, parse

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.filling import Filling
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Mask


class Columns:
    """The columns of the plain rows of one block; an entry that turns out to be none of its column's marks its row."""

    def __init__(self, filling: Filling, root: Node, most_depth: int) -> None:
        self._filling, self._root, self._most_depth = filling, root, most_depth
        self.unfit: set[int] = set()
        self.made: dict[tuple[str, int], Any] = {}
        self._built: dict[int, Array] = {}
        self._parsed: dict[int, list[Any]] = {}

    def arrays(self) -> list[Array]:
        """Return the arrays of the record's columns, without row provenance."""
        return self._parts(self._root)

    def values(self, node: Node) -> Array:
        """Return the array of a node, nulls included."""
        if node.number not in self._built:
            self._built[node.number] = self._build(node)
        return self._built[node.number]

    def written(self, node: Node) -> Array:
        """Return the values of a node, or their text, where a rule takes 5 for another number than 5.0."""
        return self._filling.strings(node.number) if node.tells_spelling else self.values(node)

    def as_json(self, node: Node, written: Array) -> list[Any]:
        """Return the JSON values of some that are ``written`` so."""
        return list(map(_number, written.to_pylist())) if node.tells_spelling else plain(written)

    def parsed(self, node: Node) -> list[Any]:
        """Return what each entry of a column of JSON text holds; None for those that aren't there."""
        self.values(node)
        return self._parsed[node.number]

    def present(self, node: Node) -> Mask:
        """Return which entries of a node aren't null."""
        return self._filling.present(node.number)

    def stands(self, node: Node) -> Mask:
        """Return which objects have a member that they may lack, be it null."""
        present, said = self._filling.present(node.number), self._filling.said_null(node.number)
        return present if said is None else present | said

    def lengths(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return how many elements each list has; none where it is null."""
        return self._filling.numbers(node.number)

    def refuse(self, node: Node, entries: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        """Mark the rows that entries of a node stand in."""
        while node.parent is not None:
            if not isinstance(node.parent.column, StructColumn):
                ends = np.cumsum(self._filling.numbers(node.parent.number))
                entries = np.searchsorted(ends, entries, side="right")
            node = node.parent
        self.unfit.update(entries.tolist())

    def _build(self, node: Node) -> Array:
        match node.column:
            case StructColumn():
                return self._filling.array(node.column.arrow_type, node.number, parts=self._parts(node))
            case ListColumn() | MapColumn():
                return self._list(node)
            case StringColumn():
                return self._filling.strings(node.number)
            case NumberColumn():
                return self._numbers(node)
            case JsonColumn():
                return self._json(node)
            case IntegerColumn() if node.column.digits:
                return self._decimals(node, node.column.digits)
            case NullColumn():
                self.refuse(node, np.flatnonzero(self.present(node)))
                return pa.nulls(len(self.present(node)))
            case BooleanColumn():
                return self._filling.booleans(node.number)
            case _:
                return self._filling.integers(node.number)

    def _stored(self, node: Node) -> Array:
        """Return the array of a node as its column type stores it; what that can't hold marks its row."""
        values = self.values(node)
        if node.stored is None:
            return values
        if node.stored.plain.keeps_null:  # the kernel takes null for JSON text like any other
            nulls = pc.fill_null(pc.equal(values, "null"), False)
            values = pc.if_else(nulls, pa.scalar(None, pa.string()), values)
            if node.hides_null:
                self.refuse(node, np.flatnonzero(nulls.to_numpy(zero_copy_only=False)))
        stored, held = node.stored.kind.held(values)
        if held is not None:
            self.refuse(node, np.flatnonzero(~held.to_numpy(zero_copy_only=False)))
        return stored

    def _parts(self, node: Node) -> list[Array]:
        arrays = [self._stored(child) for child in node.children]
        rest = isinstance(node.column, StructColumn) and node.column.rest is not None
        return [*arrays, additional_members(self._filling, node, self._most_depth, self.refuse)] if rest else arrays

    def _list(self, node: Node) -> Array:
        kind = node.column.arrow_type
        items = [self._stored(child) for child in node.children]
        array: Any = pa.StructArray
        below = array.from_arrays(items, fields=list(kind.value_type)) if len(items) > 1 else items[0]
        return self._filling.lists(kind, node.number, below)

    def _numbers(self, node: Node) -> Array:
        doubles, unread = self._filling.doubles(node.number)
        if not len(unread):
            return doubles
        read = self._filling.strings(node.number).take(pa.array(unread)).cast(pa.float64())
        beyond = pc.is_inf(read).to_numpy(zero_copy_only=False)
        if beyond.any():  # of the range of a double: the cast makes infinity of it
            self.refuse(node, unread[beyond])
        which = np.zeros(len(doubles), np.bool_)
        which[unread] = True
        return pc.replace_with_mask(doubles, pa.array(which), read)

    def _decimals(self, node: Node, digits: int) -> Array:
        texts = self._filling.strings(node.number)
        fits = pc.match_substring_regex(texts, rf"^-?[0-9]{{1,{digits}}}$")
        if not pc.all(fits, min_count=0).as_py():
            self.refuse(node, np.flatnonzero(~fits.fill_null(True).to_numpy(zero_copy_only=False)))
            texts = pc.if_else(fits, texts, pa.scalar(None, pa.string()))
        return texts.cast(pa.decimal128(digits, 0))

    def _json(self, node: Node) -> Array:
        texts: list[str | None] = []
        values = self._parsed.setdefault(node.number, [])
        for index, text in enumerate(self._filling.strings(node.number).cast(pa.binary()).to_pylist()):
            texts.append(None)
            values.append(None)
            try:
                if text is not None:
                    values[-1] = parse(text, self._most_depth - node.level)
                    texts[-1] = json_text(values[-1])
            except (LineError, DoesNotFit):
                self.refuse(node, np.array([index]))
        return pa.array(texts, pa.string())


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
