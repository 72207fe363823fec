"""What ``datasets`` loads of configs, as content digests: ``python -m`` on this, in a process that does nothing else.

It imports ``datasets`` at once, then reads what is wanted from a line of standard input, which may come later. So it
imports little else: what began first shall not be what everything waits for.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dataset_packager.base.environment_errors import failure_of_surroundings
from dataset_packager.columns.digest import content_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    """Load all splits of a config; return its name and, by split, rows and the digests of its shards' rows."""
    from datasets import load_dataset

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
