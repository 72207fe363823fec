"""Places within one record: what stands at a path, which of two comes first, and paths that a validator cut short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataset_packager.problems import Steps


class Positions:
    """Looks up places in a record.

    Attributes:
        has_empty_names: whether a member of the record, however deep, is called ``""``.
    """

    def __init__(self, record: Any) -> None:
        self._record = record
        self.has_empty_names = _has_empty_name(record)
        self._ranks: dict[int, dict[str, int]] = {}

    def value(self, steps: Steps) -> Any:
        """Return what stands at a path."""
        value = self._record
        for step in steps:
            value = value[step]
        return value

    def steps(self, given: Steps, value: Any) -> Steps:
        """Return the path to ``value``; ``given`` is that path, but for members called ``""``, which it lacks."""
        todo: list[tuple[Steps, Any, Steps]] = [((), self._record, given)]
        while todo:
            passed, here, left = todo.pop()
            if not left and here == value:
                return passed
            if isinstance(here, dict) and "" in here:
                todo.append(((*passed, ""), here[""], left))
            if left and _has(here, left[0]):
                todo.append(((*passed, left[0]), here[left[0]], left[1:]))
        return given

    def rank(self, steps: Steps) -> tuple[int, ...]:
        """Return a sort key that puts places into the record's order; a missing member comes last in its object."""
        ranks, value = [], self._record
        for step in steps:
            if isinstance(value, dict):
                ranks.append(self._members(value).get(str(step), len(value)))
                value = value.get(step)
            else:
                ranks.append(int(step))
                value = value[int(step)]
        return tuple(ranks)

    def _members(self, value: dict[str, Any]) -> dict[str, int]:
        if id(value) not in self._ranks:
            self._ranks[id(value)] = {name: index for index, name in enumerate(value)}
        return self._ranks[id(value)]


def _has(value: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and step < len(value)
    return isinstance(value, dict) and step in value


def _has_empty_name(value: Any) -> bool:
    if isinstance(value, dict):
        return "" in value or any(map(_has_empty_name, value.values()))
    return isinstance(value, list) and any(map(_has_empty_name, value))
