"""Whether the elements of lists are unique, for all lists of a column at once.

Elements that are equal have equal codes; a list of which two elements have the same code is put to the gate's engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.arrow import cells_of
from dataset_packager.columns.encode import IntegerColumn, JsonColumn, NumberColumn, StringColumn
from dataset_packager.columns.fast.kernel_loader import function
from dataset_packager.columns.fast.texts import text_codes
from dataset_packager.columns.nested import ListColumn, MapColumn, StructColumn
from dataset_packager.columns.rules.checks import BELOW, Check
from dataset_packager.columns.rules.verdicts import json_values

if TYPE_CHECKING:
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Columns, Ints, Mask
    from dataset_packager.columns.rules.verdicts import Verdicts

    Codes = np.ndarray[Any, np.dtype[np.uint64]]
    Doubles = np.ndarray[Any, np.dtype[np.float64]]

_ODD, _NULL = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)
_ZERO, _MINUS_ZERO = np.uint64(0), np.uint64(1 << 63)
_SHORT = 16  # a list, of which each element is compared with each other one
_SHIFTS = np.uint64(29), np.uint64(32)


def unique_items(node: Node, verdicts: Verdicts) -> Check:
    """Return the check that no list of a node has an element twice; ``verdicts`` are those of ``uniqueItems``."""
    node.close()  # elements may differ in a member without a column

    def run(columns: Columns, where: Mask) -> Mask:
        lists = _with_equal_codes(columns, node, where)
        if not len(lists):
            return where
        valid = verdicts.of_each(json_values(node, columns.values(node).take(pa.array(lists))))
        where = where.copy()
        where[lists[~valid]] = False
        return where

    return Check(BELOW, run)


def _with_equal_codes(columns: Columns, node: Node, where: Mask) -> Ints:
    """Return the lists of which two elements have the same code."""
    lengths = columns.lengths(node)
    lists = where & (lengths > 1)
    if not lists.any():
        return np.zeros(0, np.int64)
    item = node.children[0]
    first = item.children[:1] if isinstance(item.column, StructColumn) and len(item.children) > 1 else []
    for part in (*first, item):  # objects that differ in their first member needn't be looked at any further
        again = _repeating(_codes(columns, part), lengths)
        again = again[lists[again]]
        if not len(again):
            break
    return again


def _repeating(codes: Codes, lengths: Ints) -> Ints:
    """Return the lists of which two elements have the same code."""
    repeat_codes = function("repeat_codes")
    if repeat_codes is None or int(lengths.max()) > _SHORT:
        return _sorted_pairs(codes, np.repeat(np.arange(len(lengths)), lengths))
    codes, lengths = np.ascontiguousarray(codes), np.ascontiguousarray(lengths, np.int64)
    repeats = np.zeros(len(lengths), np.bool_)
    repeat_codes(codes.ctypes.data, lengths.ctypes.data, len(lengths), repeats.ctypes.data)
    return np.flatnonzero(repeats)


def _sorted_pairs(codes: Codes, owners: Ints) -> Ints:
    """Return the lists of which two elements have the same code."""
    keys = _mixed(codes + _mixed(owners.astype(np.uint64)))
    ordered = np.sort(keys)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.unique(owners[np.isin(keys, again)]) if len(again) else np.zeros(0, np.int64)


def _mixed(codes: Codes) -> Codes:
    codes = (codes ^ (codes >> _SHIFTS[1])) * _ODD
    codes ^= codes >> _SHIFTS[0]
    codes *= _ODD
    codes ^= codes >> _SHIFTS[1]
    return codes


def _codes(columns: Columns, node: Node) -> Codes:
    """Return a code of each entry of a node."""
    present = columns.present(node)
    codes = _codes_of_values(columns, node)
    return codes if present.all() else np.where(present, codes, _NULL)


def _codes_of_values(columns: Columns, node: Node) -> Codes:
    match node.column:
        case StructColumn():
            codes = np.zeros(len(columns.present(node)), np.uint64)
            for child in node.children:
                codes ^= codes >> _SHIFTS[1]
                codes *= _ODD
                codes += _codes(columns, child)
            return codes
        case ListColumn():
            lengths = columns.lengths(node)
            ends = np.cumsum(lengths)
            places = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
            items = _mixed(_codes(columns, node.children[0]) + _mixed(places.astype(np.uint64)))
            return _mixed(_sums(items, lengths) + lengths.astype(np.uint64))
        case MapColumn():  # whatever the order of its members
            keys, values = (_codes(columns, child) for child in node.children)
            return _sums(_mixed(_mixed(keys) + values), columns.lengths(node))
        case JsonColumn():
            hashes = [hash(_hashable(value)) for value in columns.parsed(node)]
            return np.array(hashes, np.int64).view(np.uint64)
        case StringColumn():
            return _codes_of_texts(columns, node)
        case NumberColumn():
            cells = cells_of(columns.values(node)).view(np.uint64)
            return np.where(cells == _MINUS_ZERO, _ZERO, cells)
        case IntegerColumn() if node.column.digits:  # those that differ by little have one code, too
            rounded: Doubles = columns.values(node).cast(pa.float64()).fill_null(0).to_numpy() + 0.0
            return rounded.view(np.uint64)
        case IntegerColumn():
            return cells_of(columns.values(node).cast(pa.int64())).view(np.uint64)
        case _:
            integers: Ints = columns.values(node).cast(pa.int64()).fill_null(0).to_numpy()
            return integers.view(np.uint64)


def _codes_of_texts(columns: Columns, node: Node) -> Codes:
    """Return codes of strings: which of the distinct ones each is, where that is known, or made of their bytes."""
    coded = columns.made.get(("codes", node.number))
    if coded is not None:
        return np.asarray(coded.codes.astype(np.uint64))
    return text_codes(columns.values(node))


def _sums(codes: Codes, lengths: Ints) -> Codes:
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes, dtype=np.uint64)])
    ends = np.cumsum(lengths)
    return np.asarray(sums[ends] - sums[ends - lengths])


def _hashable(value: Any) -> Any:
    """Return a value that is equal for all that are equal as JSON; numbers that differ by little may be equal, too."""
    if isinstance(value, dict):
        return frozenset((name, _hashable(member)) for name, member in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    try:
        return float(value) if isinstance(value, int | float) else value
    except OverflowError:
        return value > 0
