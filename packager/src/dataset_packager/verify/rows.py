"""All rows of a release, read once: content digests, records, places, splits, and the values of keys laid down."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.check_result import unsound
from dataset_packager.base.findings import PackagerError
from dataset_packager.documents.write_documents import load_documents
from dataset_packager.engines.local import Pool
from dataset_packager.release import bag
from dataset_packager.release.contents import digest_of
from dataset_packager.release.names import PROVENANCE
from dataset_packager.shards.key_columns import wanted_keys
from dataset_packager.shards.large_rows import LARGE
from dataset_packager.shards.large_rows import has_large_row as holds_large_row
from dataset_packager.verify.keys_later import laid_down, later_key
from dataset_packager.verify.shard_rows import ShardRows, ShardTask
from dataset_packager.verify.shard_scan import LOADING, read_shard, ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.release.release_files import Part, Release


READING = "reading"  # the processes among those of a release, and those of LOADING
WORTH_A_PROCESS = 4 * 2**20  # bytes of Parquet


def read_rows(release: Release) -> dict[str, ShardRows]:
    """Return what the rows of each shard show, by the shard's path; they are read when this is called first.

    Those of a shard that is sound as ``datasets`` loads it aren't read once more: they are its own, since they give its
    bytes. Every other shard is read by itself, which tells whether it is at fault, or its loading; as many as there are
    processes meanwhile are read by themselves at once, since ``datasets`` is being imported then.
    """
    if not release.rows:
        begun = time.monotonic()
        with suppress(Exception):  # what documents need to be made again; their checks meet it, too, and tell
            load_documents(release.config)
        tasks, found = largest_first(tasks_of(release)), dict[str, ShardRows]()
        loading = release.processes.get(LOADING)
        ahead = [task for task in tasks if not loading or task.path not in loading.reads]
        with release.processes.get(READING) or Pool(processes_of(release, len(tasks)), ready) as pool:
            found.update((shard.path, shard) for shard in pool.run(read_shard, ahead))
            found.update((shard.path, shard) for shard in _loaded(release) if _is_sound(release, shard))
            left = [task for task in tasks if task.path not in found]
            found.update((shard.path, shard) for shard in pool.run(read_shard, left))
        release.rows.update((task.path, found[task.path]) for task in tasks_of(release))
        _book(release, list(found.values()), time.monotonic() - begun)
    return release.rows


def _loaded(release: Release) -> list[ShardRows]:
    """Return what was found in the rows that ``datasets`` has loaded, where it was asked before."""
    with suppress(Exception):  # its own check tells
        return list(release.processes[LOADING].rows())
    return []


def _is_sound(release: Release, shard: ShardRows) -> bool:
    told = release.told_shards.get(shard.path, {}).get("content_digest")
    faults = any(proof.wrong or proof.unchecked for proof in shard.proofs.values())
    return shard.complete and not faults and bool(shard.proofs["bytes"].proven) and shard.content == told


def largest_first(tasks: Iterable[ShardTask]) -> list[ShardTask]:
    """Return tasks in an order in which nobody waits long for the last."""
    return sorted(tasks, key=lambda task: -(task.folder / task.path).stat().st_size)


def lay_down_keys(release: Release, name: str) -> None:
    """Lay down the values of a table's key that were left for later."""
    rows = read_rows(release)
    tasks = [task for task in _tasks_of_part(release, release.parts[name]) if rows[task.path].complete]
    with Pool(processes_of(release, len(tasks)), ready) as pool:
        for path, file in pool.run(laid_down, tasks):
            rows[path].keys[release.config.table[name].key] = file


def pool_of(release: Release) -> Pool:
    """Return the processes that will read the rows, forks of this one as long as it has no threads."""
    return Pool(processes_of(release, sum(map(bag.is_payload, release.files))), ready, at_once=False)


def has_large_row(release: Release) -> bool:
    """Say whether a row is so large, by its files, that memory has room for one of its readers only."""
    shards = (release.folder / path for path in release.files if bag.is_payload(path))
    large = (path for path in shards if path.suffix == ".parquet" and path.stat().st_size > LARGE)
    return any(holds_large_row(pq.read_metadata(path)) for path in large)


def processes_of(release: Release, shards: int) -> int:
    """Return how many processes read; what a large row takes goes back to the system with the process that read it."""
    with suppress(pa.ArrowException):  # a damaged shard
        if has_large_row(release):
            return max(_workers(release), 2)
    return min(_workers(release), shards)


def _book(release: Release, shards: list[ShardRows], seconds: float) -> None:
    """Share the seconds that the reading took out among the checks that it was for, by the work that each made."""
    worked: dict[str, float] = {}
    for check, part in (each for shard in shards for each in shard.seconds.items()):
        worked[check] = worked.get(check, 0) + part
    whole = sum(worked.values())
    release.booked.update((check, seconds * part / whole) for check, part in worked.items() if whole)


def _workers(release: Release) -> int:
    """Return how many processes are worth their start."""
    size = sum((release.folder / path).stat().st_size for path in release.files if bag.is_payload(path))
    return min(release.workers, 1 + size // WORTH_A_PROCESS)


def tasks_of(release: Release) -> Iterator[ShardTask]:
    """Yield what is to be read, shard by shard."""
    for part in release.parts.values():
        yield from _tasks_of_part(release, part)


def _tasks_of_part(release: Release, part: Part) -> Iterator[ShardTask]:
    keys = () if part.is_view else wanted_keys(release.config.tables)[part.name]
    for split in part.splits:
        for path in release.shards(part, split):
            inputs = release.told_shards.get(path, {}).get("inputs", ())
            spans = tuple((span["file"], span["first_line"], span["last_line"]) for span in inputs)
            table = None if part.is_view else release.config.table[part.name]
            splits, key = (table.splits, table.key) if table else (None, ())
            told = release.sha256(path), release.same_versions, _is_bounded(release, path)
            later = later_key(release.config.tables, table) if table else ()
            yield ShardTask(
                release.folder, path, part, split, splits, key, keys, spans, release.temporary, *told, later
            )


def _is_bounded(release: Release, path: str) -> bool:
    """Say whether a shard's footer could be read, and so whether what its row groups take in memory was looked at."""
    try:
        release.footer(path)
    except PackagerError:  # the shard's reader meets it, too, and tells
        return False
    return True


def check_content(release: Release) -> Iterator[Told]:
    """Compute the content digests of shards and tables again from the rows."""
    rows = read_rows(release)
    for path, shard in rows.items():
        told = release.told_shards.get(path, {}).get("content_digest")
        if shard.content is None:
            yield unsound(path, "its rows can't be read, so there is no content digest")
        else:
            same = shard.content == told
            yield 1 if same else unsound(path, f"its rows have another content digest than {PROVENANCE} says")
    for table in release.told_tables:
        digests = [rows[shard["path"]].content for shard in table["shards"] if shard["path"] in rows]
        digest = digest_of(digest for digest in digests if digest is not None)
        same = digest == table["content_digest"]
        yield 1 if same else unsound(f"data/{table['name']}", f"the table's content digest is not that of {PROVENANCE}")


def check_linked(release: Release) -> Iterator[Told]:
    """Check that the bytes of each file in rows are those that the provenance says it had."""
    inputs = release.inputs
    for path, shard in read_rows(release).items():
        for name, sha256 in sorted(shard.linked, key=str):
            if sha256 is None:
                yield unsound(path, f"a row names {name} and has no bytes of it")
            else:
                same = inputs.get(name) == sha256
                yield 1 if same else unsound(path, f"the bytes of {name} are not those of {PROVENANCE}")


def check_records(release: Release) -> Iterator[Told]:
    """Read each record back and hold it against the shipped JSON Schema."""
    return _told(release, "records")


def check_bytes(release: Release) -> Iterator[Told]:
    """Write each shard again from its rows: all that its footer says of them then follows from them."""
    return _told(release, "bytes")


def check_splits(release: Release) -> Iterator[Told]:
    """Check that each row is in the split that its group falls into, so that no group is in two of them."""
    return _told(release, "splits")


def check_places(release: Release) -> Iterator[Told]:
    """Check that each row comes from a line that the provenance counts among its shard's input, in order."""
    yield from _told(release, "places")
    rows = read_rows(release)
    for part in release.parts.values():
        for split in part.splits:
            yield from _check_sequence([rows[path] for path in release.shards(part, split) if path in rows])


def _check_sequence(shards: list[ShardRows]) -> Iterator[Told]:
    last: tuple[str, int] | None = None
    for shard in shards:
        if last and shard.first and shard.first <= last:
            yield unsound(shard.path, f"begins at {shard.first[0]}:{shard.first[1]}, before its predecessor's end")
        last = shard.last or last


def _told(release: Release, check: str) -> Iterator[Told]:
    for shard in read_rows(release).values():
        yield shard.proofs[check]
