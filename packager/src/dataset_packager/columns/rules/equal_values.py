"""Whether the values of a node are equal to one that a schema lists: ``const`` and ``enum`` of objects and arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.columns.nested import ListColumn, StructColumn
from dataset_packager.columns.rules import list_checks, object_checks
from dataset_packager.columns.rules.checks import NEVER, PRESENCE, Check, all_of
from dataset_packager.columns.rules.verdicts import ScalarRule, numbers_listed, scalar_check, words_listed

if TYPE_CHECKING:
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.interface import Reading
    from dataset_packager.schemas.drafts import Draft


def equals(reading: Reading, node: Node, value: Any, draft: Draft) -> Check:
    """Return the check that the values of a node are equal to one, as the gate's engine takes them for equal."""
    if not node.children:
        verdicts = reading.verdicts_alone({"enum": [value]}, draft)
        words, numbers = words_listed({"const": value}), numbers_listed({"const": value})
        return scalar_check(
            node, ScalarRule(verdicts, takes_null=value is None, few=True, words=words, numbers=numbers)
        )
    if value is None:
        return Check(PRESENCE, lambda columns, where: where & ~columns.present(node))
    there = Check(PRESENCE, lambda columns, where: where & columns.present(node))
    if isinstance(node.column, ListColumn):
        if not isinstance(value, list):
            return NEVER
        item, size = node.children[0], len(value)
        each = (
            list_checks.every(node, equals(reading, item, element, draft), list_checks.at_index(node, index, index))
            for index, element in enumerate(value)
        )
        return all_of([there, list_checks.length(node, size, size), *each])
    if not isinstance(value, dict):
        return NEVER
    parts = _members(reading, node, value, draft) if isinstance(node.column, StructColumn) else []
    if not isinstance(node.column, StructColumn):
        parts.append(list_checks.length(node, len(value), len(value)))
        for name, member in value.items():
            named = list_checks.with_key(node, equals(reading, node.children[0], name, draft))
            parts.append(list_checks.count(node, equals(reading, node.children[1], member, draft), 1, 2**62, named))
    return all_of([there, *parts])


def _members(reading: Reading, node: Node, value: dict[str, Any], draft: Draft) -> list[Check]:
    node.close()  # an object with another member is no equal of this one
    if not value.keys() <= {child.name for child in node.children}:
        return [NEVER]
    checks = []
    for child in node.children:
        if child.name in value:
            checks.append(object_checks.has(child))
            checks.append(object_checks.holds(child, equals(reading, child, value[child.name], draft)))
        else:
            checks.append(object_checks.lacks(child))
    return checks
