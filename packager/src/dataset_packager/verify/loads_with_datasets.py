"""Each config loads with ``datasets``, and what it loads are the rows that the shards hold.

That is tried in a process of its own, which goes nowhere near the network or the caches of whoever verifies.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.check_result import unsound
from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.base.files import NO_LINKS, scratch_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.columns.digest import stated_types
from dataset_packager.documents.front_matter import parts_of
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.release.names import CARD
from dataset_packager.release.shipped_schemas import released_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dataset_packager.base.check_result import Told
    from dataset_packager.release.release_files import Part, Release

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY")
MEMORY_GOES_BACK = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # Arrow's own keeps what large rows took
CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_ASSETS_CACHE", "HF_XET_CACHE")


def check_loading(release: Release) -> Iterator[Told]:
    """Load each config, and the one that comes without a name, and compute the content digests of what was loaded."""
    cache = str(release.temporary / "cache")
    environment = os.environ | dict.fromkeys(OFFLINE, "1") | dict.fromkeys(CACHES, cache) | MEMORY_GOES_BACK
    with _mirror(release) as folder:
        yield from compare_loaded(release, str(folder), None, environment)


@contextmanager
def _mirror(release: Release) -> Iterator[Path]:
    """Give a folder with links to all files of a release, and with a plain path: ``datasets`` reads paths as globs."""
    with scratch_folder(plain=True) as scratch:
        mirror = scratch / release.config.name
        for top, folders, names in os.walk(release.folder):
            here = mirror / Path(top).relative_to(release.folder)
            here.mkdir(parents=True)
            # what is left out is wrong for the check of files already
            folders[:] = [name for name in folders if not (name.startswith(".") or Path(top, name).is_symlink())]
            for name in (name for name in names if not name.startswith(".")):
                _stand_for(here / name, Path(top, name).resolve())
        yield mirror


def _stand_for(path: Path, file: Path) -> None:
    """Let a file be found at ``path`` too: by a link, or where the file system has none, by a copy."""
    try:
        path.symlink_to(file)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        shutil.copyfile(file, path)


def compare_loaded(
    release: Release, source: str, revision: str | None, environment: Mapping[str, str]
) -> Iterator[Told]:
    """Load what stands at ``source``, a folder or a dataset on the Hub, and compare it with the release's shards.

    Raises:
        EnvironmentFailure: it couldn't be tried.
        ValueError: the card isn't one that others' readers should be given.
    """
    parts_of(release.text(CARD), facts_of(release))
    done = load_apart(_wanted(release, source, revision), environment, release.temporary)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{") and line.endswith("}")]
    failed = [one["failure"] for one in told if "failure" in one]
    if failed or done.returncode:
        why = failed[0] if failed else (done.stderr.splitlines() or ["nothing was said"])[-1]
        code = f" (exit code {done.returncode})" if done.returncode else ""
        raise EnvironmentFailure(f"loading with datasets came to no end{code}: {why}")
    for one, part in zip(told, release.parts.values(), strict=True):
        yield from _compare_config(release, part, one)


def load_apart(
    wanted: Mapping[str, Any], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Load what is wanted in a process of its own, in a folder; it prints a line in JSON for each config."""
    modules = os.pathsep.join(str(Path(each or ".").absolute()) for each in sys.path)
    return subprocess.run(  # noqa: S603 - this program itself
        [sys.executable, "-m", __name__],
        env={**environment, "PYTHONPATH": modules, "PYTHONIOENCODING": "utf-8"},
        input=json.dumps(wanted), encoding="utf-8", errors="replace",
        capture_output=True, check=False, cwd=folder,
    )  # fmt: skip


def load_wanted(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield for each wanted config what loading it gives, or why it doesn't load; the default comes without a name."""
    for config in wanted["configs"]:
        try:
            yield _loaded(wanted, config)
        except Exception as error:  # noqa: BLE001 - whatever it is, the config doesn't load
            if failure := failure_of_surroundings(error):
                yield {"failure": str(failure)}
                return
            yield {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}


def _compare_config(release: Release, part: Part, told: Mapping[str, Any]) -> Iterator[Told]:
    if "error" in told:
        for split in part.splits:
            yield unsound(CARD, f"{part.name}, {split}: datasets can't load it: {told['error']}")
        return
    if told["loaded"] != part.name:
        yield unsound(CARD, f"datasets loads {told['loaded']!r} without a name, not {part.name!r}")
    surplus = sorted(told["splits"].keys() - set(part.splits))
    yield from (unsound(CARD, f"{part.name}: datasets loads a split {name!r} that nobody names") for name in surplus)
    for split in part.splits:
        found = told["splits"].get(split, {"error": "there is no such split"})
        yield from _compare(release, f"{part.name}, {split}", release.shards(part, split), found)


def _wanted(release: Release, source: str, revision: str | None) -> dict[str, Any]:
    configs = [
        {
            "config": part.name,
            "by_name": part.name != release.config.default_config,
            "row_provenance": part.row_provenance,
            "types": stated_types(_columns(release, part)),
            "splits": {
                split: [release.footer(path).rows for path in release.shards(part, split)] for split in part.splits
            },
        }
        for part in release.parts.values()
    ]
    return {"source": source, "revision": revision, "configs": configs}


def _columns(release: Release, part: Part) -> pa.Schema:
    return released_plan(release.folder, part.schema, part.row_provenance, part.choices).arrow_schema


def _compare(release: Release, place: str, paths: list[str], told: Mapping[str, Any]) -> Iterator[Told]:
    if "error" in told:
        yield unsound(CARD, f"{place}: datasets can't load it: {told['error']}")
        return
    rows = sum(release.footer(path).rows for path in paths)
    yield int(told["rows"]) if told["rows"] == rows else unsound(CARD, f"{place}: datasets loads {told['rows']} rows")
    for path, digest in zip(paths, told["digests"], strict=True):
        same = release.told_shards[path]["content_digest"] == digest
        yield 0 if same else unsound(path, "datasets loads other rows than its content digest stands for")


def _loaded(wanted: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Load all splits of a config; return its name and, by split, rows and the digests of its shards' rows."""
    from datasets import load_dataset

    from dataset_packager.columns.digest import content_digest

    names = (config["config"],) if config["by_name"] else ()
    splits: dict[str, Any] = {}
    loaded = config["config"]
    for split, data in load_dataset(wanted["source"], *names, revision=wanted["revision"]).items():
        table, shards, loaded = data.data.table, config["splits"].get(split, ()), data.config_name
        begins = [sum(shards[:number]) for number in range(len(shards))]
        parts = [table.slice(begin, rows) for begin, rows in zip(begins, shards, strict=True)]
        digests = [
            content_digest(part, row_provenance=config["row_provenance"], types=config["types"]) for part in parts
        ]
        splits[split] = {"rows": table.num_rows, "digests": digests}
    return {"loaded": loaded, "splits": splits}


if __name__ == "__main__":
    for line in load_wanted(json.load(sys.stdin)):
        sys.stdout.write(json.dumps(line) + "\n")
