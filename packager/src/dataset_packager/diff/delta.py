"""Whole deltas: what a newer release has that an older one has not, and in which order all rows stand.

A delta is a folder: ``delta.json`` says which shards of the older release it stands on and what each file of the newer
one is; ``documents/`` has all files beside the data; and for each config ``added.parquet``, ``changed.parquet`` (as
they are now), ``removed.parquet`` (as they were), and ``order.parquet``: runs of rows of a new shard, each with
where they come from. ``apply_delta`` puts the newer release together from these, to the byte.
"""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from dataset_packager.base.appearing import appearing
from dataset_packager.base.files import file_sha256, make_folder, scratch_folder, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.columns.features import features_footer
from dataset_packager.diff.delta_rows import write_rows
from dataset_packager.release.read_records import release_in
from dataset_packager.shards.parquet_format import FOOTER_FEATURES, FOOTER_PROVENANCE

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.release.release_files import Release

FORMAT = 1
DELTA, DOCUMENTS = "delta.json", "documents"


def write_delta(old: Path, new: Path, target: Path, *, threads: int = 1) -> None:
    """Write what leads from an older release to a newer one into a new folder, in bounded memory.

    Raises:
        SetupError: one of them is no release, or the folder is there already.
        DataFindings: a shard can't be read back.
    """
    before, after, target = release_in(old), release_in(new), target.absolute()  # Arrow takes a::b for a URL
    if target.exists():
        raise SetupError(f"{target}: stands there already: name a new folder")
    make_folder(target.parent)
    with scratch_folder() as staging, appearing(target) as staged:
        for name in after.files:
            if not name.startswith("data/"):
                make_folder((staged / DOCUMENTS / name).parent)
                shutil.copyfile(after.folder / name, staged / DOCUMENTS / name)
        for number, part in enumerate(after.parts.values()):
            folder = staged / "rows" / part.name
            make_folder(folder)
            scratch = staging / f"{number}"
            make_folder(scratch)
            write_rows(before, after, part, scratch, folder, threads)
        told = {
            "format": FORMAT,
            "old": {
                "version": before.config.version,
                "shards": {path: before.sha256(path) for path in _shards(before)},
            },
            "new": {"version": after.config.version, "shards": _told(after)},
            "files": {path.relative_to(staged).as_posix(): file_sha256(path) for path in _files(staged)},
        }
        write_text(staged / DELTA, json.dumps(told, indent=1) + "\n")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _shards(release: Release) -> list[str]:
    return [path for part in release.parts.values() for split in part.splits for path in release.shards(part, split)]


def _told(release: Release) -> dict[str, Any]:
    """Return what the file of each shard is made of beside its rows."""
    told = {}
    for part in release.contents.configs:
        schema = part.arrow_schema.with_metadata({FOOTER_FEATURES: features_footer(part.arrow_schema)})
        encoded = base64.b64encode(schema.serialize().to_pybytes()).decode()
        for shard in part.shards:
            metadata = pq.read_metadata(release.folder / shard.path)
            groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
            footer = (metadata.metadata or {})[FOOTER_PROVENANCE].decode()
            told[shard.path] = {"sha256": shard.sha256, "groups": groups, "schema": encoded, "footer": footer}
    return told
