"""What a Dask cluster costs beside the local pool: start-up, overhead per chunk, and whole builds.

python -m benchmarks.engine local|dask WORKERS TASKS    one program that is measured: tasks that do nothing
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import Say, as_run, build_command, last_told
from benchmarks.inputs import as_json, project
from benchmarks.measure import RunFailed, ran_well
from dataset_packager.engines.dask import Cluster
from dataset_packager.engines.local import Pool
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.shards.worker import ready

if TYPE_CHECKING:
    from pathlib import Path

ENGINES, WORKERS = ("local", "dask"), (1, 2)
CHUNKS = 16
TASKS = 300


def engine(folder: Path, seed: int, size: str, rounds: int, say: Say) -> dict[str, Any]:
    """Measure both engines with one and two workers, and return runs by engine and workers.

    Raises:
        RunFailed: they gave different bytes.
    """
    source = project(folder / "inputs", "nested", size, seed, CHUNKS)
    runs: dict[str, list[dict[str, Any]]] = {}
    empty: dict[str, list[dict[str, Any]]] = {}
    digests = set()
    for name in ENGINES:
        for workers in WORKERS:
            title, out = f"{name}, {workers}", folder / "out/engine"
            for _ in range(rounds):
                shutil.rmtree(out, ignore_errors=True)
                command = [*build_command(source.project, out, workers), "--engine", name]
                runs.setdefault(title, []).append(as_run(ran_well(command)))
                digests.add(folder_digest(out / "nested-records"))
                done = ran_well([sys.executable, "-m", "benchmarks.engine", name, str(workers), str(TASKS)])
                empty.setdefault(title, []).append(as_run(done) | last_told(done.out))
            say(f"engine: {title}: {runs[title][0]['wall']:.1f} s, {empty[title][0]['each'] * 1e3:.2f} ms per task")
    shutil.rmtree(folder / "out/engine", ignore_errors=True)
    if len(digests) > 1:
        raise RunFailed(f"engine: {len(digests)} different releases of the same input")
    return as_json(source) | {"chunks": CHUNKS, "tasks": TASKS, "runs": runs, "empty": empty}


def nothing(number: int) -> int:
    """Return the number: a task without work."""
    return number


def _same() -> dict[str, str]:
    return {}


def _measured(name: str, workers: int, tasks: int) -> dict[str, float]:
    begin = time.perf_counter()
    with Pool(workers, ready) if name == "local" else Cluster(None, workers, _same, print) as pool:
        list(pool.run(nothing, range(workers)))
        started = time.perf_counter()
        list(pool.run(nothing, range(tasks)))
        ended = time.perf_counter()
    return {"start": started - begin, "each": (ended - started) / tasks}


if __name__ == "__main__":
    from benchmarks import engine as here  # so that workers find its functions under the module's own name

    told = here._measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(told) + "\n")
