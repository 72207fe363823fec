"""Measuring a program from outside: wall time, processor time, and the memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

EVERY = 0.02  # seconds between two looks at resident memory
NEWLY = 0.2  # and between two looks for new processes
CORES = 2


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took: seconds, bytes, and what it left.

    Attributes:
        wall: seconds from start to end, start and imports of the interpreter included.
        cpu: seconds of processor time, user and system, of the process and all that it waited for.
        memory: the peak over time of the memory of all its processes together, in bytes.
        looking: seconds of processor time that measuring itself took.
        code: exit code.
        out: what it printed.
        err: the end of what it said to standard error.
    """

    wall: float
    cpu: float
    memory: int
    looking: float
    code: int
    out: str
    err: str


class RunFailed(Exception):
    """A program that was to be measured didn't do its work."""


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a program on two cores and measure it; what others wrote is on the disk before it starts.

    Raises:
        RunFailed: it can't be started.
    """
    os.sync()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(  # noqa: S603 - commands are the benchmark's own
                [str(word) for word in command], stdout=out, stderr=err, env=os.environ | dict(environment or {})
            )
        except OSError as error:
            raise RunFailed(f"{command[0]}: {error.strerror}") from error
        _keep_to_cores(process.pid)
        watch = _Watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.end()
        for file in (out, err):
            file.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        return Measured(wall, cpu, watch.peak, watch.cost, process.returncode, out.read(), err.read()[-2000:])


def ran_well(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a program that must end well, and measure it.

    Raises:
        RunFailed: it ended with another exit code than 0.
    """
    measured = run(command, environment)
    if measured.code:
        words = " ".join(map(str, command))
        raise RunFailed(f"{words}\nended with exit code {measured.code}:\n{measured.err or measured.out[-2000:]}")
    return measured


def _keep_to_cores(pid: int) -> None:
    """Let a process and what it starts use two cores, so that machines with more can be compared."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, sorted(os.sched_getaffinity(0))[:CORES])


class _Watch:
    """Looks at a process and its descendants from a thread of this process.

    Resident memory counts shared pages in each process; proportional memory (PSS) divides them, but costs more to ask
    for. It can't be more than resident memory: so it is asked for only where that is above the highest known.
    """

    def __init__(self, pid: int) -> None:
        self.peak, self.cost = 0, 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self, root: psutil.Process) -> None:
        tree, again, closely = [root], 0.0, 0.0
        while not self._ended.wait(EVERY):
            if time.monotonic() >= again:
                tree, again = _tree(root), time.monotonic() + NEWLY
            if sum(map(_resident, tree)) > self.peak and time.monotonic() >= closely:
                begin = time.monotonic()
                self.peak = max(self.peak, sum(map(_proportional, tree)))
                closely = time.monotonic() + 50 * (time.monotonic() - begin)
        self.cost = time.thread_time()


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    """Return a process's memory in bytes; resident memory where the system doesn't tell the proportional one."""
    if not psutil.LINUX:
        return _resident(process)
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
