"""What ``datasets`` loads of configs, as content digests: ``python -m`` on this, in a process that does nothing else.

It imports ``datasets`` at once, then reads what is wanted from a line of standard input, which may come later. So it
imports little else: what began first shall not be what everything waits for. Who wants more of the rows than their
digests names a function that reads them: in forks of this process, a file of each split at a time.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.columns.arrow import no_rows
from dataset_packager.columns.digest import content_digest
from dataset_packager.engines.local import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

UNUSED = ("scipy.io",)
"""What ``datasets`` imports where it is installed, to patch it for scripts that load from the network: half a second
for what no Parquet is read with."""


@dataclass(frozen=True)
class Reading:
    """What is to be read of the rows that are loaded, and in how many processes.

    ``read`` is given one of ``tasks`` and the rows of its file, and returns what it finds, with their content digest
    as ``content``. A task has a config, a split, the number of the file in it, and what ``read`` needs to know; of a
    file that isn't read, None: then only the digest is wanted.
    """

    workers: int
    read: Callable[[Any, Stream], Any]
    tasks: tuple[tuple[str, str, int, Any], ...]


@dataclass(frozen=True)
class _File:
    """A file of a split whose rows are to be read."""

    source: str
    config: Mapping[str, Any]
    split: str
    number: int
    read: Callable[[Any, Stream], Any]
    task: Any


def load_wanted(wanted: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield for each wanted config what loading it gives, or why it doesn't load; the default comes without a name."""
    read = dict[tuple[str, str, int], dict[str, Any]]()
    try:
        if wanted.get("reading"):
            read = _read_all(wanted, Path(wanted["reading"]))
    except Exception as error:
        if failure := failure_of_surroundings(error):
            yield {"failure": str(failure)}
            return
        raise
    for config in wanted["configs"]:
        try:
            yield _loaded(wanted, config, read)
        except Exception as error:  # noqa: BLE001 - whatever it is, the config doesn't load
            if failure := failure_of_surroundings(error):
                yield {"failure": str(failure)}
                return
            yield {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]}


def found_beside(reading: Path) -> Path:
    """Return the file that gets what is found, beside the one that says what is to be read.

    It isn't printed: who reads printed lines can't be sure that nothing else of the process has printed them.
    """
    return reading.with_suffix(".found")


def _read_all(wanted: Mapping[str, Any], path: Path) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Lay down what is found; return rows and digest of each file, by config, split and number."""
    reading: Reading = pickle.loads(path.read_bytes())  # noqa: S301 - of the process that asks
    configs = {config["config"]: config for config in wanted["configs"]}

    def files() -> Iterator[_File]:
        for name, split, number, task in reading.tasks:
            yield _File(wanted["source"], configs[name], split, number, reading.read, task)
        for config in wanted["configs"]:  # while these are being read
            with suppress(Exception):  # told below
                _data(wanted["source"], *_names(config))

    with Pool(reading.workers, int) as pool:  # forks before anything is loaded, which starts threads
        read = list(pool.run(_read_file, files()))
    found_beside(path).write_bytes(pickle.dumps([file.pop("found") for file in read if file.get("found")]))
    return {(file["config"], file["split"], file["number"]): file for file in read}


def _read_file(file: _File) -> dict[str, Any]:
    """Return what is found in the rows of a file: nothing where it doesn't load, or not as one file among as many."""
    told = {"config": file.config["config"], "split": file.split, "number": file.number}
    files = file.config["splits"][file.split]
    try:
        rows = _data(file.source, *_names(file.config))[file.split]
        if rows.num_shards != len(files):
            return told
        one = rows.shard(rows.num_shards, file.number)
        stream = _stream(one, streaming=True)
        found = None if file.task is None else file.read(file.task, stream)
        digest = found and found.content
        if digest is None:
            stream = _stream(one, streaming=True)
            digest = _digest(stream, files[file.number], file.config)
    except Exception as error:
        if failure := failure_of_surroundings(error):
            raise failure from error
        return told  # whoever loads all of the split meets it, too
    return told | {"rows": stream.finish(), "digest": digest, "found": found}


def _names(config: Mapping[str, Any]) -> tuple[str, ...]:
    return (config["config"],) if config["by_name"] else ()


@lru_cache
def _data(source: str, *names: str) -> Any:
    """Load a folder; its rows are streamed, since nobody needs them laid down again."""
    from datasets import load_dataset

    return load_dataset(source, *names, streaming=True)


def _loaded(
    wanted: Mapping[str, Any], config: Mapping[str, Any], read: Mapping[tuple[str, str, int], Mapping[str, Any]]
) -> dict[str, Any]:
    """Load all splits of a config; return its name and, by split, rows and the digests of its shards' rows.

    ``read`` is what was found already in rows of a folder, file by file.
    """
    from datasets import load_dataset

    splits: dict[str, Any] = {}
    loaded, streaming = config["config"], wanted["revision"] is None
    if streaming:
        data = _data(wanted["source"], *_names(config))
    else:
        data = load_dataset(wanted["source"], *_names(config), revision=wanted["revision"])
    for split, rows in data.items():
        loaded, wanted_rows = rows.config_name, config["splits"].get(split, ())
        files = [read.get((config["config"], split, number), {}) for number in range(len(wanted_rows))]
        if files and all("digest" in file for file in files):
            splits[split] = {
                "rows": sum(file["rows"] for file in files), "digests": [file["digest"] for file in files]
            }  # fmt: skip
        else:
            stream = _stream(rows, streaming=streaming)
            digests = [_digest(stream, shard, config) for shard in wanted_rows]
            splits[split] = {"rows": stream.finish(), "digests": digests}
    if streaming:
        _compare_sizes(data, {split: told["rows"] for split, told in splits.items()})
    return {"loaded": loaded, "splits": splits}


def _digest(stream: Stream, rows: int, config: Mapping[str, Any]) -> str:
    return content_digest(stream.take(rows), row_provenance=config["row_provenance"], types=config["types"])


def _stream(rows: Any, *, streaming: bool) -> Stream:
    """Return the tables of a split as its reader gives them: cut to a number of rows they could pile up in memory."""
    if not streaming:
        return Stream([rows.data.table], rows.features.arrow_schema)
    read = rows._ex_iterable.iter_arrow()  # nothing public gives them uncut
    return Stream((table for _, table in read), rows.features.arrow_schema)


def _compare_sizes(data: Mapping[str, Any], rows: Mapping[str, int]) -> None:
    """Hold the rows of each split against the card's, as ``datasets`` does unless rows are streamed."""
    from datasets import SplitInfo
    from datasets.utils.info_utils import verify_splits

    for stated in {id(one.info): one.info.splits for one in data.values()}.values():
        verify_splits(stated, {split: SplitInfo(split, num_examples=number) for split, number in rows.items()})


class Stream:
    """The rows of tables in order, of which as many are taken as a shard has; it holds one table at a time.

    ``schema`` is that of the tables, and ``seconds`` those that went into reading them.
    """

    def __init__(self, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
        self._tables, self.schema = iter(tables), schema
        self._rest: pa.Table | None = None
        self._rows = 0
        self.seconds = 0.0

    def take(self, rows: int) -> Iterator[pa.Table]:
        """Yield the next rows, as tables, one at least; fewer rows where there are no more."""
        self._fill()
        if self._rest is None:
            yield no_rows(self.schema)
        while self._rest is not None:
            part, rest = self._rest.slice(0, rows), self._rest.slice(rows)
            self._rest = rest if rest.num_rows else None
            rows -= part.num_rows
            self._rows += part.num_rows
            yield part
            del part, rest
            if not rows:
                return
            self._fill()

    def _fill(self) -> None:
        if self._rest is None:
            begun = time.perf_counter()
            self._rest = next(self._tables, None)
            self.seconds += time.perf_counter() - begun

    def finish(self) -> int:
        """Return how many rows there were, with those that nobody took."""
        left = 0 if self._rest is None else self._rest.num_rows
        return self._rows + left + sum(int(table.num_rows) for table in self._tables)


def main() -> None:
    """Import, wait for what is wanted, and print a line in JSON for each config."""
    absent: dict[str, Any] = dict.fromkeys(UNUSED)
    sys.modules.update(absent)
    gc.disable()  # what is imported stays, and to look through it again and again takes an eighth of the time
    with suppress(Exception):  # what is wrong with it is told of each config
        import_module("datasets")
    gc.freeze()
    gc.enable()
    for line in sys.stdin:
        wanted = json.loads(line)
        if "reading" not in wanted:
            pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what large rows took
        for told in load_wanted(wanted):
            sys.stdout.write(json.dumps(told) + "\n")
        break
    gc.freeze()  # the process ends: Python would look through all that there is before it lets go of it


if __name__ == "__main__":
    main()
