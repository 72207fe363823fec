"""Each config loads with ``datasets``, and what it loads are the rows that the shards hold.

That is tried in a process of its own, which goes nowhere near the network or the caches of whoever verifies.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.check_result import unsound
from dataset_packager.base.files import NO_LINKS, scratch_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.columns import loader
from dataset_packager.columns.digest import stated_types
from dataset_packager.columns.loaded_digests import Reading, found_beside
from dataset_packager.columns.loader import loader_begun
from dataset_packager.documents.front_matter import parts_of
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.release.names import CARD
from dataset_packager.release.shipped_schemas import released_plan
from dataset_packager.verify.rows import processes_of
from dataset_packager.verify.shard_scan import LOADING, read_loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from dataset_packager.base.check_result import Told
    from dataset_packager.release.release_files import Part, Release
    from dataset_packager.verify.shard_rows import ShardRows, ShardTask


class Loading:
    """What ``datasets`` loads of a release, offline and with empty caches; that may begin before its check does."""

    def __init__(self, release: Release) -> None:
        self._release, self._stack = release, ExitStack()
        self._asked, self.reads = False, frozenset[str]()
        self._path = release.temporary.absolute() / "reading.pickle"
        self._loader = self._stack.enter_context(closing(loader.offline_loader(release.temporary)))

    def __enter__(self) -> Loading:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, tasks: Sequence[ShardTask] = ()) -> None:
        """Let it load, unless it does already; these shards' rows, named by ``reads``, are then read as they come.

        Raises:
            ValueError: the card isn't one that others' readers should be given.
        """
        if not self._asked:
            wanted = _wanted(self._release, str(self._stack.enter_context(_mirror(self._release))), None)
            if tasks:
                self._lay_down(tasks)
                wanted["reading"], self.reads = str(self._path), frozenset(task.path for task in tasks)
            self._loader.ask(wanted)
            self._asked = True

    def _lay_down(self, tasks: Sequence[ShardTask]) -> None:
        """Lay down which shards are to be read, and how; of the others only the digest is wanted, last."""
        release = self._release
        order = {task.path: number for number, task in enumerate(tasks)}
        files = [
            (part.name, split, number, tasks[order[shard]] if shard in order else None)
            for part in release.parts.values()
            for split in part.splits
            for number, shard in enumerate(release.shards(part, split))
        ]
        files.sort(key=lambda file: order[file[-1].path] if file[-1] else len(order))
        self._path.write_bytes(pickle.dumps(Reading(processes_of(release, len(files)), read_loaded, tuple(files))))

    def rows(self) -> Iterator[ShardRows]:
        """Yield what was found in the rows of the shards that were to be read.

        Raises:
            EnvironmentFailure: it came to no end.
        """
        if self.reads and _answers(self._loader):
            yield from pickle.loads(found_beside(self._path).read_bytes())  # noqa: S301 - our own process wrote it

    def compare(self) -> Iterator[Told]:
        """Compare what it has loaded with the shards."""
        yield from _compare_all(self._release, self._loader)


def check_loading(release: Release) -> Iterator[Told]:
    """Load each config, and the one that comes without a name, and compare the content digests of what was loaded."""
    with release.processes.get(LOADING) or Loading(release) as loading:
        loading.ask()
        yield from loading.compare()


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
    with closing(loader.Loader(environment, release.temporary)) as process:
        process.ask(_wanted(release, source, revision))
        yield from _compare_all(release, process)


def _compare_all(release: Release, process: loader.Loader) -> Iterator[Told]:
    for one, part in zip(_answers(process), release.parts.values(), strict=True):
        yield from _compare_config(release, part, one)


def _answers(process: loader.Loader) -> list[dict[str, Any]]:
    code, printed, complained = process.answer()
    told = [json.loads(line) for line in printed.splitlines() if line.startswith("{") and line.endswith("}")]
    failed = [one["failure"] for one in told if "failure" in one]
    if failed or code:
        why = failed[0] if failed else (complained.splitlines() or ["nothing was said"])[-1]
        said = f" (exit code {code})" if code else ""
        raise EnvironmentFailure(f"loading with datasets came to no end{said}: {why}")
    return told


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
    parts_of(release.text(CARD), facts_of(release))  # else others' readers aren't given it
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


__all__ = ["Loading", "check_loading", "compare_loaded", "loader_begun"]
