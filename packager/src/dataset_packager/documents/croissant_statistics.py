"""Statistics of columns for Croissant, which has no words for them: schema.org's ``variableMeasured``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.columns.metadata import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.statistics import Tally
    from dataset_packager.documents.release_facts import Facts


def column_statistics(facts: Facts) -> list[dict[str, Any]]:
    """Return for each column and member how many values it has, how many are null, and how often each word stands."""
    return [
        {
            "@type": "sc:PropertyValue",
            "name": f"{part.name}: {path}",
            "valueReference": [
                {"@type": "sc:PropertyValue", "name": name, "value": count} for name, count in _counts(tallies[path])
            ],
        }
        for part in facts.contents.configs
        for tallies in [facts.tallies[part.name]]
        for path, _ in leaves(part.arrow_schema)
        if path in tallies
    ]


def _counts(tally: Tally) -> Iterator[tuple[str, int]]:
    yield "places", tally.places
    yield "null", tally.missing
    if tally.empty:
        yield "empty lists", tally.empty
    for word, count in sorted(tally.words.items()):
        value = json.loads(word)
        yield f"= {value if isinstance(value, str) else word}", count
