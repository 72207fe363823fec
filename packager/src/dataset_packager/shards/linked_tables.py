"""Tables whose records name files, before any is built: whether their folders are there, and how they are cut."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import inside
from dataset_packager.records.pieces import Piece
from dataset_packager.records.reader import read_records, value_of
from dataset_packager.shards.judge import table_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.inputs import Inputs
    from dataset_packager.shards.judge import TableJob

SAMPLE = 64  # records, by which a table is cut


def prepare_linked(job: TableJob) -> Iterator[str]:
    """Yield what won't be checked of the files that a table's records name.

    Raises:
        SetupError: a folder isn't there, or leads out of the project.
    """
    types = table_tools(job.project, job.table, job.row_provenance).linked.types
    if not types:
        return
    from dataset_packager.records.decoders import NEEDED, decoders  # here: most records name no files

    for path, kind in types.items():
        where = f"[tool.dataset-packager.tables.{job.table.name}] the column {path}: root"
        if not inside(job.project, kind.root, where).is_dir():
            raise SetupError(f"{where}: there is no folder {kind.root!r}: make it, or correct the path")
    for name, extra in sorted({(kind.name, kind.extra) for kind in types.values()}):
        if name in NEEDED and name not in decoders():
            yield (
                f"{job.table.name}: the files of its {name} columns are checked by the beginnings and ends of their "
                f"content and not decoded: pip install 'dataset-packager[{extra}]' for that"
            )


def record_bytes(job: TableJob, inputs: Inputs) -> int:
    """Return how many bytes of records, with the files that they name, are about as much as a shard is to hold.

    It follows from the first records alone, and is the measure divided by a power of two, so that another file hardly
    ever cuts the table anew.
    """
    tools, names = table_tools(job.project, job.table, job.row_provenance), inputs.of(job.table)
    if not tools.linked or not names:
        return job.shard_bytes
    piece = Piece(names[0], 0, inputs.sizes[names[0]], 1, "", "")
    records = files = 0
    for raw in islice(read_records(job.project, piece, job.limits, tools.reading), SAMPLE):
        value, problems = value_of(raw, piece.file, job.limits.depth)
        records += len(raw.data) + 1
        files += 0 if problems else tools.linked.size(value)
    power: int = 2 ** round(math.log2(1 + files / max(records, 1)))
    return max(job.shard_bytes // power, 1)
