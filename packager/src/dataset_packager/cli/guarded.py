"""A command in a process of its own, where memory or processes are so limited that the system may end it at any moment.

Compiled packages end the process that they run in when they get no memory or no thread: by a signal, or with an exit
code of their own, one of which means findings to whoever called. The process that waits says what happened instead.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from dataset_packager.base.findings import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable

FEW_PROCESSES = 1_000
FORWARDED = (signal.SIGTERM, signal.SIGHUP)
MEND = "give it more memory (ulimit -v) or processes (ulimit -u), or fewer --workers; then run the same command again"


def is_limited() -> bool:
    """Say whether somebody has limited the memory that this process can have, or allows but few processes."""
    memory = [resource.getrlimit(limit)[0] for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    limited = any(each != resource.RLIM_INFINITY for each in memory) or 0 <= processes < FEW_PROCESSES
    return limited and threading.current_thread() is threading.main_thread()  # the others can't take signals


def guarded(run: Callable[[], int], say: Callable[[str, int], int]) -> int:
    """Return the exit code of ``run``, which a process of its own comes to; ``say`` tells that it came to no end."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    try:
        pid = os.fork()
    except OSError as error:
        return say(f"{error.strerror}: {MEND}", ENVIRONMENT)
    if pid == 0:
        os.close(reading)
        _announced(run, writing)
    os.close(writing)
    status = _waited(pid)
    with suppress(BlockingIOError), open(reading, "rb") as announced:  # noqa: PTH123 - a descriptor
        if code := announced.read(1):
            return code[0]
    ended = os.waitstatus_to_exitcode(status)
    how = f"signal {signal.Signals(-ended).name}" if ended < 0 else f"exit code {ended}"
    return say(f"the system let the command come to no end ({how}): {MEND}", ENVIRONMENT)


def _announced(run: Callable[[], int], writing: int) -> None:
    """Run, say which exit code that gives, and end this process."""
    code = ENVIRONMENT
    try:
        code = run()
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - so little memory that it couldn't even be told
        os.write(2, f"error: {type(error).__name__}: {MEND}\n".encode())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os.write(writing, bytes([code]))
        os._exit(code)


def _waited(pid: int) -> int:
    """Wait for a process, hand on what would end this one, and return how it ended."""

    def forward(number: int, _frame: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both
    try:
        return os.waitpid(pid, 0)[1]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
