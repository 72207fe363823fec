"""Places: that numbers of a gazetteer stand there, with the coordinates that the records give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captures.load_rows import read_lines
from dataset_packager.base.paths import format_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from captures.config import CapturesConfig
    from captures.rows import Row, Tables
    from dataset_packager.base.findings import Finding

CODE = "gazetteer"


def read_gazetteer(project: Path, config: CapturesConfig) -> list[Row]:
    """Return the entries of the gazetteer that the project keeps; none where it keeps none.

    Raises:
        SetupError: a line of it isn't JSON.
        EnvironmentFailure: it can't be read.
    """
    return read_lines(project, config.gazetteer.file) if config.gazetteer else []


def check_places(tables: Tables, config: CapturesConfig, gazetteer: Sequence[Row]) -> Iterator[Finding]:
    """Yield numbers that the gazetteer doesn't have, and members that it gives another value."""
    columns = config.gazetteer
    if columns is None:
        return
    entries = {entry.get(columns.id): entry for entry in gazetteer}
    for row in tables[columns.table]:
        number = row.get(columns.id)
        entry = entries.get(number)
        if number is None:
            continue
        if entry is None:
            yield row.finding("$." + format_path(columns.id), CODE, f"{columns.file} has no entry {number}")
            continue
        for path in columns.same:
            if row.get(path) != entry.get(path):
                message = f"{row.get(path)} isn't what {columns.file} gives for {number}: {entry.get(path)}"
                yield row.finding("$." + format_path(path), CODE, message)
