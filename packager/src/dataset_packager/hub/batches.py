"""Large releases: their files go up in batches onto a branch of their own, and are looked at there before main moves.

What stands on the branch already isn't sent again, so a run that was killed is finished by the next one; the branch is
called after the content, so that another release never goes on with it. Main then refers to the same objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.hub.upload_plan import compared
from dataset_packager.release.names import TAG_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataset_packager.hub.repository import Repository
    from dataset_packager.hub.upload_plan import Release

FEW_FILES, FEW_BYTES = 100, 5 * 10**9
"""A release with more than that goes up in batches, none of which has more, unless a single file has."""


def is_large(release: Release, paths: Sequence[str]) -> bool:
    """Say whether files are too many, or too large, for one commit that carries all of them."""
    return len(paths) > FEW_FILES or sum(map(release.size, paths)) > FEW_BYTES


def branch_of(release: Release) -> str:
    """Return the name of the branch that a release's files go up onto."""
    return f"upload-{release.tag}-{release.hashes[TAG_MANIFEST][:12]}"


def batches(release: Release, paths: Sequence[str]) -> Iterator[list[str]]:
    """Yield paths in their order, so many at a time as one commit carries."""
    batch: list[str] = []
    size = 0
    for path in paths:
        if batch and (len(batch) >= FEW_FILES or size + release.size(path) > FEW_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += release.size(path)
    if batch:
        yield batch


def way_of(release: Release, paths: Sequence[str]) -> str:
    """Return in words how files are sent."""
    if not is_large(release, paths):
        return "as one commit"
    parts = sum(1 for _ in batches(release, paths))
    return f"in {parts} batches onto a branch, which main then has by one commit"


def stage(release: Release, repository: Repository, parent: str, say: Callable[[str], object]) -> None:
    """Bring the branch of a release to hold exactly its files, each batch in a commit; it begins at ``parent``.

    Raises:
        SetupError: the token doesn't allow it.
        EnvironmentFailure: the Hub or the way to it failed; what arrived stays there.
    """
    branch = branch_of(release)
    if branch not in repository.branches():
        repository.create_branch(branch, parent)
    plan = compared(release, repository.files(branch))
    if not plan:
        return
    if plan.unchanged:
        say(f"{len(plan.unchanged)} files stand on {branch} already")
    parts = list(batches(release, plan.sent)) or [[]]
    for number, paths in enumerate(parts, 1):
        files = {path: release.file(path) for path in paths}
        deleted = plan.deleted if number == 1 else ()
        head = repository.head(branch).commit
        repository.commit(files, deleted, f"Upload {release.version}", "", head, pull_request=False, branch=branch)
        say(f"batch {number} of {len(parts)}: {len(paths)} files are on {branch}")
