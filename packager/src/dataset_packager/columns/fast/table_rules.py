"""Columns that were read back, held against the schema's rules: the verdict of the gate on all their rows at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.canonical_json import canonical
from dataset_packager.columns.fast.kernel_program import NotCompilable, nodes
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.plain_form import plain_field, plain_table
from dataset_packager.columns.rules.from_schema import column_rules
from dataset_packager.columns.rules.verdicts import plain

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check, Ints, Mask
    from dataset_packager.columns.table_columns import TablePlan
    from dataset_packager.schemas import Schema


class TableRules:
    """The rules of one table; ``valid`` never says of a row that it is valid when its record isn't."""

    def __init__(self, root: Node, check: Check) -> None:
        self._root, self._check = root, check

    def valid(self, table: pa.Table) -> Mask:
        """Return which records of a table are surely valid; each of the others has to be looked at."""
        held = _ReadBack(self._root, table)
        return self._check(held, held.plain)


def table_rules(schema: Schema, plan: TablePlan, *, assert_formats: bool) -> TableRules | None:
    """Return the rules of a table, or None where columns can't be held against them."""
    try:
        root = nodes(plan.record)
    except NotCompilable:
        return None
    check = column_rules(schema, root, assert_formats=assert_formats).check
    return None if check is None else TableRules(root, check)


class _ReadBack:
    """The arrays of all nodes, without what lies in a null.

    Attributes:
        plain: which rows have no additional members that a rule may ask for, other than nulls of members with a column.
    """

    def __init__(self, root: Node, table: pa.Table) -> None:
        self.made: dict[tuple[str, int], Any] = {}
        self._arrays: dict[int, Array] = {}
        self._masks: dict[int, Mask] = {root.number: np.ones(table.num_rows, np.bool_)}
        self._lengths: dict[int, Ints] = {}
        self._nulls: dict[int, Any] = {}
        self.plain = np.ones(table.num_rows, np.bool_)
        table = plain_table(table)
        fields = [plain_field(field) for field in root.column.arrow_type]
        columns = [column.combine_chunks() for column in table.columns[: len(fields)]]
        self._arrays[root.number] = pa.StructArray.from_arrays(columns, fields=fields)
        self._take_members(root, columns, np.arange(table.num_rows))

    def _take_members(self, node: Node, arrays: list[Array], rows: Ints) -> None:
        for child, array in zip(node.children, arrays, strict=False):
            self._take(child, array, rows)
        if isinstance(node.column, StructColumn) and node.column.rest is not None:
            self._take_nulls(node, arrays[len(node.children)], rows)

    def _take_nulls(self, node: Node, rest: Array, rows: Ints) -> None:
        """Take up which members are null where they could also be absent: they are named among the additional ones."""
        if rest.null_count == len(rest):
            return
        coded, named = rest.dictionary_encode(), {child.name: child for child in node.children}
        codes = coded.indices.fill_null(-1).to_numpy()
        for code, text in enumerate(coded.dictionary.to_pylist()):
            here, members = codes == code, _additional(text)
            nulls = [named[name] for name, value in members.items() if name in named and value is None]
            unnamed = members.keys() - named.keys()
            told = bool(members) and all(child.hides_null for child in nulls) and (node.is_open or not unnamed)
            if not told or len(nulls) + len(unnamed) < len(members):
                self.plain[rows[here]] = False
                continue
            for child in nulls:
                self._nulls[child.number] = self._nulls.get(child.number, False) | here

    def _take(self, node: Node, array: Array, rows: Ints) -> None:
        """Take up the array of a node; ``rows`` has the row of each entry."""
        self._arrays[node.number], self._masks[node.number] = array, _mask(array)
        if isinstance(node.column, StructColumn):
            self._take_members(node, array.flatten(), rows)
        elif isinstance(node.column, ListColumn | MapColumn):
            lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
            self._lengths[node.number] = np.asarray(lengths, np.int64)
            elements, rows = array.flatten(), np.repeat(rows, self._lengths[node.number])
            parts = elements.flatten() if isinstance(node.column, MapColumn) else [elements]
            for child, part in zip(node.children, parts, strict=True):
                self._take(child, part, rows)

    def present(self, node: Node) -> Mask:
        return self._masks[node.number]

    def stands(self, node: Node) -> Mask:
        nulls = self._nulls.get(node.number)
        return self._masks[node.number] if nulls is None else self._masks[node.number] | nulls

    def lengths(self, node: Node) -> Ints:
        return self._lengths[node.number]

    def values(self, node: Node) -> Array:
        return self._arrays[node.number]

    def written(self, node: Node) -> Array:
        return self._arrays[node.number]

    def as_json(self, _: Node, written: Array) -> list[Any]:
        return plain(written)

    def parsed(self, node: Node) -> list[Any]:
        return [None if text is None else json.loads(text) for text in self._arrays[node.number].to_pylist()]


def _mask(array: Array) -> Mask:
    if not array.null_count:
        return np.ones(len(array), np.bool_)
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False))


def _additional(text: str) -> dict[str, Any]:
    """Return the members of the object that a canonical JSON text holds; none for any other text."""
    try:
        value = json.loads(text)
        return value if isinstance(value, dict) and canonical(value) == text else {}
    except (ValueError, RecursionError):
        return {}
