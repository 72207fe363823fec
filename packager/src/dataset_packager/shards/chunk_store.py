"""Chunks that are done, kept from build to build: what went in is the same, so what came out is.

Each chunk's shards, keys, findings and refused records lie in a folder of their own, named by the digest of all that
they follow from: the bytes of the records, the schema, the table's settings, the versions of what shapes bytes and the
build's own code. The folder appears whole. A release has the same files under names of its own, by hard links. What a
build didn't need is removed when its release has appeared; what a build made that was interrupted waits for the next.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections import Counter
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import bytes_sha256, durable, failures, file_sha256, fsync_folder, make_folder
from dataset_packager.base.findings import Finding
from dataset_packager.base.versions import shaping_versions
from dataset_packager.columns.statistics import Tally
from dataset_packager.shards.results import ChunkResult, InputRange, Shard, WrittenShard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataset_packager.records.plan import Piece
    from dataset_packager.shards.judge import TableJob

_HIDDEN = (".", "__pycache__")
_MADE_HERE = re.compile(r"[0-9a-f]{32}|\.[a-z0-9_]{8}")  # a chunk that is done, or one that was being made
RESULT = "result.json"
"""What came of a chunk, in its folder; last to be written."""


def chunk_name(job: TableJob, sources: Mapping[str, str], pieces: Iterable[Piece], split: str) -> str:
    """Return the name of a chunk's folder: 32 hexadecimal digits of SHA-256 over all that its shards follow from.

    Args:
        job: the table, its settings and limits.
        sources: the SHA-256 of each schema file, by path.
        pieces: what goes in, with the SHA-256 of its bytes.
        split: which split that is, where files make the splits.
    """
    told = {
        "dataset": job.dataset,
        "table": repr(job.table),
        "limits": repr(job.limits),
        "settings": [job.shard_bytes, job.row_provenance, repr(job.keys)],
        "schemas": dict(sources),
        "pieces": [(piece.file, piece.start, piece.first_line, piece.sha256, piece.head.hex()) for piece in pieces],
        "split": split,
        "versions": shaping_versions(),
        "code": code_digest(),
    }
    return bytes_sha256(json.dumps(told, sort_keys=True).encode("utf-8"))[:32]


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


def take_over(folder: Path) -> ChunkResult | None:
    """Return what came of a chunk that lies in ``folder``; None where there is none, or it isn't whole."""
    try:
        data = (folder / RESULT).read_bytes()
        value, result = json.loads(data), parse_result(data)
        whole = all(_is_whole(folder / shard.written.name, shard.written.sha256) for shard in result.shards)
        others = [name for shard in result.shards for name in shard.keys]
        others.extend(name for name in (result.findings_file, result.rejected_file) if name)
        return result if whole and all(_is_whole(folder / name, value["files"][name]) for name in others) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and file_sha256(path) == sha256


def keep(folder: Path, result: ChunkResult, made: Path) -> None:
    """Let what a chunk gave, which was made in the folder ``made``, appear as ``folder``."""
    names = [name for shard in result.shards for name in shard.keys]
    names.extend(name for name in (result.findings_file, result.rejected_file) if name)
    files = {name: file_sha256(made / name) for name in names}
    plain = asdict(replace(result, records=Counter(), codes=Counter()))  # it makes no dict of a counter
    value = {**plain, "folder": None, "records": result.records, "codes": result.codes, "files": files}
    with durable(made / RESULT) as file:
        file.write(json.dumps(value).encode("utf-8"))
    with failures(folder):
        if folder.exists():
            shutil.rmtree(folder)  # what stands there isn't whole
        made.rename(folder)
    fsync_folder(folder.parent)


def link(source: Path, target: Path) -> None:
    """Give a file of a chunk a second name, or where the file system can't, copy it."""
    make_folder(target.parent)
    with failures(target):
        try:
            os.link(source, target)
        except OSError:
            with source.open("rb") as file, durable(target) as copy:
                while block := file.read(2**20):
                    copy.write(block)


def sweep(store: Path, needed: Iterable[Path]) -> None:
    """Remove all chunks but those that are needed, and what killed workers left; nothing that is called otherwise."""
    names = {folder.name for folder in needed}
    with failures(store):
        for path in store.iterdir() if store.is_dir() else ():
            if path.name not in names and _MADE_HERE.fullmatch(path.name) and not path.is_symlink():
                shutil.rmtree(path)


def parse_result(data: bytes) -> ChunkResult:
    """Return the result that the bytes of a ``result.json`` tell of; its folder is not among that.

    Raises:
        ValueError, KeyError, TypeError: they tell of something else.
    """
    value: dict[str, Any] = json.loads(data)
    shards = [
        Shard(
            split=shard["split"],
            written=_written(shard["written"]),
            inputs=tuple(InputRange(**part) for part in shard["inputs"]),
            keys=tuple(shard["keys"]),
            spans=tuple(tuple(span) if span else None for span in shard["spans"]),
        )
        for shard in value["shards"]
    ]
    counts = {name: value[name] for name in ("table", "number", "read", "accepted", "rejected", "damaged")}
    return ChunkResult(
        **counts,
        records=Counter(value["records"]),
        codes=Counter(value["codes"]),
        first=[Finding(**finding) for finding in value["first"]],
        shards=shards,
        findings_file=value["findings_file"],
        rejected_file=value["rejected_file"],
    )


def _written(value: dict[str, Any]) -> WrittenShard:
    tallies = {path: Tally(**tally) for path, tally in value["tallies"].items()}
    return WrittenShard(**{**value, "tallies": tallies})
