"""Verifying a release cold, from its folder alone: what was proven, and what is wrong.

Whoever changes a release and all that it says of itself makes another release, which is as sound as this one: that
can't be seen from within. What binds a release to its makers lies outside: a tag on the Hub, a signature, the SHA-256
of ``tagmanifest-sha256.txt``, or the records, of which the provenance has the hashes. ``docs/verification.md`` says
what each check proves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import SetupError
from dataset_packager.release.names import CONFIGURATION
from dataset_packager.release.reader import Release
from dataset_packager.verify.card import check_card
from dataset_packager.verify.documents import check_croissant, check_datasheet
from dataset_packager.verify.files import check_manifests
from dataset_packager.verify.footers import check_footers
from dataset_packager.verify.loading import check_loading
from dataset_packager.verify.proof import Check, Proof, Verification, prove
from dataset_packager.verify.provenance import check_provenance
from dataset_packager.verify.relations import check_relations, check_views
from dataset_packager.verify.rows import check_content, check_places, check_records, check_splits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

QUICK: Mapping[str, Check] = {
    "files": check_manifests,
    "provenance": check_provenance,
    "footers": check_footers,
    "card": check_card,
}
FULL: Mapping[str, Check] = {
    "croissant": check_croissant,
    "content digests": check_content,
    "records": check_records,
    "places": check_places,
    "splits": check_splits,
    "datasheet": check_datasheet,
    "keys": check_relations,
    "views": check_views,
    "loading": check_loading,
}


def verify_release(folder: Path, *, full: bool, workers: int = 1, begin: Callable[[str], object] = str) -> Verification:
    """Check a release; ``full`` reads all its rows, in ``workers`` processes, in memory that its size doesn't change.

    ``begin`` is told the name of each check before it begins.

    Raises:
        SetupError: there is no release in the folder.
    """
    if not (folder / CONFIGURATION).is_file():
        raise SetupError(f"{folder}: no release: {CONFIGURATION} is missing: name the folder of a release")
    with scratch_folder() as temporary:
        release = Release(folder, temporary, workers)
        checks = {**QUICK, **FULL} if full else QUICK
        proofs = []
        for name, check in checks.items():
            begin(name)
            proofs.append(prove(name, check, release))
        return Verification(proofs)


__all__ = ["Proof", "Verification", "verify_release"]
