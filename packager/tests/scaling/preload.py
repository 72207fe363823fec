"""What a worker loads first, so that a test can meet it at a known point; ``PACKAGER_TEST`` says which one.

other-version   its pyarrow says that it is another version
hangs           it writes its first chunk's shards and no further, until it is killed
waits           it makes three chunks, and the fourth when somebody releases it
late            it releases those who wait when its first chunk is done
hangs-sending   it puts its first chunk's shards into the store and no further, until it is killed
"""

from __future__ import annotations

import importlib.metadata
import os
import time
from pathlib import Path
from typing import Any

ROLE, SIGNALS = os.environ["PACKAGER_TEST"], Path(os.environ["PACKAGER_SIGNALS"])
PATIENCE = int(os.environ["PACKAGER_PATIENCE"])
MADE: list[int] = []


def wait_for(name: str) -> None:
    end = time.monotonic() + PATIENCE
    while not (SIGNALS / name).exists() and time.monotonic() < end:
        time.sleep(0.02)


def pretend() -> None:
    """Give another version of pyarrow; the modules that ask for it must not be there yet."""
    truth = importlib.metadata.version

    def version(distribution_name: str) -> str:
        return "25.0.0" if distribution_name == "pyarrow" else truth(distribution_name)

    importlib.metadata.version = version


def slow_down() -> None:
    """Stop where a chunk's files are written and its result isn't."""
    from dataset_packager.shards.chunk_folder import ChunkFolder
    from dataset_packager.shards.chunk_objects import ChunkObjects

    for kind in (ChunkFolder, ChunkObjects):
        slow_down_putting(kind)


def slow_down_putting(kind: Any) -> None:
    put = kind.put

    def slow_put(*words: Any) -> None:
        MADE.append(len(MADE))
        if ROLE == "hangs":
            (SIGNALS / "hanging").touch()
            wait_for("never")
        if ROLE == "waits" and len(MADE) == 4:
            (SIGNALS / "waiting").touch()
            wait_for("released")
        put(*words)
        if ROLE == "late":
            (SIGNALS / "released").touch()

    kind.put = slow_put


def hang_sending() -> None:
    """Stop where a chunk's files are in the store and its result isn't."""
    from dataset_packager.shards.chunk_store import RESULT
    from dataset_packager.stores.objects import Prefix

    kind: Any = Prefix
    put = kind.put

    def slow_put(self: Prefix, path: Path, name: str) -> None:
        if name == RESULT:
            (SIGNALS / "hanging").touch()
            wait_for("never")
        put(self, path, name)

    kind.put = slow_put


def dask_setup(_worker: object) -> None:
    """Do it once: Dask loads this file more often, and calls this function when the worker starts."""
    {"other-version": pretend, "hangs-sending": hang_sending}.get(ROLE, slow_down)()
