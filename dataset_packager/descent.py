"""Walk a refused record and its schema together and find every rule that is broken, alternatives included.

The gate's own list of errors can't be used: it is complete before the first error can be read, with the errors of every
alternative in every alternative, which grows exponentially where alternatives are nested. Here each subschema meets
each value once, the walk stops when enough was found, and single keywords are decided by the gate's engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataset_packager.alternatives import best_alternative
from dataset_packager.assertions import ASSERTIONS, Assertions
from dataset_packager.drafts import Draft, escape
from dataset_packager.evaluated import evaluated_items, evaluated_names
from dataset_packager.problems import Problem, Steps
from dataset_packager.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.references import Graph, Place

ENOUGH = 1000  # problems of one record
MANY = 2000  # elements of an array, from which on it is worth a while to compile their schema by itself
VISITS = 300_000  # of subschemas to values: a matter of seconds

Scope = tuple[str, ...]
"""The schema resources that were entered on the way, for dynamic references."""


class TooLarge(Exception):
    """The walk took too many steps."""


@dataclass(frozen=True)
class Here:
    """A subschema, the value that it is applied to, and how the walk came there."""

    rule: dict[str, Any]
    place: Place
    value: Any
    steps: Steps
    scope: Scope
    about: Any
    optional: bool

    def address(self, *tokens: str | int) -> str:
        """Return the address of a part of the subschema."""
        pointer = self.place.pointer + "".join(f"/{escape(str(token))}" for token in tokens)
        return visible(f"{self.place.document.path}#{pointer}")

    def problem(self, code: str, *tokens: str | int, **more: Any) -> Problem:
        """Return the problem that ``code`` fails; ``tokens`` lead to what fails within the keyword."""
        problem = Problem(
            self.steps,
            self.value,
            code,
            self.address(code, *tokens),
            self.rule.get(code),
            self.rule,
            self.about,
            self.optional,
        )
        return replace(problem, **more) if more else problem


class Descent:
    """Finds what is wrong with one record."""

    def __init__(self, graph: Graph, assertions: Assertions) -> None:
        self._graph, self.assertions = graph, assertions
        self._found: dict[tuple[int, Steps, Scope], list[Problem]] = {}

    def problems(self, rule: Any, value: Any, steps: Steps = ()) -> list[Problem]:
        """Return at most ``ENOUGH`` problems of a record with a schema.

        Raises:
            TooLarge: that takes more than ``VISITS`` visits.
        """
        return self._meet(rule, value, steps, ())

    def _meet(
        self, rule: Any, value: Any, steps: Steps, scope: Scope, about: Any = None, optional: bool = False
    ) -> list[Problem]:
        place = self._graph.places.get(id(rule))
        if place is None or not isinstance(rule, dict):
            return []
        scope = scope if scope[-1:] == (place.resource,) else (*scope, place.resource)
        key = (id(rule), steps, scope)
        if key not in self._found:
            if len(self._found) >= VISITS:
                raise TooLarge
            self._found[key] = []  # a reference that leads back here with the same value adds nothing
            about = rule if "title" in rule or "description" in rule else about
            here = Here(rule, place, value, steps, scope, about, optional)
            self._found[key] = list(islice(self._broken(here), ENOUGH))
        return self._found[key]

    def _broken(self, here: Here) -> Iterator[Problem]:
        draft = here.place.draft
        alone = draft.ref_stands_alone and "$ref" in here.rule
        for keyword in ("$ref",) if alone else here.rule:
            if keyword in ASSERTIONS:
                yield from self._assertion(here, keyword, draft)
            elif keyword in _KEYWORDS and applies(keyword, draft):
                yield from _KEYWORDS[keyword](self, here)

    def _assertion(self, here: Here, keyword: str, draft: Draft) -> Iterator[Problem]:
        if self.assertions.holds(here.rule, keyword, draft, here.value):
            return
        problem = here.problem(keyword)
        asked = here.rule[keyword]
        if keyword == "type":
            problem = replace(problem, types=tuple(asked) if isinstance(asked, list) else (asked,))
        elif keyword in ("enum", "const"):
            problem = replace(problem, options=tuple(asked) if keyword == "enum" else (asked,))
        elif keyword == "pattern" and self.assertions.is_undecided(here.rule, draft, here.value):
            problem = replace(problem, detail="undecided")
        yield problem

    def same(self, here: Here, rule: Any, *tokens: str | int) -> list[Problem]:
        """Return the problems of the same value with a subschema of this one, which ``tokens`` lead to."""
        if rule is False:
            return [here.problem(str(tokens[0]), *tokens[1:], detail="forbidden")]
        return self._meet(rule, here.value, here.steps, here.scope, here.about, here.optional)

    def child(self, here: Here, rule: Any, step: str | int, *tokens: str | int) -> list[Problem]:
        """Return the problems of a member or an element with the subschema that ``tokens`` lead to."""
        value, steps = here.value[step], (*here.steps, step)
        if rule is False:
            return [replace(here.problem(str(tokens[0]), *tokens[1:], detail="forbidden"), steps=steps, value=value)]
        required = here.rule.get("required")
        optional = isinstance(step, str) and not (isinstance(required, list) and step in required)
        return self._meet(rule, value, steps, here.scope, None, optional)

    def referred(self, here: Here, keyword: str) -> Any:
        """Return what a reference stands for, here."""
        target = self._graph.targets.get((id(here.rule), keyword))
        if keyword == "$dynamicRef":
            name = here.rule[keyword].partition("#")[2]
            if isinstance(target, dict) and target.get("$dynamicAnchor") == name:
                anchors = ((resource, name) for resource in here.scope)
                return next((self._graph.anchors[each] for each in anchors if each in self._graph.anchors), target)
        if keyword == "$recursiveRef":
            for resource in reversed(here.scope):
                root = self._graph.roots.get(resource)
                if not isinstance(target, dict) or not target.get("$recursiveAnchor"):
                    break
                if not isinstance(root, dict) or not root.get("$recursiveAnchor"):
                    break
                target = root
        return target

    def suspects(self, here: Here, keyword: str, indexes: range) -> Iterator[int]:
        """Yield the indexes of the elements that the gate's engine refuses: in a long array most are sound."""
        place = self._graph.places.get(id(here.rule[keyword]))
        for index in indexes:
            if place is None or not self.assertions.accepts(place, here.value[index]):
                yield index

    def at(self, here: Here, rule: dict[str, Any]) -> Here:
        """Return ``here`` with another subschema for the same value."""
        place = self._graph.places.get(id(rule), here.place)
        return replace(here, rule=rule, place=place)

    def named(self, here: Here, rule: Any, index: int, name: str) -> list[Problem]:
        """Return the problems of a member's name with a subschema."""
        # No member stands at a negative index, so that the name's problems are not taken for those of its value.
        return self._meet(rule, name, (*here.steps, -1 - index), here.scope)


def applies(keyword: str, draft: Draft) -> bool:
    """Say whether ``draft`` knows a keyword that isn't about one value alone."""
    if keyword in ("dependentRequired", "$recursiveRef", "$dynamicRef"):
        since = {
            "dependentRequired": ("2019-09", "2020-12"),
            "$recursiveRef": ("2019-09",),
            "$dynamicRef": ("2020-12",),
        }
        return draft.name in since[keyword]
    return keyword in ("$ref", "required") or keyword in draft.singles | draft.arrays | draft.maps


def _reference(keyword: str) -> Callable[[Descent, Here], Iterator[Problem]]:
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


def _dependent(keyword: str) -> Callable[[Descent, Here], Iterator[Problem]]:
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


def _prefix_items(keyword: str) -> Callable[[Descent, Here], Iterator[Problem]]:
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
        prefix = here.rule.get("prefixItems") if here.place.draft.name == "2020-12" else None
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
    counted = here.place.draft.name in ("2019-09", "2020-12")
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


_KEYWORDS: dict[str, Callable[[Descent, Here], Iterator[Problem]]] = {
    "$ref": _reference("$ref"),
    "$dynamicRef": _reference("$dynamicRef"),
    "$recursiveRef": _reference("$recursiveRef"),
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
