"""Verifying a release that stands on the Hub: all its files are fetched afresh, then all is done as for a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.check_result import unsound
from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import SetupError
from dataset_packager.documents.card import repo_of
from dataset_packager.hub.repository import Address, Repository
from dataset_packager.hub.upload_plan import Release, compared
from dataset_packager.release.names import CARD, CONFIGURATION
from dataset_packager.release.release_files import Release as OpenedRelease
from dataset_packager.verify import Proof, Verification, verify_release

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.hub.repository import RemoteFile


def verify_on_hub(address: Address, *, workers: int = 1) -> Verification:
    """Check the release that a revision holds, as a folder's, and that it is what the Hub lists and the tag says.

    Raises:
        SetupError: there is no release at that address.
        EnvironmentFailure: it can't be fetched.
    """
    repository = Repository(address.repo)
    commit = repository.head(address.revision).commit
    listed = repository.files(commit)
    if CONFIGURATION not in listed:
        raise SetupError(f"{address}: no release: {CONFIGURATION} is missing: name the dataset and tag of a release")
    with scratch_folder() as temporary:
        folder = temporary / "release"
        repository.copy(commit, folder)
        proof = Proof("hub")
        proof.take(_check(folder, address, listed))
        return Verification([proof, *verify_release(folder, full=True, workers=workers).proofs])


def _check(folder: Path, address: Address, listed: Mapping[str, RemoteFile]) -> Iterator[Told]:
    """Compare what came with what the Hub lists, and a tag that reads like a version with the release's version."""
    differing = compared(Release(folder, address.repo, ""), listed)
    yield len(differing.unchanged)
    yield from (unsound(path, "is not what the Hub lists") for path in (*differing.sent, *differing.deleted))
    try:
        opened = OpenedRelease(folder, folder)
        version, repo = opened.config.version, repo_of(opened.text(CARD))
    except (ValueError, OSError):
        return  # the check of the files says what is wrong
    elsewhere = repo is not None and repo.casefold() != address.repo.casefold()
    yield unsound(CARD, f"its code loads {repo}, and it stands at {address.repo}") if elsewhere else 1
    wrong = address.revision[:1] == "v" and address.revision[1:2].isdecimal() and address.revision != f"v{version}"
    yield unsound(CONFIGURATION, f"is version {version}, but stands at {address.revision}") if wrong else 1
