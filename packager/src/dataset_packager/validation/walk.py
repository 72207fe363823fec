"""Walk a refused record and its schema together and find every rule that is broken, alternatives included.

The gate's own list of errors can't be used: it is complete before the first error can be read, with the errors of every
alternative in every alternative, which grows exponentially where alternatives are nested. Here each subschema meets
each value once, the walk stops when enough was found, and single keywords are decided by the gate's engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from dataset_packager.base.text import visible
from dataset_packager.schemas.drafts import Draft, escape, knows
from dataset_packager.validation.leaf_keywords import ASSERTIONS, Assertions
from dataset_packager.validation.problems import Problem, Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataset_packager.schemas.subschema_graph import Graph, Place, Scope

ENOUGH = 1000  # problems of one record
VISITS = 300_000  # of subschemas to values: a matter of seconds

Rule: TypeAlias = "Callable[[Descent, Here], Iterator[Problem]]"
"""How a keyword finds what is wrong with a value."""


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
    """Finds what is wrong with one record; ``applicators`` has the keywords that apply other subschemas, by name."""

    def __init__(self, graph: Graph, assertions: Assertions, applicators: Mapping[str, Rule]) -> None:
        self._graph, self.assertions, self._applicators = graph, assertions, applicators
        self._found: dict[tuple[int, Steps, Scope], list[Problem]] = {}
        self._required: dict[Steps, set[str | int]] = {}  # the members that some rule for an object asks for

    def problems(self, rule: Any, value: Any, steps: Steps = ()) -> list[Problem]:
        """Return at most ``ENOUGH`` problems of a record with a schema.

        Raises:
            TooLarge: that takes more than ``VISITS`` visits.
        """
        found = self._meet(rule, value, steps, ())
        return [replace(each, optional=False) if self._is_required(each.steps) else each for each in found]

    def _is_required(self, steps: Steps) -> bool:
        return bool(steps) and steps[-1] in self._required.get(steps[:-1], ())

    def _meet(
        self, rule: Any, value: Any, steps: Steps, scope: Scope, about: Any = None, optional: bool = False
    ) -> list[Problem]:
        place = self._graph.places.get(id(rule))
        if place is None or not isinstance(rule, dict):
            return []
        scope = place.entered(scope)
        key = (id(rule), steps, scope)
        if key not in self._found:
            if len(self._found) >= VISITS:
                raise TooLarge
            if isinstance(required := rule.get("required"), list):
                self._required.setdefault(steps, set()).update(required)
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
            elif keyword in self._applicators and knows(draft, keyword):
                yield from self._applicators[keyword](self, here)

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
        return self._graph.target(here.rule, keyword, here.scope)

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
