"""Verifying a release cold, from its folder alone: what was proven, and what is wrong.

Whoever changes a release and all that it says of itself makes another release, which is as sound as this one: that
can't be seen from within. What binds a release to its makers lies outside: a tag on the Hub, a signature, the SHA-256
of ``tagmanifest-sha256.txt``, or the records, of which the provenance has the hashes. ``docs/verification.md`` says
what each check proves.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from dataset_packager.base.check_result import RELEASE, Proof, Verification, unsound
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.base.text import cause
from dataset_packager.documents.document import documents
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.release_files import Release, resolved
from dataset_packager.verify.files import check_manifests
from dataset_packager.verify.footers import check_footers
from dataset_packager.verify.loads_with_datasets import Loading, check_loading
from dataset_packager.verify.relations import check_relations, check_views
from dataset_packager.verify.rows import (
    READING,
    check_bytes,
    check_content,
    check_linked,
    check_places,
    check_records,
    check_splits,
    has_large_row,
    largest_first,
    pool_of,
    processes_of,
    read_rows,
    tasks_of,
)
from dataset_packager.verify.shard_scan import LOADING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.document import Document
    from dataset_packager.verify.shard_rows import ShardTask

    Check = Callable[[Release], Iterator[Told]]


def _of_rows(document: Document) -> Check:
    """Return the check of a document that all rows are read for."""

    def check(release: Release) -> Iterator[Told]:
        read_rows(release)
        yield from document.check(release)

    return check


QUICK: Mapping[str, Check] = {
    "files": check_manifests,
    **{document.name: document.check for document in documents() if document.quick and document.last},
    "footers": check_footers,
    **{document.name: document.check for document in documents() if document.quick and not document.last},
}
FULL: Mapping[str, Check] = {
    "bytes": check_bytes,
    "linked files": check_linked,
    "records": check_records,
    "places": check_places,
    "splits": check_splits,
    "keys": check_relations,
    "views": check_views,
    **{document.name: _of_rows(document) for document in documents() if not document.quick},
    "content digests": check_content,
    "loading": check_loading,
}


def verify_release(
    folder: Path, *, full: bool, workers: int = 1, begin: Callable[[str], object] = str,
    then: Callable[[Release], object] = bool, own: bool = False,
) -> Verification:  # fmt: skip
    """Check a release; ``full`` reads all its rows, in ``workers`` processes, in memory that its size doesn't change.

    ``begin`` is told the name of each check before it begins. A link to a release is followed once: what becomes of the
    link meanwhile doesn't matter. Where the machine fails, no further check is tried. ``then`` is called with a release
    that is sound, while what was read of it is known. ``own`` is one that this process has just made.

    Raises:
        SetupError: there is no release in the folder.
        EnvironmentFailure: the folder can't be read, or changed meanwhile, so that nothing can be said of it.
    """
    place = resolved(folder)
    before = _listing(place)
    proofs = []
    with scratch_folder(plain=True) as temporary, ExitStack() as stack:
        release = Release(place, temporary, workers, own=own)
        if full and workers > 1:
            _start_ahead(release, stack)
        checks = {**QUICK, **FULL} if full else QUICK
        for name, check in checks.items():
            if name == next(iter(FULL)) and LOADING in release.processes:
                with suppress(Exception):  # its own check asks again, and tells
                    if not has_large_row(release):  # memory has room for one after the other
                        release.processes[LOADING].ask(_read_as_they_load(release))
            begin(name)
            proofs.append(prove(name, check, release))
            if proofs[-1].unchecked:
                break
        if not any(proof.wrong or proof.unchecked for proof in proofs):
            then(release)
    for proof in proofs:  # rows are read once for all checks that need them
        proof.seconds = (proof.seconds or 0) + release.booked.get(proof.check, 0)
    if _listing(place) != before:
        raise EnvironmentFailure(
            f"{folder}: changed while it was verified: let it rest, then run the same command again"
        )
    return Verification(proofs)


def _read_as_they_load(release: Release) -> Sequence[ShardTask]:
    """Return the shards whose rows are read as they load: none where bytes can't show that they are the shard's.

    The largest are left for the processes that have nothing else to do while ``datasets`` is being imported: one each.
    """
    tasks = largest_first(tasks_of(release))
    return tasks[processes_of(release, len(tasks)) :] if release.same_versions else ()


def _start_ahead(release: Release, stack: ExitStack) -> None:
    """Start the processes of checks that come later: they get ready meanwhile, as forks where that is possible.

    A pool has threads, so it comes last. What the system refuses, the check itself tells.
    """
    with suppress(OSError, RuntimeError):
        release.processes[LOADING] = stack.enter_context(Loading(release))
        release.processes[READING] = stack.enter_context(pool_of(release))


def prove(name: str, check: Check, release: Release) -> Proof:
    """Run a check. That it can't go on is one more problem: a damaged release gets a verdict, never a traceback.

    But where the machine fails, that says nothing about the release.
    """
    proof, begun, before = Proof(name), time.monotonic(), sum(release.booked.values())
    try:
        proof.take(check(release))
    except Exception as error:  # noqa: BLE001 - nobody can list what a damaged or hostile file makes a reader raise
        failure = failure_of_surroundings(error)
        if failure is None and not release.temporary.is_dir():
            failure = EnvironmentFailure(f"{release.temporary}: it vanished while it was needed: let it stand")
        if failure is None:
            proof.take([unsound(RELEASE, f"can't be checked further: {cause(error)}")])
        else:
            proof.unchecked = str(failure)
    proof.seconds = time.monotonic() - begun - (sum(release.booked.values()) - before)
    return proof


def _listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what tells of each file of a release whether it is still the same one."""
    with suppress(FileNotFoundError):  # it goes away
        found = {name: (folder / name).stat() for name in release_files(folder)}
        return {name: (told.st_ino, told.st_size, told.st_mtime_ns) for name, told in found.items()}
    return {}


__all__ = ["Proof", "Verification", "prove", "verify_release"]
