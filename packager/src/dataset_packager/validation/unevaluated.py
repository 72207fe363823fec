"""Which members and elements of a value some rule has spoken of (JSON Schema 2019-09 and 2020-12, section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.schemas.keywords import BRANCHES, REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.validation.walk import Descent, Here


def evaluated_names(descent: Descent, here: Here) -> set[str]:
    """Return the names of the members that the rule, or one that it applies to the same object, speaks of."""
    names: set[str] = set()
    for rule, outer in _speaking(descent, here):
        names.update(name for name in rule.get("properties") or () if name in here.value)
        for pattern in rule.get("patternProperties") or ():
            names.update(name for name in here.value if descent.assertions.matches(pattern, name, here.place.draft))
        if "additionalProperties" in rule or ("unevaluatedProperties" in rule and not outer):
            return set(here.value)
    return names


def evaluated_items(descent: Descent, here: Here) -> set[int]:
    """Return the indexes of the elements that the rule, or one that it applies to the same array, speaks of."""
    everything = set(range(len(here.value)))
    indexes: set[int] = set()
    for rule, outer in _speaking(descent, here):
        prefix = rule.get("items" if here.place.draft.tuples_in_items else "prefixItems")
        if isinstance(prefix, list):
            indexes.update(range(min(len(prefix), len(here.value))))
        if isinstance(rule.get("items"), dict | bool) or (isinstance(prefix, list) and "additionalItems" in rule):
            return everything
        if "unevaluatedItems" in rule and not outer:
            return everything
        if not here.place.draft.tuples_in_items and "contains" in rule:
            indexes.update(i for i in everything if not descent.child(here, rule["contains"], i, "contains"))
    return indexes


def _speaking(descent: Descent, here: Here) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield the rule itself (with True) and each valid one that it applies to the same value, however deep."""
    todo, seen, outer = [here.rule], set(), True
    while todo:
        rule = todo.pop()
        if not isinstance(rule, dict) or id(rule) in seen:
            continue
        seen.add(id(rule))
        yield rule, outer
        outer = False
        todo.extend(each for each in _applied(descent, here, rule) if not descent.same(here, each, "allOf"))


def _applied(descent: Descent, here: Here, rule: dict[str, Any]) -> Iterator[Any]:
    for keyword in BRANCHES:
        yield from rule.get(keyword) or ()
    for keyword in REFERENCES:
        if keyword in rule:
            yield descent.referred(descent.at(here, rule), keyword)
    if "if" in rule:
        fits = not descent.same(here, rule["if"], "if")
        yield from (rule["if"], rule.get("then")) if fits else (rule.get("else"),)
    dependent = rule.get("dependentSchemas") or {}
    yield from (each for name, each in dependent.items() if isinstance(here.value, dict) and name in here.value)
