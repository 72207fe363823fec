"""What a chunk is called: the digest of all that its shards follow from, so that the same chunk isn't made again."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256
from dataset_packager.base.package_versions import shaping_versions
from dataset_packager.records.reader import read_records, value_of
from dataset_packager.shards.judge import table_tools
from dataset_packager.shards.linked_files import NO_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.records.chunk_plan import Chunk
    from dataset_packager.shards.judge import TableJob

_HIDDEN = (".", "__pycache__")


def linked_hashes(job: TableJob, chunk: Chunk) -> dict[str, str]:
    """Return the SHA-256 of each file that the records of a chunk name, by path, nothing for what is no such file.

    Raises:
        EnvironmentFailure: the records can't be read, or changed.
    """
    tools = table_tools(job.project, job.table, job.row_provenance)
    return tools.linked.hashes(_records(job, chunk)) if tools.linked else {}


def _records(job: TableJob, chunk: Chunk) -> Iterator[Any]:
    reading = table_tools(job.project, job.table, job.row_provenance).reading
    for piece in chunk.pieces:
        for raw in read_records(job.project, piece, job.limits, reading):
            value, problems = value_of(raw, piece.file, job.limits.depth)
            if not problems:
                yield value


def chunk_name(job: TableJob, chunk: Chunk, linked: Mapping[str, str] = NO_FILES) -> str:
    """Return the name of a chunk: 32 hexadecimal digits of SHA-256 over all that its shards follow from.

    That is the bytes of its records and where they stand, those of the files that they name (``linked_hashes``), the
    schema, the table's settings and limits, the versions of what shapes bytes, and the build's own code.
    """
    follows_from = {
        "dataset": job.dataset,
        "table": repr(job.table),
        "limits": repr(job.limits),
        "settings": [job.shard_bytes, job.row_provenance, repr(job.keys), repr(job.row_rules)],
        "schemas": dict(table_tools(job.project, job.table, job.row_provenance).schema.sources),
        "pieces": [
            (piece.file, piece.start, piece.first_line, piece.sha256, piece.head.hex()) for piece in chunk.pieces
        ],
        "split": chunk.split,
        "versions": shaping_versions(),
        "code": code_digest(),
    }
    if linked:
        from dataset_packager.records.decoders import decoders  # here: most records name no files

        follows_from |= {"linked": dict(linked), "decoders": decoders()}
    return bytes_sha256(json.dumps(follows_from, sort_keys=True).encode("utf-8"))[:32]


@cache
def code_digest() -> str:
    """Return the SHA-256 over the build's own files: while they are being written, versions don't tell."""
    whole, top = hashlib.sha256(), str(Path(__file__).parents[1])
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith(_HIDDEN))
        for name in sorted(name for name in files if not name.startswith(_HIDDEN)):
            path = os.path.join(folder, name)  # noqa: PTH118 - there are some hundred, in every worker
            with open(path, "rb") as file:  # noqa: PTH123
                content = file.read()
            whole.update(f"{len(content)} {path[len(top) :]}\n".encode() + content)
    return whole.hexdigest()
