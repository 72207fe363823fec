"""What the gate's engine says of the values of a column: all distinct ones at once, or only the least and greatest."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.decode import values_of
from dataset_packager.columns.encode import ABSENT, JsonColumn, StringColumn
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.columns.rules.checks import COMBINED, FEW, MANY, Check

if TYPE_CHECKING:
    from collections.abc import Callable

    import jsonschema_rs

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Columns, Mask

_SAMPLE, _UNLIKE = 4096, 0.95
_RUN = 64  # values that are looked at one by one where one of them is refused


class Verdicts:
    """The gate's engine for one subschema, compiled when there is a first value: ``make`` gives that of arrays."""

    def __init__(self, make: Callable[[], jsonschema_rs.Validator]) -> None:
        self._make = make

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        return self._make()

    def accept(self, values: list[Any]) -> bool:
        """Say whether all values are valid."""
        return self._validator.is_valid(values)

    def of_each(self, values: list[Any]) -> Mask:
        """Say of each value whether it is valid."""
        valid, accepts = np.ones(len(values), np.bool_), self._validator.is_valid
        if accepts(values):
            return valid
        for start in range(0, len(values), _RUN):
            run = values[start : start + _RUN]
            if not accepts(run):
                valid[start : start + _RUN] = [accepts([value]) for value in run]
        return valid


def scalar_check(node: Node, verdicts: Verdicts, *, takes_null: bool, few: bool, ends: bool) -> Check:
    """Return the check of a scalar node.

    Args:
        node: the node.
        verdicts: of its values other than null.
        takes_null: whether null is valid.
        few: whether the rule looks as if it would be quick to tell.
        ends: whether a rule that holds for the least and the greatest value (of strings: for the shortest and the
            longest) holds for all between them.
    """
    if isinstance(node.column, JsonColumn):
        return Check(MANY, lambda columns, where: _parsed(columns, node, verdicts, where))

    def run(columns: Columns, where: Mask) -> Mask:
        present = columns.present(node)
        here = where & present
        at_ends = ends and _ends_are_valid(columns, node, verdicts, here)
        valid = here if at_ends else _each(columns, node, verdicts, here)
        return valid | (where & ~present) if takes_null else valid

    return Check(FEW if few else MANY, run)


def _ends_are_valid(columns: Columns, node: Node, verdicts: Verdicts, here: Mask) -> bool:
    if not here.any():
        return True
    values = _chosen(columns.values(node), here)
    measured = pc.utf8_length(values) if isinstance(node.column, StringColumn) else values
    ends = pc.min_max(measured).as_py().values()
    if measured is not values:
        ends = [values[pc.index(measured, end).as_py()].as_py() for end in ends]
    return verdicts.accept(plain(pa.array(list(ends), measured.type)) if measured is values else list(ends))


def _each(columns: Columns, node: Node, verdicts: Verdicts, here: Mask) -> Mask:
    """Put each distinct value to the engine, or simply each."""
    if not here.any():
        return here
    values = _chosen(columns.written(node), here)
    if not _repeats(values):  # nearly all differ, and looking for those that don't costs more than it spares
        listed = columns.as_json(node, values)
        return here if verdicts.accept(listed) else _spread(here, verdicts.of_each(listed))
    coded: Any = values.dictionary_encode()
    valid = verdicts.of_each(columns.as_json(node, coded.dictionary))
    return here if valid.all() else _spread(here, valid[coded.indices.to_numpy()])


def plain(values: Array) -> list[Any]:
    """Return values of scalar columns as JSON has them, which knows no decimals."""
    listed: list[Any] = values.to_pylist()
    return [None if value is None else int(value) for value in listed] if pa.types.is_decimal(values.type) else listed


def _repeats(values: Array) -> bool:
    return len(pc.unique(values.slice(0, _SAMPLE))) < _UNLIKE * min(len(values), _SAMPLE)


def _chosen(values: Array, here: Mask) -> Array:
    return values if here.all() else values.filter(pa.array(here))


def _spread(here: Mask, valid: Mask) -> Mask:
    """Return which of all entries are valid, when it is known which of those that are ``here`` are."""
    spread = np.zeros(len(here), np.bool_)
    spread[np.flatnonzero(here)[valid]] = True
    return spread


def _parsed(columns: Columns, node: Node, verdicts: Verdicts, where: Mask) -> Mask:
    """Put each value of a column of JSON text to the engine, as it was read."""
    values = columns.parsed(node)
    chosen = values if where.all() else [values[index] for index in np.flatnonzero(where)]
    return where if verdicts.accept(chosen) else _spread(where, verdicts.of_each(chosen))


def value_check(node: Node, verdicts: Verdicts) -> Check:
    """Return the check that puts the JSON value of each entry of a node to the engine, with all that is in it."""

    def run(columns: Columns, where: Mask) -> Mask:
        valid = verdicts.of_each(json_values(node, _chosen(columns.values(node), where)))
        return where if valid.all() else _spread(where, valid)

    return Check(COMBINED, run)


def json_values(node: Node, array: Array) -> list[Any]:
    """Return the JSON values of some entries of a node; numbers of a column of doubles as doubles."""
    encoding = node.column.encoding
    field = pa.field("value", array.type, metadata={ENCODING: encoding} if encoding else None)
    return [None if value is ABSENT else value for value in values_of(field, array)]
