"""Columns that were read back, held against the schema's rules: the verdict of the gate on all their rows at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.fast.program import NotCompilable, nodes
from dataset_packager.columns.fast.rules import column_rules
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.plain import plain_table

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.program import Node
    from dataset_packager.columns.fast.rules import Rule
    from dataset_packager.columns.table_plan import TablePlan
    from dataset_packager.schemas import Schema


class TableRules:
    """The rules of one table; ``hold`` never says of a table that it is valid when a record of it isn't."""

    def __init__(self, root: Node, rules: list[Rule]) -> None:
        self._root, self._rules = root, rules

    def hold(self, table: pa.Table) -> bool:
        """Say whether all records of a table are surely valid; if not, each has to be looked at."""
        held = _Held(self._root, table)
        for rule in self._rules:
            if not held.sound:
                return False
            rule(held)
        return held.sound


def table_rules(schema: Schema, plan: TablePlan, *, assert_formats: bool) -> TableRules | None:
    """Return the rules of a table, or None where columns can't be held against them."""
    try:
        root = nodes(plan.record)
    except NotCompilable:
        return None
    rules = column_rules(schema, root, assert_formats)
    return None if rules is None else TableRules(root, rules)


class _Held:
    """The arrays of all nodes, each without what lies in a null."""

    def __init__(self, root: Node, table: pa.Table) -> None:
        self._arrays: dict[int, Array] = {}
        self.sound = True
        columns = [column.combine_chunks() for column in plain_table(table).columns]
        self._take_members(root, columns)

    def _take_members(self, node: Node, arrays: list[Array]) -> None:
        for child, array in zip(node.children, arrays, strict=False):
            self._take(child, array, may_lack=not child.required)
        if isinstance(node.column, StructColumn) and node.column.rest is not None:
            self.sound = self.sound and _only_nulls(node, arrays[len(node.children)])

    def _take(self, node: Node, array: Array, *, may_lack: bool) -> None:
        if pa.types.is_decimal(array.type):
            array = self._of_64_bits(array)
        self._arrays[node.number] = array
        if array.null_count:
            null_ok = node.null_ok and (node.stored is not None or not node.column.keeps_null)
            self.sound = self.sound and (may_lack or null_ok)
            array = array.drop_null()
        if isinstance(node.column, StructColumn):
            self._take_members(node, array.flatten())
        elif isinstance(node.column, ListColumn):
            self._take(node.children[0], array.flatten(), may_lack=False)
        elif isinstance(node.column, MapColumn):
            for child, part in zip(node.children, array.flatten().flatten(), strict=True):
                self._take(child, part, may_lack=False)

    def _of_64_bits(self, array: Array) -> Array:
        """Return integers as rules are compiled for them; where one has more bits, each row has to be looked at."""
        try:
            return array.cast(pa.int64())
        except pa.ArrowInvalid:
            self.sound = False
            return pa.nulls(len(array), pa.int64())

    def values(self, node: Node) -> Array:
        return self._arrays[node.number]

    def lengths(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        lengths = pc.list_value_length(self._arrays[node.number].drop_null())
        return np.asarray(lengths.to_numpy(zero_copy_only=False), np.int64)

    def entries(self, node: Node) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.arange(len(self._arrays[node.number].drop_null()))

    def read_values(self, node: Node) -> tuple[list[int], list[Any]]:
        texts = self._arrays[node.number].drop_null().to_pylist()
        return list(range(len(texts))), [json.loads(text) for text in texts]

    def refuse(self, node: Node, entries: np.ndarray[Any, np.dtype[np.int64]]) -> None:  # noqa: ARG002 - one is enough
        self.sound = False


def _only_nulls(node: Node, rest: Array) -> bool:
    """Say whether the additional members of an object are nothing but nulls that the schema allows."""
    allowed = {child.name for child in node.children if child.hides_null and child.allows_null}
    for text in rest.drop_null().unique().to_pylist():
        members = json.loads(text)
        if not isinstance(members, dict) or any(value is not None for value in members.values()):
            return False
        if not members.keys() <= allowed:
            return False
    return True
