"""Whether the release that stands follows from the very same things as the one that is to be built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_packager.base.files import bytes_sha256, file_sha256
from dataset_packager.base.package_versions import shaping_versions
from dataset_packager.documents.document import files_read
from dataset_packager.documents.report.thumbnails import thumbnail_versions
from dataset_packager.shards.chunk_name import chunk_name, code_digest, linked_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.release.view_job import ViewJob
    from dataset_packager.shards.judge import TableJob
    from dataset_packager.shards.project_schemas import ProjectSchemas


def origin_of(config: Config, read: Mapping[str, str], plan: Plan, chunks: Sequence[str]) -> str:
    """Return the SHA-256 over all that a release follows from, in hexadecimal.

    That is the configuration, every file that is read, by its bytes, the versions of what shapes bytes, and the
    build's own code. Of the plan, which is complete, come the records, of ``read`` what ``files_beside_records`` gave
    when the build began, and of ``chunks`` the names of the chunks, by which the files that records name are known.
    """
    follows_from = {
        "configuration": config.document,
        "records": [(table, file.path, file.sha256) for table, files in plan.files.items() for file in files],
        "chunks": list(chunks),
        "read": dict(read),
        "versions": shaping_versions() | thumbnail_versions(config),
        "code": code_digest(),
    }
    return bytes_sha256(json.dumps(follows_from, sort_keys=True, default=str).encode("utf-8"))


def chunk_names(jobs: Mapping[str, TableJob], plan: Plan) -> list[str]:
    """Return the names of all chunks of a complete plan, for which the files that records name are hashed."""
    chunks = ((jobs[chunk.table], chunk) for chunk in plan.known)
    return [chunk_name(job, chunk, linked_hashes(job, chunk)) for job, chunk in chunks]


def files_beside_records(config: Config, schemas: ProjectSchemas, views: Iterable[ViewJob]) -> dict[str, str]:
    """Return the SHA-256 of everything but the records that is read, by path: of schemas and queries as they were."""
    files = [name for name in files_read(config) if (config.project / name).is_file()]
    found = {name: file_sha256(config.project / name) for name in files}
    return found | schemas.files | {job.view.query: job.query_sha256 for job in views}
