"""The quick way: lines that are plain and valid become columns at once; the others are left to the exact way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from dataset_packager.columns.arrow import chosen
from dataset_packager.columns.encode import JsonColumn
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast import kernel_loader as compiled
from dataset_packager.columns.fast.blocks import Columns
from dataset_packager.columns.fast.filling import Filling, Rows
from dataset_packager.columns.fast.kernel_program import NotCompilable, nodes
from dataset_packager.columns.rules.from_schema import column_rules
from dataset_packager.records.strict_json import parse

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_loader import Kernel
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check
    from dataset_packager.columns.table_columns import TablePlan
    from dataset_packager.schemas import Schema
    from dataset_packager.validation.gate import Gate

_TRIAL, _WORTH = 50_000, 0.25  # after so many lines, at least so many of them should have been plain


class LineReader:
    """Reads the lines of one table.

    Attributes:
        by_columns: whether whole columns are held against the schema's rules; else the gate decides on each record.
    """

    def __init__(self, root: Node, read_lines: Kernel, check: Check | None, gate: Gate, most_depth: int) -> None:
        self._root, self._check, self._gate, self._most_depth = root, check, gate, most_depth
        self._filling = Filling(root, read_lines)
        self._has_json = any(isinstance(node.column, JsonColumn) or node.is_open for node in root.everything())
        self._lines = self._taken = 0
        self.by_columns = check is not None

    @property
    def pays(self) -> bool:
        """Whether enough lines are taken for the quick way to be one."""
        return self._lines < _TRIAL or self._taken > _WORTH * self._lines

    def value(self, line: bytes) -> Any:
        """Return the record of a line that is plain and fits: what ``parse`` gives, sooner where it can be sooner."""
        # Only JSON text takes integers of more digits than orjson keeps.
        return parse(line, self._most_depth) if self._has_json else orjson.loads(line)

    def read(
        self, data: bytes, first_line: int, most_bytes: int
    ) -> tuple[Rows, list[Array], np.ndarray[Any, np.dtype[np.bool_]]]:
        """Read whole lines; return all rows, the columns of those that are plain and valid, and which these are.

        A line of more than ``most_bytes`` is none of these.
        """
        rows = self._filling.read(data, first_line, most_bytes)
        taken = rows.plain
        columns = Columns(self._filling, self._root, self._most_depth)
        arrays = columns.arrays()
        if self._check is None:
            columns.unfit.update(self._refused(rows, columns.unfit))
        else:
            columns.unfit.update(self._invalid(columns, self._check))
        if (too_long := rows.lengths > most_bytes).any():
            columns.unfit.update(np.flatnonzero(too_long[taken]).tolist())
        if columns.unfit:
            fit = np.ones(np.count_nonzero(taken), np.bool_)
            fit[list(columns.unfit)] = False
            arrays = [chosen(array, pa.array(fit)) for array in arrays]
            taken[np.flatnonzero(taken)[~fit]] = False
        self._lines += len(taken)
        self._taken += int(np.count_nonzero(taken))
        return rows, arrays, taken

    def _invalid(self, columns: Columns, check: Check) -> list[int]:
        """Return which plain rows are not valid by their columns."""
        everywhere = np.ones(len(columns.present(self._root)), np.bool_)
        invalid: list[int] = np.flatnonzero(~check(columns, everywhere)).tolist()
        return invalid

    def _refused(self, rows: Rows, unfit: set[int]) -> list[int]:
        """Return which plain rows, but for those that are known not to fit, the gate refuses."""
        accepts, value, data = self._gate.accepts, self.value, rows.data
        places = rows.place[rows.plain, layout.START : layout.END + 1].tolist()
        return [n for n, (start, end) in enumerate(places) if n not in unfit and not accepts(value(data[start:end]))]


def make_reader(
    schema: Schema, plan: TablePlan, gate: Gate, most_depth: int, *, assert_formats: bool
) -> LineReader | None:
    """Return the quick way for a table, or None where machine, columns or names are such that there is none."""
    read_lines = compiled.function("read_lines")
    if read_lines is None:
        return None
    try:
        root = nodes(plan.record)
    except NotCompilable:
        return None
    if max(node.level for node in root.everything()) + 1 >= most_depth:
        return None
    rules = column_rules(schema, root, assert_formats=assert_formats)
    return LineReader(root, read_lines, rules.check, gate, most_depth)
