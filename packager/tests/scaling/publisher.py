"""A build that waits, when its release is made, for another one to be as far: PROJECT and URL."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from dataset_packager.cli import main
from dataset_packager.release.destinations.objects import ObjectStore

SIGNALS, PATIENCE = Path(os.environ["PACKAGER_SIGNALS"]), int(os.environ["PACKAGER_PATIENCE"])
BUILDS = 2


def meet() -> None:
    """Leave a sign, and wait for that of the other."""
    (SIGNALS / f"ready-{os.getpid()}").touch()
    end = time.monotonic() + PATIENCE
    while len(list(SIGNALS.glob("ready-*"))) < BUILDS and time.monotonic() < end:
        time.sleep(0.01)


def patch() -> None:
    """Let releases appear only when both are made."""
    kind: Any = ObjectStore
    appear = kind.appear

    def appear_together(self: ObjectStore, *words: Any) -> None:
        meet()
        appear(self, *words)

    kind.appear = appear_together


if __name__ == "__main__":
    patch()
    sys.exit(main(["--project", sys.argv[1], "--out", sys.argv[2], "--workers", "1"]))
