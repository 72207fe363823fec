"""What a build asks of rows beside their schemas: whether it can be asked, and what is told of accepted rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.base.finding_text import format_finding
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, format_path
from dataset_packager.project.config import SECTION
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.keys import leaf_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.shards.chunk_results import ChunkResult

SHOWN = 20


def check_row_rules(config: Config) -> None:
    """See that each column of licences is there and has one text a row.

    Raises:
        SetupError: it isn't, or hasn't.
    """
    for table in config.tables:
        if path := table.license_column:
            where = f"[{SECTION}.tables.{table.name}] license_column"
            schema = table_tools(config.project, table, config.row_provenance).plan.arrow_schema
            if LIST in path or not pa.types.is_string(leaf_field(schema, path, where).type):
                raise SetupError(f"{where}: {format_path(path)} has no string in each row: name a column that has one")


def notices(chunks: Sequence[ChunkResult]) -> Iterator[str]:
    """Yield a line for each of the first things noticed in accepted rows, and how many more there are."""
    told = [finding for chunk in chunks for finding in chunk.notices][:SHOWN]
    yield from map(format_finding, told)
    if more := sum(chunk.noticed for chunk in chunks) - len(told):
        yield f"{more:,} more values look like secrets or personal data"
