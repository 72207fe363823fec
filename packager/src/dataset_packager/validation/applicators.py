"""The keywords that apply other subschemas, or speak of members: how each of them finds what is wrong."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from dataset_packager.schemas.drafts import knows
from dataset_packager.schemas.keywords import REFERENCES
from dataset_packager.validation.alternatives import best_alternative
from dataset_packager.validation.unevaluated import evaluated_items, evaluated_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.validation.problems import Problem
    from dataset_packager.validation.walk import Descent, Here, Rule

MANY = 2000  # elements of an array, from which on it is worth a while to compile their schema by itself


def _reference(keyword: str) -> Rule:
    def follow(descent: Descent, here: Here) -> Iterator[Problem]:
        yield from descent.same(here, descent.referred(here, keyword), keyword)

    return follow


def _all_of(descent: Descent, here: Here) -> Iterator[Problem]:
    for index, rule in enumerate(here.rule["allOf"]):
        yield from descent.same(here, rule, "allOf", index)


def _any_of(descent: Descent, here: Here) -> Iterator[Problem]:
    found = []
    for index, rule in enumerate(here.rule["anyOf"]):
        found.append(descent.same(here, rule, "anyOf", index))
        if not found[-1]:
            return
    yield from best_alternative(here.problem("anyOf"), found)


def _one_of(descent: Descent, here: Here) -> Iterator[Problem]:
    found = [descent.same(here, rule, "oneOf", index) for index, rule in enumerate(here.rule["oneOf"])]
    fitting = [index for index, problems in enumerate(found) if not problems]
    if not fitting:
        yield from best_alternative(here.problem("oneOf"), found)
    elif len(fitting) > 1:
        yield here.problem("oneOf", detail=fitting)


def _not(descent: Descent, here: Here) -> Iterator[Problem]:
    if not descent.same(here, here.rule["not"], "not"):
        yield here.problem("not")


def _if(descent: Descent, here: Here) -> Iterator[Problem]:
    branch = "else" if descent.same(here, here.rule["if"], "if") else "then"
    if branch in here.rule:
        yield from descent.same(here, here.rule[branch], branch)


def _properties(descent: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, dict):
        for name, rule in here.rule["properties"].items():
            if name in here.value:
                yield from descent.child(here, rule, name, "properties", name)


def _pattern_properties(descent: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, dict):
        for pattern, rule in here.rule["patternProperties"].items():
            for name in here.value:
                if descent.assertions.matches(pattern, name, here.place.draft):
                    yield from descent.child(here, rule, name, "patternProperties", pattern)


def _additional_properties(descent: Descent, here: Here) -> Iterator[Problem]:
    if not isinstance(here.value, dict):
        return
    named, patterns = here.rule.get("properties") or {}, here.rule.get("patternProperties") or {}
    for name in here.value:
        matched = (descent.assertions.matches(pattern, name, here.place.draft) for pattern in patterns)
        if name not in named and not any(matched):
            yield from descent.child(here, here.rule["additionalProperties"], name, "additionalProperties")


def _property_names(descent: Descent, here: Here) -> Iterator[Problem]:
    rule = here.rule["propertyNames"]
    for index, name in enumerate(here.value if isinstance(here.value, dict) else ()):
        if rule is False:
            yield here.problem("propertyNames", detail=(name, None))
        for problem in islice(descent.named(here, rule, index, name), 1):
            yield here.problem("propertyNames", detail=(name, problem))


def _required(_: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, dict) and isinstance(here.rule["required"], list):
        for name in dict.fromkeys(here.rule["required"]):
            if name not in here.value:
                yield here.problem("required", detail=(name, None))


def _dependent(keyword: str) -> Rule:
    def check(descent: Descent, here: Here) -> Iterator[Problem]:
        for name, asked in here.rule[keyword].items():
            if not isinstance(here.value, dict) or name not in here.value:
                continue
            if isinstance(asked, list):
                for each in asked:
                    if each not in here.value:
                        yield here.problem(keyword, name, detail=(each, name))
            else:
                yield from descent.same(here, asked, keyword, name)

    return check


def _prefix_items(keyword: str) -> Rule:
    def check(descent: Descent, here: Here) -> Iterator[Problem]:
        for index, rule in enumerate(here.rule[keyword]):
            if index < len(here.value):
                yield from descent.child(here, rule, index, keyword, index)

    return check


def _further_items(descent: Descent, here: Here, keyword: str, start: int) -> Iterator[Problem]:
    indexes = range(start, len(here.value))
    for index in descent.suspects(here, keyword, indexes) if len(indexes) >= MANY else indexes:
        yield from descent.child(here, here.rule[keyword], index, keyword)


def _items(descent: Descent, here: Here) -> Iterator[Problem]:
    if not isinstance(here.value, list):
        return
    if isinstance(here.rule["items"], list):
        yield from _prefix_items("items")(descent, here)
    else:
        prefix = None if here.place.draft.tuples_in_items else here.rule.get("prefixItems")
        yield from _further_items(descent, here, "items", len(prefix or ()))


def _prefix(descent: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, list):
        yield from _prefix_items("prefixItems")(descent, here)


def _additional_items(descent: Descent, here: Here) -> Iterator[Problem]:
    items = here.rule.get("items")
    if isinstance(here.value, list) and isinstance(items, list):
        yield from _further_items(descent, here, "additionalItems", len(items))


def _contains(descent: Descent, here: Here) -> Iterator[Problem]:
    if not isinstance(here.value, list):
        return
    rule = here.rule["contains"]
    found = sum(not descent.child(here, rule, index, "contains") for index in range(len(here.value)))
    counted = knows(here.place.draft, "minContains")
    least = here.rule.get("minContains", 1) if counted else 1
    if found < least:
        yield here.problem("minContains" if counted and "minContains" in here.rule else "contains")
    if counted and found > here.rule.get("maxContains", found):
        yield here.problem("maxContains")


def _unevaluated_properties(descent: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, dict):
        known = evaluated_names(descent, here)
        for name in here.value:
            if name not in known:
                yield from descent.child(here, here.rule["unevaluatedProperties"], name, "unevaluatedProperties")


def _unevaluated_items(descent: Descent, here: Here) -> Iterator[Problem]:
    if isinstance(here.value, list):
        known = evaluated_items(descent, here)
        for index in range(len(here.value)):
            if index not in known:
                yield from descent.child(here, here.rule["unevaluatedItems"], index, "unevaluatedItems")


KEYWORDS: dict[str, Rule] = {
    **{keyword: _reference(keyword) for keyword in REFERENCES},
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "required": _required,
    "dependentRequired": _dependent("dependentRequired"),
    "dependentSchemas": _dependent("dependentSchemas"),
    "dependencies": _dependent("dependencies"),
    "prefixItems": _prefix,
    "items": _items,
    "additionalItems": _additional_items,
    "contains": _contains,
    "unevaluatedProperties": _unevaluated_properties,
    "unevaluatedItems": _unevaluated_items,
}
