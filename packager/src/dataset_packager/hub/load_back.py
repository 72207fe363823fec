"""Loading back what was published, into caches of its own, and comparing it with what was sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from huggingface_hub import constants

from dataset_packager.base.check_result import Proof
from dataset_packager.base.files import file_sha256, scratch_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.release.folder_digest import release_files
from dataset_packager.release.release_files import Release as OpenedRelease
from dataset_packager.verify.loads_with_datasets import compare_loaded

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.hub.repository import Repository
    from dataset_packager.hub.upload_plan import Release


def check_arrival(release: Release, repository: Repository, revision: str) -> tuple[int, int]:
    """Load a revision back; return how many files came with the same SHA-256, and how many rows load.

    Raises:
        EnvironmentFailure: something else arrived.
    """
    with scratch_folder() as temporary:
        cache = temporary / "hub"
        folder = repository.download(repository.head(revision).commit, cache)
        found = {path: file_sha256(folder / path) for path in release_files(folder)}
        wrong = sorted(path for path, _ in release.hashes.items() ^ found.items())
        if wrong:
            raise EnvironmentFailure(f"{repository.repo}@{revision}: {wrong[0]} is not what was sent: look at it there")
        proof = Proof("loading")
        opened = OpenedRelease(release.folder, temporary)
        proof.take(compare_loaded(opened, repository.repo, revision, _environment(cache)))
    if proof.wrong:
        problem = f"{proof.problems[0]}: look at the dataset there"
        raise EnvironmentFailure(f"{repository.repo}@{revision}: does not load as it should: {problem}")
    return len(found), proof.proven


def _environment(cache: Path) -> dict[str, str]:
    """Return the variables of a process that loads: caches of its own, and the token that is used here."""
    caches = dict.fromkeys(
        ("HF_HOME", "HF_DATASETS_CACHE", "HF_ASSETS_CACHE", "HF_XET_CACHE"), str(cache.parent / "home")
    )
    own = {"HF_HUB_CACHE": str(cache), "HF_TOKEN_PATH": constants.HF_TOKEN_PATH, "HF_ENDPOINT": constants.ENDPOINT}
    online = {"HF_HUB_OFFLINE": "0", "HF_DATASETS_OFFLINE": "0", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    return dict(os.environ) | caches | own | online
