"""What a subschema asks of objects, as checks of a column with a part for each named member."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.rules import object_checks
from dataset_packager.columns.rules.checks import (
    ALWAYS,
    DEPENDENT,
    NEVER,
    NotByColumns,
    all_of,
    any_of,
    if_then,
    none_of,
)
from dataset_packager.schemas.drafts import rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Check
    from dataset_packager.columns.rules.interface import Reading
    from dataset_packager.schemas.drafts import Draft


def checks(reading: Reading, node: Node, rule: dict[str, Any], draft: Draft, surely: bool) -> Iterator[Check]:
    """Yield the checks of structs for what a subschema of a draft asks of objects.

    Members without a column of their own may stand beside the others where no rule asks for them; where one may, a line
    with such a member isn't plain.

    Raises:
        NotByColumns: it asks for what columns don't tell.
    """
    asked = rules_of(rule, draft)
    known = {child.name: child for child in node.children}
    if node.is_open and _asks_for_others(asked, known.keys()):
        node.is_open = False
    for name in asked.get("required", ()):
        if name in known and surely:
            known[name].required = True
        yield _has(known, name)
    yield object_checks.size(node.children, asked.get("minProperties", 0), asked.get("maxProperties", np.inf))
    yield from _names(reading, node, asked)
    for child in node.children:
        for each in _rules_for(reading, child.name, asked, draft):
            yield _member(reading, child, each, surely=surely)
    for name, needed in chain.from_iterable(asked.get(word, {}).items() for word in DEPENDENT):
        then = (
            all_of([_has(known, each) for each in needed]) if isinstance(needed, list) else reading.check(node, needed)
        )
        yield if_then(_has(known, name), then, ALWAYS)
    if "unevaluatedProperties" in asked:
        yield from _unevaluated(reading, node, rule, asked["unevaluatedProperties"])


def _asks_for_others(asked: dict[str, Any], known: AbstractSet[str]) -> bool:
    """Say whether a valid object may depend on members that have no column."""
    if "minProperties" in asked or "maxProperties" in asked:
        return True
    words = ("propertyNames", "additionalProperties", "unevaluatedProperties")
    if any(asked.get(word, True) not in (True, {}) for word in words) or asked.get("patternProperties"):
        return True
    named = {name for name, rule in asked.get("properties", {}).items() if rule not in (True, {})}
    named.update(asked.get("required", ()))
    for name, needed in chain.from_iterable(asked.get(word, {}).items() for word in DEPENDENT):
        named.update((name, *(needed if isinstance(needed, list) else ())))
    return not named <= known


def _has(known: dict[str, Node], name: str) -> Check:
    return object_checks.has(known[name]) if name in known else NEVER


def _names(reading: Reading, node: Node, asked: dict[str, Any]) -> Iterator[Check]:
    """Yield that an object lacks the members whose names aren't as they should be."""
    rule = asked.get("propertyNames", True)
    for child in node.children:
        valid = rule if isinstance(rule, bool) else reading.verdicts(rule).accept([child.name])
        if not valid:
            yield object_checks.lacks(child)


def _rules_for(reading: Reading, name: str, asked: dict[str, Any], draft: Draft) -> Iterator[Any]:
    named, patterns = asked.get("properties", {}), asked.get("patternProperties", {})
    matching = [rule for pattern, rule in patterns.items() if reading.matches(pattern, name, draft)]
    if name in named:
        yield named[name]
    yield from matching
    if name not in named and not matching:
        yield asked.get("additionalProperties", True)


def _member(reading: Reading, child: Node, rule: Any, *, surely: bool) -> Check:
    return (
        object_checks.lacks(child)
        if rule is False
        else object_checks.holds(child, reading.check(child, rule, surely=surely))
    )


def _unevaluated(reading: Reading, node: Node, rule: dict[str, Any], beyond: Any) -> Iterator[Check]:
    """Yield the checks of the members that no rule has spoken of (JSON Schema 2019-09 and 2020-12, section 11)."""
    speaking = list(_speaking(reading, node, rule, outer=True))
    for child in node.children:
        conditions = [condition for condition, names in speaking if names is None or child.name in names]
        if ALWAYS not in conditions:
            yield if_then(any_of(conditions), ALWAYS, _member(reading, child, beyond, surely=False))


def _speaking(reading: Reading, node: Node, rule: Any, *, outer: bool) -> Iterator[tuple[Check, set[str] | None]]:
    """Yield of which members a valid rule speaks (None: of all), and under which condition."""
    if not isinstance(rule, dict):
        return
    draft = reading.place(rule).draft
    asked = rules_of(rule, draft)
    if "dependencies" in asked:
        raise NotByColumns("unevaluatedProperties beside dependencies")
    if "additionalProperties" in asked or ("unevaluatedProperties" in asked and not outer):
        yield ALWAYS, None
    only = {name: asked[name] for name in ("properties", "patternProperties") if name in asked}
    spoken = {
        child.name
        for child in node.children
        if any(
            each is not _UNSAID
            for each in _rules_for(reading, child.name, only | {"additionalProperties": _UNSAID}, draft)
        )
    }
    yield ALWAYS, spoken
    for each in ([reading.target(rule)] if "$ref" in asked else []) + asked.get("allOf", []):
        yield from _speaking(reading, node, each, outer=False)
    for condition, each in _conditional(reading, node, rule, asked):
        for inner, names in _speaking(reading, node, each, outer=False):
            yield all_of([condition, inner]), names


def _conditional(
    reading: Reading, node: Node, rule: dict[str, Any], asked: dict[str, Any]
) -> Iterator[tuple[Check, Any]]:
    for each in asked.get("anyOf", []) + asked.get("oneOf", []):
        yield reading.check(node, each), each
    if "if" in asked:
        condition = reading.check(node, asked["if"])
        yield condition, asked["if"]
        yield condition, rule.get("then")
        yield none_of(condition), rule.get("else")
    known = {child.name: child for child in node.children}
    for name, each in asked.get("dependentSchemas", {}).items():
        yield _has(known, name), each


_UNSAID: Any = object()
