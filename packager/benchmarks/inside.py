"""Where a worker's time goes: one chunk of each shape, profiled by processor time in a process of its own."""

from __future__ import annotations

import cProfile
import pstats
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks.contenders import last_told, program
from benchmarks.inputs import project
from benchmarks.measure import ran_well

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = ("narrow", "nested", "wide")
STEPS = (  # what it is called, in which file, and the functions that count with all that they call
    ("read the file", "records/formats/json_lines.py", {"read"}),
    ("lines into cells", "columns/fast/filling.py", {"read"}),
    ("cells into arrays", "columns/fast/blocks.py", {"arrays"}),
    ("columns against the schema", "columns/fast/line_reader.py", {"_invalid", "_refused"}),
    ("content digest", "columns/digest.py", {"update"}),
    ("counts for the datasheet", "columns/statistics.py", {"update"}),
    ("choice of encodings", "shards/parquet_format.py", {"_writer"}),
    ("Parquet, key values too", "pyarrow/parquet/core.py", {"write_table", "close"}),
)
REST = "everything else"


def profiled(folder: Path) -> dict[str, Any]:
    """Return seconds by step for the first chunk of a project, its records, and seconds in all."""
    from dataset_packager.base.console import Reporter
    from dataset_packager.build import prepare
    from dataset_packager.engines.local import without_pandas
    from dataset_packager.project.read_config import load_config
    from dataset_packager.records.chunk_plan import Plan
    from dataset_packager.records.inputs import list_inputs
    from dataset_packager.shards.chunk import make_shards
    from dataset_packager.shards.project_schemas import load_schemas
    from dataset_packager.shards.writer_thread import WriterThread

    without_pandas()
    config = load_config(folder)
    jobs = prepare(config, load_schemas(config), quick=True, reporter=Reporter())
    chunk = next(Plan(list_inputs(folder, config.tables), config.shard_input_bytes).chunks())
    profile = cProfile.Profile(time.process_time)
    with TemporaryDirectory() as scratch:
        for name in ("warm", "measured"):
            (Path(scratch) / name).mkdir()
        make_shards(jobs[chunk.table], chunk, Path(scratch) / "warm")
        with patch.object(WriterThread, "run", lambda _, work: work()):  # a profile sees one thread
            result = profile.runcall(make_shards, jobs[chunk.table], chunk, Path(scratch) / "measured")
    entries: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    whole = sum(own for _, _, own, _, _ in entries.values())
    steps = {
        title: sum(e[3] for (file, _, name), e in entries.items() if file.endswith(where) and name in names)
        for title, where, names in STEPS
    }
    return {"records": result.read, "seconds": whole, "steps": steps | {REST: whole - sum(steps.values())}}


def inside(folder: Path, seed: int, size: str, say: Callable[[str], object]) -> dict[str, Any]:
    """Profile a chunk of each shape."""
    shapes = {}
    for shape in SHAPES:
        source = project(folder / "inputs", shape, size, seed)
        shapes[shape] = last_told(ran_well(program("inside", source.project, "")).out)
        say(f"inside: {shape}: {1e6 * shapes[shape]['seconds'] / shapes[shape]['records']:.2f} µs a record")
    return {"size": size, "shapes": shapes}
