"""Places within one record: which of two comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataset_packager.validation.problems import Steps


class Positions:
    """The order in which the places of one record stand."""

    def __init__(self, record: Any) -> None:
        self._record = record
        self._ranks: dict[int, dict[str, int]] = {}

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
