"""The newer release from an older one and a delta: all its files, to the byte."""

from __future__ import annotations

import base64
import json
import shutil
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.appearing import appearing
from dataset_packager.base.files import file_sha256, make_folder, regular_bytes
from dataset_packager.base.findings import DataFindings, SetupError
from dataset_packager.columns.arrow import no_rows
from dataset_packager.diff.delta import DELTA, DOCUMENTS, FORMAT
from dataset_packager.diff.older_rows import OlderRows, Order
from dataset_packager.release.names import SHARD
from dataset_packager.release.read_records import release_in
from dataset_packager.shards.parquet_format import ShardFile

if TYPE_CHECKING:
    from pathlib import Path


def apply_delta(old: Path, delta: Path, target: Path) -> None:
    """Put the newer release together in a new folder.

    Raises:
        SetupError: the folder is there already, or the delta stands on another release.
        DataFindings: the delta was changed, or what comes of it isn't the newer release.
    """
    release, delta, target = release_in(old), delta.absolute(), target.absolute()  # Arrow takes a::b for a URL
    told = read_delta(delta)
    if target.exists():
        raise SetupError(f"{target}: stands there already: name a new folder")
    for path, sha256 in told["old"]["shards"].items():
        if path not in release.files or release.sha256(path) != sha256:
            version = f"{told['old']['version']}, not {release.config.version}"
            raise SetupError(f"{old}: {path} isn't what the delta stands on, which is version {version}: name that one")
    older = {sha256: path for path, sha256 in told["old"]["shards"].items()}
    make_folder(target.parent)
    with appearing(target) as staged:
        shutil.copytree(delta / DOCUMENTS, staged, dirs_exist_ok=True)
        for config, shards in groupby(told["new"]["shards"].items(), lambda each: _config_of(each[0])):
            with Order(delta / "rows" / config) as order:
                sources = OlderRows(release.folder, delta / "rows" / config)
                for path, shard in shards:
                    make_folder((staged / path).parent)
                    if shard["sha256"] in older:
                        order.take(path, sum(shard["groups"]))
                        shutil.copyfile(release.folder / older[shard["sha256"]], staged / path)
                    else:
                        _write_shard(staged / path, path, shard, order, sources)
                    if file_sha256(staged / path) != shard["sha256"]:
                        mend = "apply it with the version of pyarrow that made the release"
                        raise DataFindings(f"{path}: isn't what the delta says that comes of it: {mend}")


def _config_of(path: str) -> str:
    found = SHARD.fullmatch(path)
    return found["config"] if found else ""


def read_delta(folder: Path) -> dict[str, Any]:
    """Return what a delta says of itself, its files checked.

    Raises:
        SetupError: there is none.
        DataFindings: a file of it isn't what it was.
    """
    try:
        told: dict[str, Any] = json.loads(regular_bytes(folder / DELTA))
        files, version = dict(told["files"]), told["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(f"{folder}: no delta: name a folder that `diff --delta` wrote") from None
    if version != FORMAT:
        raise SetupError(f"{folder}: a delta of format {version}, where {FORMAT} is known: take a newer version")
    names = (*told["new"]["shards"], *files)
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise DataFindings(f"{folder / DELTA}: names a file outside")
    for name, sha256 in files.items():
        if not (folder / name).is_file() or (folder / name).is_symlink() or file_sha256(folder / name) != sha256:
            raise DataFindings(f"{folder / name}: isn't what the delta says: fetch it anew")
    return told


def _write_shard(file: Path, path: str, shard: dict[str, Any], order: Order, sources: OlderRows) -> None:
    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(shard["schema"])))
    with pa.OSFile(str(file), "wb") as sink:
        writer: ShardFile | None = None
        for rows in shard["groups"]:
            runs = order.take(path, rows)
            group = sources.of(runs, schema) if runs else no_rows(schema)
            writer = writer or ShardFile(sink, schema, group)
            writer.write(writer.as_written(group))
        writer = writer or ShardFile(sink, schema, no_rows(schema))
        writer.close(shard["footer"])
