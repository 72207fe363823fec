"""The same rows as JSON Lines, CSV and Parquet: how long builds take, beside DuckDB and pyarrow, which only copy.

``python -m benchmarks.record_formats [ROWS]`` prints seconds, and rows a second; each is the best of two, by processor
time of the process and its workers, and by the clock.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 600_000
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


def write(folder: Path, count: int) -> None:
    """Write the rows in each format, with a project for each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    dice = random.Random(1)  # noqa: S311 - the same rows each time
    rows = [
        {
            "id": n, "name": f"{dice.choice(WORDS)}{n % 977}", "price": round(dice.random() * 100, 2),
            "sold": n % 3 == 0, "kind": "abc"[n % 3], "note": " ".join(dice.choice(WORDS) for _ in range(6)),
            "day": f"2024-0{n % 9 + 1}-1{n % 10}", "n": dice.randint(0, 10**9) if n % 7 else None,
        }
        for n in range(count)
    ]  # fmt: skip
    for ending in ARROW:
        (folder / ending).mkdir()
        schema = {"type": "object", "additionalProperties": False, "required": list(KINDS), "properties": KINDS}
        (folder / ending / "t.schema.json").write_text(json.dumps(schema), "utf-8")
        (folder / ending / "pyproject.toml").write_text(PROJECT.format(ending=ending), "utf-8")
    with (folder / "jsonl/t.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    with (folder / "csv/t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(KINDS)
        for row in rows:
            writer.writerow("" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row.values())
    pq.write_table(pa.Table.from_pylist(rows), folder / "parquet/t.parquet", row_group_size=100_000)


def measured(words: list[str], folder: Path) -> tuple[float, float]:
    """Return the processor seconds and the seconds that a command takes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, check=True, cwd=folder, capture_output=True)  # noqa: S603 - its own programs
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return busy, time.perf_counter() - start


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, count)
        for ending, arrow in ARROW.items():
            here = folder / ending
            size, to = (here / f"t.{ending}").stat().st_size, here / "out.parquet"
            commands = {
                "dataset-packager": [sys.executable, "-m", "dataset_packager", "--out", "{out}"],
                "duckdb": [sys.executable, "-c", COPY.format(file=f"t.{ending}", to=to)],
                "pyarrow": [sys.executable, "-c", arrow.format(file=f"t.{ending}", to=to)],
            }
            for name, words in commands.items():
                runs = [measured([w.format(out=here / f"dist{n}") for w in words], here) for n in range(2)]
                busy, clock = map(min, zip(*runs, strict=True))
                line = f"{ending:8} {size / 1e6:7.1f} MB  {name:17} {busy:6.2f} s of processors, {clock:6.2f} s"
                print(f"{line}, {count / busy:10,.0f} rows a processor second")  # noqa: T201 - its result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
