"""Say how the lines of a table are judged: by whole columns, value by value, or record by record, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.columns.fast.kernel_program import NotCompilable, node_path, nodes
from dataset_packager.columns.rules.from_schema import column_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.table_columns import TablePlan
    from dataset_packager.schemas import Schema


def explain_speed(schema: Schema, plan: TablePlan) -> Iterator[str]:
    """Yield the lines of the explanation; formats are taken for asserted, as they are by default."""
    try:
        root = nodes(plan.record)
    except NotCompilable as reason:
        yield f"speed: each record is read and judged by itself: {reason.path}: {reason.why}"
        return
    rules = column_rules(schema, root, assert_formats=True)
    if rules.check is None:
        for where, why in rules.slow:
            yield f"speed: lines are read into columns, and each record is judged by itself: {where}: {why}"
        return
    for where, why in rules.slow:
        yield f"speed: {where} is judged value by value: {why}"
    for node in root.everything():
        if node.rest is not None and not node.is_open:
            where, why = node_path(node.parent, node.name), "a rule asks which there are"
            yield f"speed: lines with members of {where} that the schema doesn't name are judged one by one: {why}"
    others = "all other rules" if rules.slow else "all rules"
    yield f"speed: lines are read into columns, and {others} are held against whole columns"
