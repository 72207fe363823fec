"""What a subschema asks of objects, as checks of a column that holds them as lists of name and value."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.rules import list_checks
from dataset_packager.columns.rules.checks import ALWAYS, DEPENDENT, NotByColumns, all_of, if_then

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check
    from dataset_packager.columns.rules.interface import Reading
    from dataset_packager.schemas.drafts import Draft

_APPLYING = frozenset(
    ["$ref", "allOf", "anyOf", "oneOf", "if", "dependencies", "dependentSchemas", "properties", "patternProperties"]
)


def checks(reading: Reading, node: Node, asked: dict[str, Any], draft: Draft, surely: bool) -> Iterator[Check]:
    """Yield the checks of maps for what a subschema of a draft asks of objects.

    Raises:
        NotByColumns: it asks for what columns don't tell.
    """
    yield list_checks.length(node, asked.get("minProperties", 0), asked.get("maxProperties", np.inf))
    for name in asked.get("required", ()):
        yield _has(node, name)
    if "propertyNames" in asked:
        yield list_checks.every(node, reading.check(node.children[0], asked["propertyNames"]))
    yield from _values(reading, node, asked, draft, surely)
    for name, needed in chain.from_iterable(asked.get(word, {}).items() for word in DEPENDENT):
        then = (
            all_of([_has(node, each) for each in needed]) if isinstance(needed, list) else reading.check(node, needed)
        )
        yield if_then(_has(node, name), then, ALWAYS)


def _has(node: Node, name: str) -> Check:
    return list_checks.count(node, ALWAYS, 1, np.inf, list_checks.with_key(node, name.__eq__))


def _values(reading: Reading, node: Node, asked: dict[str, Any], draft: Draft, surely: bool) -> Iterator[Check]:
    named, patterns = asked.get("properties", {}), asked.get("patternProperties", {})
    beyond, value = asked.get("additionalProperties", True), node.children[1]
    if "additionalProperties" not in asked and asked.get("unevaluatedProperties", True) not in (True, {}):
        if not _APPLYING.isdisjoint(asked):
            raise NotByColumns("unevaluatedProperties beside other rules for the members of a map")
        beyond = asked["unevaluatedProperties"]

    def matching(pattern: str) -> Callable[[str], bool]:
        return lambda name: reading.matches(pattern, name, draft)

    for name, rule in named.items():
        yield list_checks.every(node, reading.check(value, rule), list_checks.with_key(node, name.__eq__))
    for pattern, rule in patterns.items():
        yield list_checks.every(node, reading.check(value, rule), list_checks.with_key(node, matching(pattern)))

    def is_beyond(name: str) -> bool:
        return name not in named and not any(reading.matches(pattern, name, draft) for pattern in patterns)

    others = list_checks.with_key(node, is_beyond) if named or patterns else None
    yield list_checks.every(node, reading.check(value, beyond, surely=surely and not others), others)
