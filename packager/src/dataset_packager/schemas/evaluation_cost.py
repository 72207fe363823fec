"""How much work a schema makes of one value: a short schema can ask for more steps than anyone can wait for.

Thirty definitions that each apply the one before twice are 2^30 steps. No validator can be stopped on its way, so such
schemas are refused before one runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.schemas.keywords import REFERENCES, VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.schemas.subschema_graph import Graph

MOST_STEPS = 100_000  # subschemas that are applied to one value


def check_steps(graph: Graph) -> None:
    """Count, for each subschema, those that it applies to the same value, directly or through others.

    Raises:
        SetupError: there are too many of them.
    """
    steps: dict[int, int] = {}
    for place in graph.places.values():
        if _steps(place.node, graph, steps) > MOST_STEPS:
            message = f"one value would be held against more than {MOST_STEPS:,} subschemas"
            raise SetupError(f"{place}: {message}: apply each definition once, not through several others")


def _steps(start: Any, graph: Graph, known: dict[int, int]) -> int:
    """Return the steps that ``start`` takes; what leads back to a schema on the way counts once."""
    todo = [(start, False)]
    while todo:
        node, below_known = todo.pop()
        if below_known:
            known[id(node)] = 1 + sum(known[id(child)] for child in _applied(node, graph))
        elif id(node) not in known:
            known[id(node)] = 1
            todo.append((node, True))
            todo.extend((child, False) for child in _applied(node, graph))
    return known[id(start)]


def _applied(node: Any, graph: Graph) -> Iterator[Any]:
    place = graph.places.get(id(node))
    if place is None:
        return
    if not (place.draft.ref_stands_alone and "$ref" in node):
        yield from (child for _, child in place.draft.subschemas(node, to=VALUE))
    for keyword in REFERENCES:
        if (id(node), keyword) in graph.targets:
            yield graph.targets[id(node), keyword]
