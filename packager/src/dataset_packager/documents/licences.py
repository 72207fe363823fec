"""The licences of rows, summed over the column that ``license_column`` names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dataset_packager.documents.markdown import code, table
from dataset_packager.shards.row_rules import canonical_licence, column_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.documents.release_facts import Facts


def licence_counts(facts: Facts) -> dict[str, dict[str, int]]:
    """Return how many rows have each licence, the most frequent first, by table; only tables that say so.

    Licences are as SPDX writes them: ``mit`` and ``MIT`` are one.
    """
    found: dict[str, dict[str, int]] = {}
    for part in facts.contents.configs:
        path = facts.config.table[part.name].license_column if not part.is_view else ()
        if not path:
            continue
        counts = Counter[str]()
        for shard in part.shards:
            with pq.ParquetFile(facts.release / shard.path) as file:
                for number in range(file.metadata.num_row_groups):
                    values = column_values(file.read_row_group(number, columns=[str(path[0])]), path)
                    counts.update(canonical_licence(value) or value for value in values)
        found[part.name] = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
    return found


def licence_table(facts: Facts) -> Iterator[str]:
    """Yield the lines of a table of licences, in Markdown; none where no table says them by row."""
    rows = [
        (code(name), code(licence), f"{count:,}")
        for name, counts in licence_counts(facts).items()
        for licence, count in counts.items()
    ]
    if rows:
        yield from table(("config", "licence", "rows"), rows)
