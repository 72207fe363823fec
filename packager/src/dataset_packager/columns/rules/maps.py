"""What a subschema asks of objects, as checks of a column that holds them as lists of name and value."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.rules import equal_values, list_checks, scalar_keywords
from dataset_packager.columns.rules.checks import ALWAYS, DEPENDENT, NotByColumns, all_of, any_of, if_then, none_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    def has(name: str) -> Check:
        return list_checks.count(node, ALWAYS, 1, np.inf, list_checks.with_key(node, _is(reading, node, name, draft)))

    yield from map(has, asked.get("required", ()))
    if "propertyNames" in asked:
        yield list_checks.every(node, reading.check(node.children[0], asked["propertyNames"]))
    yield from _values(reading, node, asked, draft, surely)
    for name, needed in chain.from_iterable(asked.get(word, {}).items() for word in DEPENDENT):
        then = all_of(list(map(has, needed))) if isinstance(needed, list) else reading.check(node, needed)
        yield if_then(has(name), then, ALWAYS)


def _values(reading: Reading, node: Node, asked: dict[str, Any], draft: Draft, surely: bool) -> Iterator[Check]:
    named, patterns = asked.get("properties", {}), asked.get("patternProperties", {})
    beyond, value = asked.get("additionalProperties", True), node.children[1]
    if "additionalProperties" not in asked and asked.get("unevaluatedProperties", True) not in (True, {}):
        if not _APPLYING.isdisjoint(asked):
            raise NotByColumns("unevaluatedProperties beside other rules for the members of a map")
        beyond = asked["unevaluatedProperties"]

    applied = [(_is(reading, node, name, draft), rule) for name, rule in named.items()]
    applied += [(_matches(reading, node, pattern, draft), rule) for pattern, rule in patterns.items()]
    for key, rule in applied:
        yield list_checks.every(node, reading.check(value, rule), list_checks.with_key(node, key))
    others = list_checks.with_key(node, none_of(any_of([key for key, _ in applied]))) if applied else None
    yield list_checks.every(node, reading.check(value, beyond, surely=surely and not others), others)


def _is(reading: Reading, node: Node, name: str, draft: Draft) -> Check:
    return equal_values.equals(reading, node.children[0], name, draft)


def _matches(reading: Reading, node: Node, pattern: str, draft: Draft) -> Check:
    rule = {"pattern": pattern}
    return scalar_keywords.check(node.children[0], rule, reading.verdicts_alone(rule, draft), takes_null=False)
