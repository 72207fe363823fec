"""The same rows as JSON Lines, CSV and Parquet: how long builds take, beside DuckDB and pyarrow, which only copy.

``python -m benchmarks.record_formats [ROWS]`` prints seconds of processors and of the clock, the peak of the memory of
all processes, and rows a second.
"""

from __future__ import annotations

import csv
import json
import random
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ran_well

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, GROUP = 600_000, 100_000
WORDS = ("alpha", "beta", 'gamma "q"', "delta, x", "epsilon", "zeta")
PROJECT = """[project]
name = "t"
version = "1.0.0"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.t]
schema = "t.schema.json"
records = ["t.{ending}"]
"""
KINDS = {
    "id": {"type": "integer"}, "name": {"type": "string"}, "price": {"type": "number"}, "sold": {"type": "boolean"},
    "kind": {"enum": ["a", "b", "c"]}, "note": {"type": "string"}, "day": {"type": "string", "format": "date"},
    "n": {"type": ["integer", "null"]},
}  # fmt: skip
COPY = "import duckdb; duckdb.sql(\"COPY (SELECT * FROM '{file}') TO '{to}' (FORMAT parquet)\")"
ARROW = {
    "csv": "import pyarrow.csv as c, pyarrow.parquet as p; p.write_table(c.read_csv('{file}'), '{to}')",
    "parquet": "import pyarrow.parquet as p; p.write_table(p.read_table('{file}'), '{to}')",
    "jsonl": "import pyarrow.json as j, pyarrow.parquet as p; p.write_table(j.read_json('{file}'), '{to}')",
}


def rows_of(count: int) -> Iterator[dict[str, Any]]:
    """Yield the rows, the same each time."""
    dice = random.Random(1)  # noqa: S311 - the same rows each time
    for n in range(count):
        yield {
            "id": n, "name": f"{dice.choice(WORDS)}{n % 977}", "price": round(dice.random() * 100, 2),
            "sold": n % 3 == 0, "kind": "abc"[n % 3], "note": " ".join(dice.choice(WORDS) for _ in range(6)),
            "day": f"2024-0{n % 9 + 1}-1{n % 10}", "n": dice.randint(0, 10**9) if n % 7 else None,
        }  # fmt: skip


def write(folder: Path, count: int) -> None:
    """Write the rows in each format, with a project for each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for ending in ARROW:
        (folder / ending).mkdir()
        schema = {"type": "object", "additionalProperties": False, "required": list(KINDS), "properties": KINDS}
        (folder / ending / "t.schema.json").write_text(json.dumps(schema), "utf-8")
        (folder / ending / "pyproject.toml").write_text(PROJECT.format(ending=ending), "utf-8")
    first = next(rows_of(1)) | {"n": 0}
    types = pa.Table.from_pylist([first]).schema
    with (
        (folder / "jsonl/t.jsonl").open("w") as lines,
        (folder / "csv/t.csv").open("w", newline="") as cells,
        pq.ParquetWriter(folder / "parquet/t.parquet", types) as columns,
    ):
        writer, rows = csv.writer(cells), rows_of(count)
        writer.writerow(KINDS)
        while group := list(islice(rows, GROUP)):
            lines.writelines(json.dumps(row) + "\n" for row in group)
            columns.write_table(pa.Table.from_pylist(group, types), row_group_size=GROUP)
            for row in group:
                writer.writerow("" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row.values())


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, count)
        for ending, arrow in ARROW.items():
            here = folder / ending
            file, to = here / f"t.{ending}", here / "out.parquet"
            commands: dict[str, list[str | Path]] = {
                "dataset-packager": ["-m", "dataset_packager", "--project", here, "--out", here / "dist"],
                "duckdb": ["-c", COPY.format(file=file, to=to)],
                "pyarrow": ["-c", arrow.format(file=file, to=to)],
            }
            for name, words in commands.items():
                took = ran_well([sys.executable, *words])
                print(  # noqa: T201 - its result
                    f"{ending:8} {file.stat().st_size / 1e6:7.1f} MB  {name:17} {took.cpu:6.1f} s of processors, "
                    f"{took.wall:6.1f} s, {took.memory / 1e6:6.0f} MB of memory, "
                    f"{count / took.cpu:10,.0f} rows a processor second",
                    flush=True,
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
