"""Keys and references by the million, laid down as a build lays them down, and checked as a build checks them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.project.read_config import build_config
from dataset_packager.shards.key_columns import ColumnPaths, key_schema, key_writer
from dataset_packager.shards.keys import KeyFiles, check_keys

if TYPE_CHECKING:
    from pathlib import Path

    from dataset_packager.project.config import Config

SHARD = 160_000  # values in one file: as many as records of 400 bytes in a chunk
DUPLICATES, ORPHANS = 7, 11
_PRIME, _OTHER_PRIME = 2_654_435_761, 2_246_822_519  # modulo a smaller number, a prime's multiples meet it once each
_COLUMNS = pa.schema([("id", pa.string())])


def _config(folder: Path) -> Config:
    table = {"schema": "schema.json", "records": ["*.jsonl"]}
    reference = {"columns": ["id"], "table": "items", "key": ["id"]}
    tables = {"items": {**table, "key": ["id"]}, "links": {**table, "references": [reference]}}
    tool = {"released": "2026-01-31", "tables": tables}
    project = {"name": "keys", "version": "1.0.0", "description": "Keys for a benchmark"}
    return build_config(folder, {"project": project, "tool": {"dataset-packager": tool}})


def lay_down(folder: Path, number: int) -> None:
    """Write ``number`` keys and as many references; some keys stand twice, some references lead nowhere."""
    shutil.rmtree(folder, ignore_errors=True)
    schema = key_schema(_COLUMNS, (("id",),), "items")
    for table, factor, rows in (("items", _PRIME, number + DUPLICATES), ("links", _OTHER_PRIME, number)):
        (folder / table).mkdir(parents=True)
        for shard, start in enumerate(range(0, rows, SHARD)):
            values = _values(table, np.arange(start, min(start + SHARD, rows), dtype=np.uint64), factor, number)
            with key_writer(folder / table / f"{shard:05}.parquet", schema) as writer:
                writer.write_table(values.cast(schema))
    (folder / "complete").touch()


def _values(table: str, rows: np.ndarray[tuple[int], np.dtype[np.uint64]], factor: int, number: int) -> pa.Table:
    """Return identifiers for some rows: the same set for both tables, each in an order of its own."""
    place = rows % np.uint64(number) * np.uint64(factor) % np.uint64(number)
    identifiers = pc.binary_join_element_wise("item", pc.cast(pa.array(place + np.uint64(10**9)), pa.string()), "-")
    if table == "links":
        strange = pa.array(rows >= number - ORPHANS)
        identifiers = pc.if_else(strange, pc.binary_join_element_wise(identifiers, "x", "-"), identifiers)
    file = pa.array(["data/" + table + ".jsonl"] * len(rows), pa.string())
    return pa.table([identifiers, file, pa.array(rows + np.uint64(1)).cast(pa.int64())], names=["k0", "file", "line"])


def check(folder: Path, threads: int) -> dict[str, int]:
    """Return how many findings of each code there are; what doesn't fit into memory is spilled beside the files."""
    path: ColumnPaths = (("id",),)
    schema = key_schema(_COLUMNS, path, "items")
    files = {(table, path): sorted(map(str, (folder / table).iterdir())) for table in ("items", "links")}
    spill = folder / "spill"
    spill.mkdir(exist_ok=True)
    counts: dict[str, int] = {}
    for finding in check_keys(
        _config(folder).tables, KeyFiles(files, dict.fromkeys(files, schema)), spill, threads=threads
    ):
        counts[finding.code] = counts.get(finding.code, 0) + 1
    shutil.rmtree(spill)
    return counts
