"""A process that loads with ``datasets``, and how it begins before all else: that imports for longer than anybody.

It is a fork, with all that its parent has imported, as long as that has one thread and nothing of ``datasets``; else it
begins anew.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast

from dataset_packager.base.files import scratch_folder
from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.engines.local import can_fork

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.context import ForkProcess

OFFLINE = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_TELEMETRY")
CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "HF_ASSETS_CACHE", "HF_XET_CACHE")
SET_UP = ("datasets", "huggingface_hub", "pandas")  # what takes an environment or the absence of others for granted
_AHEAD: list[Loader] = []
"""What has begun and nobody has taken yet: one at most."""


class Loader:
    """A process that loads with ``datasets``: it imports that at once, and loads when it is asked."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it in a folder, where it may write; it can't hang over what nobody has read yet."""
        modules = os.pathsep.join(str(Path(each or ".").absolute()) for each in sys.path)
        with ExitStack() as stack:
            self._out, self._err = (stack.enter_context(TemporaryFile(dir=folder)) for _ in range(2))
            variables = {**environment, "PYTHONPATH": modules, "PYTHONIOENCODING": "utf-8"}
            start = _Fork if can_fork() and sys.modules.keys().isdisjoint(SET_UP) else _started
            self._process = start(variables, folder, self._out, self._err)
            self._words, self._files = cast("IO[str]", self._process.stdin), stack.pop_all()

    def ask(self, wanted: Mapping[str, Any]) -> None:
        """Let it load; a process that has died meanwhile tells so in its answer."""
        with suppress(BrokenPipeError), self._words as words:
            words.write(json.dumps(wanted) + "\n")

    def answer(self) -> tuple[int, str, str]:
        """Return its exit code, and what it printed: a line in JSON for each config, and what went wrong."""
        return self._process.wait(), _text(self._out), _text(self._err)

    def close(self) -> None:
        """Let nothing of it stay, whether it has ended or not."""
        self._process.kill()
        self._process.wait()
        self._words.close()
        self._files.close()


def _started(environment: Mapping[str, str], folder: Path, out: IO[bytes], err: IO[bytes]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this program itself
        [sys.executable, "-m", f"{__package__}.loaded_digests"],
        env=environment, stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=folder, encoding="utf-8",
    )  # fmt: skip


class _Fork:
    """A fork of this process that does what one that begins anew does, under the same names."""

    def __init__(self, environment: Mapping[str, str], folder: Path, out: IO[bytes], err: IO[bytes]) -> None:
        words, written = os.pipe()
        self.stdin = os.fdopen(written, "w", encoding="utf-8")
        files = (words, out.fileno(), err.fileno())
        self._process: ForkProcess = multiprocessing.get_context("fork").Process(
            target=self._serve, args=(environment, folder, files)
        )
        self._process.start()
        os.close(words)
        self.kill = self._process.kill

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def wait(self) -> int:
        self._process.join()
        return cast("int", self._process.exitcode)

    def _serve(self, environment: Mapping[str, str], folder: Path, files: tuple[int, ...]) -> None:
        self.stdin.close()  # else it never ends
        for number, file in enumerate(files):
            os.dup2(file, number)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
        )
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = environment["PYTHONPATH"].split(os.pathsep)
        from dataset_packager.columns.loaded_digests import main

        main()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def offline_loader(folder: Path) -> Loader:
    """Return a process that has no network, and empty caches in a folder; the one that has begun ahead, if any."""
    if _AHEAD:
        return _AHEAD.pop()
    cache = str(folder / "cache")
    environment = os.environ | dict.fromkeys(OFFLINE, "1") | dict.fromkeys(CACHES, cache)
    return Loader(environment, folder)


@contextmanager
def loader_begun() -> Iterator[None]:
    """Let a process begin now that the first who asks ``offline_loader`` gets; what can't begin tells that then."""
    with ExitStack() as stack:
        with suppress(OSError, EnvironmentFailure):
            folder = stack.enter_context(scratch_folder(plain=True))
            _AHEAD.append(stack.enter_context(closing(offline_loader(folder))))
        try:
            yield
        finally:
            _AHEAD.clear()
