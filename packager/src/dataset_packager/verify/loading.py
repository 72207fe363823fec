"""Each config loads with ``datasets``, and what it loads are the rows that the shards hold.

That is tried in a process of its own, which goes nowhere near the network or the caches of whoever verifies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.release.reader import Release
    from dataset_packager.verify.proof import Told

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY")
CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_ASSETS_CACHE", "HF_XET_CACHE")


def check_loading(release: Release) -> Iterator[Told]:
    """Load each split of each config, and compute the content digests of its shards' rows from what was loaded."""
    cache = str(release.temporary / "cache")
    environment = os.environ | dict.fromkeys(OFFLINE, "1") | dict.fromkeys(CACHES, cache)
    yield from compare_loaded(release, str(release.folder.resolve()), None, environment)


def compare_loaded(
    release: Release, source: str, revision: str | None, environment: Mapping[str, str]
) -> Iterator[Told]:
    """Load what stands at ``source``, a folder or a dataset on the Hub, and compare it with the release's shards."""
    modules = os.pathsep.join(str(Path(folder or ".").absolute()) for folder in sys.path)
    done = subprocess.run(  # noqa: S603 - this program itself
        [sys.executable, "-m", __name__],
        env={**environment, "PYTHONPATH": modules}, input=json.dumps(_wanted(release, source, revision)),
        capture_output=True, text=True, check=False, cwd=release.temporary,
    )  # fmt: skip
    found = {(told["config"], told["split"]): told for told in map(json.loads, done.stdout.splitlines())}
    for name, part in release.parts.items():
        for split in part.splits:
            paths = release.shards(part, split)
            told = found.get((name, split), {"error": (done.stderr.splitlines() or ["it didn't load"])[-1]})
            yield from _compare(release, f"{name}, {split}", paths, told)


def _wanted(release: Release, source: str, revision: str | None) -> dict[str, Any]:
    configs = [
        {
            "config": part.name,
            "row_provenance": part.row_provenance,
            "splits": {
                split: [release.footer(path).rows for path in release.shards(part, split)] for split in part.splits
            },
        }
        for part in release.parts.values()
    ]
    return {"source": source, "revision": revision, "configs": configs}


def _compare(release: Release, place: str, paths: list[str], told: Mapping[str, Any]) -> Iterator[Told]:
    if "error" in told:
        yield f"README.md: {place}: datasets can't load it: {told['error']}"
        return
    rows = sum(release.footer(path).rows for path in paths)
    yield int(told["rows"]) if told["rows"] == rows else f"README.md: {place}: datasets loads {told['rows']} rows"
    for path, digest in zip(paths, told["digests"], strict=True):
        same = release.told_shards[path]["content_digest"] == digest
        yield 0 if same else f"{path}: datasets loads other rows than its content digest stands for"


def _load(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield for each wanted split the rows and content digests that loading it gives, or why it doesn't load."""
    from datasets import load_dataset

    from dataset_packager.columns.digest import content_digest

    for config in wanted["configs"]:
        for split, shards in config["splits"].items():
            told: dict[str, Any] = {"config": config["config"], "split": split}
            try:
                table = load_dataset(
                    wanted["source"], config["config"], split=split, revision=wanted["revision"]
                ).data.table
                begins = [sum(shards[:number]) for number in range(len(shards))]
                parts = [table.slice(begin, rows) for begin, rows in zip(begins, shards, strict=True)]
                digests = [content_digest(part, row_provenance=config["row_provenance"]) for part in parts]
                told |= {"rows": table.num_rows, "digests": digests}
            except Exception as error:  # noqa: BLE001 - whatever it is, the config doesn't load
                told["error"] = f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
            yield told


if __name__ == "__main__":
    for line in _load(json.load(sys.stdin)):
        sys.stdout.write(json.dumps(line) + "\n")
