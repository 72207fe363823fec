"""What a subschema asks of arrays, as checks of a column of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.rules import list_checks
from dataset_packager.columns.rules.checks import NotByColumns
from dataset_packager.columns.rules.unique import unique_items
from dataset_packager.schemas.drafts import knows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check
    from dataset_packager.columns.rules.interface import Reading
    from dataset_packager.schemas.drafts import Draft


def checks(reading: Reading, node: Node, asked: dict[str, Any], draft: Draft, surely: bool) -> Iterator[Check]:
    """Yield the checks of lists for what a subschema of a draft asks of arrays.

    Raises:
        NotByColumns: it asks for what columns don't tell.
    """
    yield list_checks.length(node, asked.get("minItems", 0), asked.get("maxItems", np.inf))
    item, items = node.children[0], asked.get("items", True)
    prefix, rest = asked.get("prefixItems", []), items
    if isinstance(items, list):
        prefix, rest = items, asked.get("additionalItems", True)
    for index, rule in enumerate(prefix):
        yield list_checks.every(node, reading.check(item, rule), list_checks.at_index(node, index, index))
    beyond = list_checks.at_index(node, len(prefix), np.inf) if prefix else None
    yield list_checks.every(node, reading.check(item, rest, surely=surely and not prefix), beyond)
    if "contains" in asked:
        least = asked.get("minContains", 1) if knows(draft, "minContains") else 1
        yield list_checks.count(node, reading.check(item, asked["contains"]), least, asked.get("maxContains", np.inf))
    if asked.get("uniqueItems"):
        yield unique_items(node, reading.verdicts_alone({"uniqueItems": True}, draft))
    if asked.get("unevaluatedItems", True) not in (True, {}):
        known_to_the_end = "additionalItems" in asked if isinstance(items, list) else "items" in asked
        if not known_to_the_end:
            raise NotByColumns("unevaluatedItems")
