"""The processes of this machine, or this process alone."""

from __future__ import annotations

import ctypes
import errno
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import chain
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.engines import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Semaphore

Task = TypeVar("Task")
Result = TypeVar("Result")

ATTEMPTS = 3
POOL_THREADS = 2
SETTLE = 1000  # times that a process with one thread looks whether it has one again
_DIED = (BrokenProcessPool, BrokenPipeError)  # the latter where a process dies while it is told what to import
_UNSHARED = frozenset({errno.ENOENT, errno.ENOSYS, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC})
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MIMALLOC_PURGE_DELAY": "-1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
    "MALLOC_TRIM_THRESHOLD_": str(512 * 2**20),
}
"""What NumPy, Arrow and glibc take for granted when they are loaded: no threads of their own, so that this process can
be forked; and workers keep the memory that one block took for the next one (glibc's allocator, and Arrow's): to give it
back and get it anew, page by page, takes a tenth of their time."""
_GLIBC = {-3: "MALLOC_MMAP_THRESHOLD_", -1: "MALLOC_TRIM_THRESHOLD_"}  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of malloc.h


class Pool:
    """A number of processes that get ready while their first task is being made; one worker is this process itself."""

    def __init__(
        self, workers: int, ready: Callable[[], object], say: Callable[[str], object] = str, *, at_once: bool = True
    ) -> None:
        """Let ``workers`` processes get ready by calling ``ready``; unless ``at_once``, when there is work.

        ``say`` takes what people are told. Where processes can't share semaphores, this one does all the work.
        """
        self._workers, self._ready = workers if workers > 1 and can_share() else 1, ready
        if self._workers < workers:
            say("this machine has no memory that processes share (/dev/shm): one process does all the work")
        self.ahead = 2 * self._workers - 1 if self._workers > 1 else 0
        """How many tasks there must be before this process has time for something else: what it does itself waits."""
        self._pool: ProcessPoolExecutor | None = None
        self._going: threading.Thread | None = None
        if self._workers > 1 and (at_once or can_fork()):  # a fork costs next to nothing, and can't be made later
            self._pool = self._started()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._going:
            self._going.join()
        elif self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def let_go(self) -> None:
        """Let the processes go, of which there is no more to ask, without waiting until their memory is given back."""
        if self._pool:
            going = threading.Thread(target=self._pool.shutdown, kwargs={"cancel_futures": True})
            with suppress(RuntimeError):  # no more threads are allowed
                going.start()
                self._going = going

    def _started(self) -> ProcessPoolExecutor:
        _insist_on_threads(POOL_THREADS + 2 * self._workers)
        context = _context()
        left = context.Semaphore(max(self._workers, os.cpu_count() or 1))
        pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_begin, initargs=(left,))
        with suppress(*_DIED):  # they died already: who runs the first task is told
            for _ in range(self._workers):
                pool.submit(_get_ready, self._ready)
        return pool

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield what ``work`` makes of each task, as it gets done; tasks are taken as there is somebody to do them.

        A task that was lost with a dying process is run again, three times at most.

        Raises:
            EnvironmentFailure: the same tasks killed their process each time.
        """
        if self._workers <= 1:
            yield from map(work, tasks)
            _give_memory_back()
            return
        self._pool = self._pool or self._started()
        coming, left = enumerate(tasks), dict[int, Task]()
        for _ in range(ATTEMPTS):
            waiting = chain(list(left.items()), coming)
            try:
                for number, result in self._run_once(self._pool, work, waiting, left):
                    del left[number]
                    yield result
            except _DIED:
                self._pool.shutdown(wait=True)
                self._pool = self._started()
                continue
            return
        raise EnvironmentFailure(
            f"a worker died {ATTEMPTS} times over {len(left)} unfinished chunks: free some memory, allow more "
            "processes (ulimit -u), or use fewer --workers"
        )

    def _run_once(
        self,
        pool: ProcessPoolExecutor,
        work: Callable[[Task], Result],
        waiting: Iterator[tuple[int, Task]],
        left: dict[int, Task],
    ) -> Iterator[tuple[int, Result]]:
        running: dict[Future[Result], int] = {}
        try:
            while True:
                while len(running) < 2 * self._workers and (task := next(waiting, None)):
                    left[task[0]] = task[1]
                    running[pool.submit(_work, work, task[1])] = task[0]
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def can_share() -> bool:
    """Say whether processes of this machine can share what they wait for each other with."""
    try:
        _context().Semaphore(1)
    except ImportError:  # multiprocessing's word for a system without it
        return False
    except OSError as error:
        if error.errno not in _UNSHARED:
            raise
        return False
    return True


def _insist_on_threads(needed: int) -> None:
    """Start as many threads as a pool needs, before there are processes that would wait for them in vain.

    To the system's limit a process counts as a thread does: each worker is one, and has one.

    Raises:
        RuntimeError: the system allows no more of them.
    """
    gate, alone = threading.Event(), can_fork()
    threads = [threading.Thread(target=gate.wait) for _ in range(needed)]
    try:
        for thread in threads:
            thread.start()
    finally:
        gate.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        for _ in range(SETTLE if alone else 0):  # the system lets a thread go a moment after Python has
            if can_fork():
                break
            time.sleep(0.001)


def _work(work: Callable[[Task], Result], task: Task) -> Result:
    took = cores.take()
    try:
        return work(task)
    finally:
        if took:
            cores.give_back()


def _begin(left: Semaphore) -> None:
    """Let this worker do without pandas, and end when its parent dies, in whatever way, or is interrupted."""
    cores.share(left)
    _keep_memory()
    without_pandas()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        try:
            threading.Thread(target=_wait_and_leave, args=(parent,), daemon=True).start()
        except RuntimeError:  # no more of them are allowed: the pool tells it, where its own words would be a traceback
            os._exit(1)


@contextmanager
def _without_main() -> Iterator[None]:
    """Let a process begin that doesn't run the program's main module: that may be a script that builds."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class _Spawned(SpawnProcess):
    def _bootstrap(self, parent_sentinel: int | None = None) -> Any:
        """Run, and end as forks do: without taking the interpreter apart, of which some libraries complain."""
        os._exit(super()._bootstrap(parent_sentinel))  # type: ignore[misc] # it is what multiprocessing calls

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 - the name that multiprocessing calls
        with _without_main():
            return SpawnProcess._Popen(process_obj)


class _Spawning(SpawnContext):
    """How workers begin where this process can't be forked: each imports what it needs."""

    Process = _Spawned


def load_forkably() -> None:
    """See to it that the libraries that are imported from now on start no thread, so that workers can be forks."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def can_fork() -> bool:
    """Say whether this process has one thread: a fork of more, as Arrow has them once it has read a file, may hang."""
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - a count
    except OSError:
        return False  # nothing is mounted there


def _context() -> BaseContext:
    """Return how workers begin: as forks, with all that is imported here, or each importing what it needs."""
    load_forkably()
    return multiprocessing.get_context("fork") if can_fork() else _Spawning()


def _keep_memory() -> None:
    """Tell glibc, which a fork doesn't load anew, what its environment would have."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter, name in _GLIBC.items():
            library.mallopt(parameter, int(_ENVIRONMENT[name]))


def _give_memory_back() -> None:
    """Return what blocks took and nothing needs any more: what follows in this process comes on top of it."""
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)


def _wait_and_leave(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _get_ready(ready: Callable[[], object]) -> None:
    ready()
    gc.freeze()  # what has been imported stays: it needn't be looked through again and again


def without_pandas() -> None:
    """Let Arrow take it that this process has no pandas: with its first array it would import it, for half a second."""
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _NoPandas)
    pa.array([])
    sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """A finder that finds neither pandas nor what Arrow would look for next, and leaves all else to the others."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name in {"pandas", "dateutil"}:
            raise ModuleNotFoundError(name=name)
