"""What ``datasets`` loads of configs, as content digests: ``python -m`` on this, in a process that does nothing else.

It imports ``datasets`` at once, then reads what is wanted from a line of standard input, which may come later. So it
imports little else: what began first shall not be what everything waits for.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.columns.arrow import no_rows
from dataset_packager.columns.digest import content_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

UNUSED = ("scipy.io",)
"""What ``datasets`` imports where it is installed, to patch it for scripts that load from the network: half a second
for what no Parquet is read with."""


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


def _loaded(wanted: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Load all splits of a config; return its name and, by split, rows and the digests of its shards' rows.

    A folder's rows are streamed: the same reader gives them under the same features, but nobody lays them down again.
    """
    from datasets import load_dataset

    names = (config["config"],) if config["by_name"] else ()
    splits: dict[str, Any] = {}
    seconds = 0.0
    loaded, streaming = config["config"], wanted["revision"] is None
    data = load_dataset(wanted["source"], *names, revision=wanted["revision"], streaming=streaming)
    for split, rows in data.items():
        loaded, stream, begun = rows.config_name, _stream(rows, streaming=streaming), time.perf_counter()
        digests = [
            content_digest(stream.take(shard), row_provenance=config["row_provenance"], types=config["types"])
            for shard in config["splits"].get(split, ())
        ]
        seconds += time.perf_counter() - begun - stream.seconds
        splits[split] = {"rows": stream.finish(), "digests": digests}
    if streaming:
        _compare_sizes(data, {split: told["rows"] for split, told in splits.items()})
    return {"loaded": loaded, "splits": splits, "digest_seconds": seconds}


def _stream(rows: Any, *, streaming: bool) -> _Stream:
    """Return the tables of a split as its reader gives them: cut to a number of rows they could pile up in memory."""
    if not streaming:
        return _Stream([rows.data.table], rows.features.arrow_schema)
    read = rows._ex_iterable.iter_arrow()  # nothing public gives them uncut
    return _Stream((table for _, table in read), rows.features.arrow_schema)


def _compare_sizes(data: Mapping[str, Any], rows: Mapping[str, int]) -> None:
    """Hold the rows of each split against the card's, as ``datasets`` does unless rows are streamed."""
    from datasets import SplitInfo
    from datasets.utils.info_utils import verify_splits

    for stated in {id(one.info): one.info.splits for one in data.values()}.values():
        verify_splits(stated, {split: SplitInfo(split, num_examples=number) for split, number in rows.items()})


class _Stream:
    """The rows of tables in order, of which as many are taken as a shard has; it holds one table at a time.

    ``seconds`` are those that went into reading the tables.
    """

    def __init__(self, tables: Iterable[pa.Table], schema: pa.Schema) -> None:
        self._tables, self._schema = iter(tables), schema
        self._rest: pa.Table | None = None
        self._rows = 0
        self.seconds = 0.0

    def take(self, rows: int) -> Iterator[pa.Table]:
        """Yield the next rows, as tables, one at least; fewer rows where there are no more."""
        self._fill()
        if self._rest is None:
            yield no_rows(self._schema)
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
    for wanted in sys.stdin:
        for told in load_wanted(json.loads(wanted)):
            sys.stdout.write(json.dumps(told) + "\n")
        break
    gc.freeze()  # the process ends: Python would look through all that there is before it lets go of it


if __name__ == "__main__":
    main()
