"""Column types that a schema states with ``x-column``: each is followed by a column, or named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path
from dataset_packager.project.column_choices import KEYWORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.schemas.subschema_graph import Graph, Place

_DEFINED = re.compile(r"(?:.*(?<!/properties))?/(?:\$defs|definitions)/[^/]*")


@dataclass(frozen=True, slots=True)
class JsonText:
    """A column of JSON text: its path, why it is one, and the identities of the subschemas that describe it."""

    path: ColumnPath
    why: str
    sources: frozenset[int]


def stated_at(place: Place) -> str:
    """Return where a subschema states a column type, for messages."""
    return f"{place}/{KEYWORD}"


def insist_on_columns(graph: Graph, followed: set[str], texts: Iterable[JsonText]) -> None:
    """Refuse a statement within reach of the records that no column follows.

    Args:
        graph: the subschemas that validation can meet.
        followed: where those statements stand that columns follow, or that the configuration goes before.
        texts: the columns of JSON text, in which no type has a column.

    Raises:
        SetupError: there is such a statement.
    """
    stated = [place for place in graph.places.values() if KEYWORD in place.node]
    idle = [place for place in stated if stated_at(place) not in followed and _is_used(place, graph)]
    if not idle:
        return
    place = min(idle, key=str)
    around = [(len(outer.pointer), text) for text in texts for outer in _around(place, graph, text)]
    if around:
        text = max(around, key=lambda each: each[0])[1]
        path = format_path(text.path)
        instead = f", or choose a type for {path} itself" if path else ""
        raise SetupError(
            f"{stated_at(place)}: {path or 'the record'} becomes JSON text ({text.why}), within which there are no "
            f"columns: leave it out{instead}"
        )
    raise SetupError(
        f"{stated_at(place)}: no column follows from this part of the schema: state the type at a member or an "
        "element that becomes a column, which explain-schema lists"
    )


def _is_used(place: Place, graph: Graph) -> bool:
    """Say whether a subschema isn't merely defined: of definitions only those count that a reference leads into."""
    defined = _DEFINED.match(place.pointer)
    if not defined:
        return True
    targets = {id(node) for node in graph.targets.values()}
    around = (
        other for other in graph.places.values() if other.document is place.document and id(other.node) in targets
    )
    inside = [other.pointer for other in around if f"{place.pointer}/".startswith(f"{other.pointer}/")]
    return any(len(pointer) >= len(defined[0]) for pointer in inside)


def _around(place: Place, graph: Graph, text: JsonText) -> Iterator[Place]:
    """Yield those subschemas of a column of JSON text within which a place is."""
    for source in text.sources:
        outer = graph.places.get(source)
        if outer and outer.document.uri == place.document.uri and f"{place.pointer}/".startswith(f"{outer.pointer}/"):
            yield outer
