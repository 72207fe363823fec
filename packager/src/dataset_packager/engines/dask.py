"""The processes of a Dask cluster: one that is started here, or one that runs already.

Chunks run at least once: one that was lost with its worker is run again elsewhere, and the same chunk made twice gives
the same files. Only workers that have the driver's own packages and code, and see the folders that it works in, are
given any; others are named, and the build goes on without them.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections import deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dataset_packager.base.extras import missing
from dataset_packager.base.findings import EnvironmentFailure, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from distributed import Client, Future

Task = TypeVar("Task")
Result = TypeVar("Result")

CONNECT = 15  # seconds after which a scheduler that doesn't answer counts as none
JOIN = 60  # seconds after which a cluster without a worker that fits counts as having none
SETTLE = 10  # seconds that a cluster whose workers are all unfit has for another one to join
LOOK = 1.0  # seconds between two looks at who has joined or left
GATHER = 120  # seconds for a result that is done to arrive
_TURN = threading.Lock()


@dataclass(slots=True)
class Given(Generic[Task]):
    """A task, and how often all workers that it was given to died of it or with it."""

    task: Task
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Unfit:
    """What a worker answers instead of a result where it may not make one: how it differs from the driver."""

    address: str
    differences: tuple[str, ...]


class Cluster:
    """The workers of a Dask scheduler, in the place of a pool of local processes."""

    def __init__(
        self,
        scheduler: str | None,
        workers: int,
        circumstances: Callable[[], Mapping[str, str]],
        say: Callable[[str], object],
    ) -> None:
        """Connect to the scheduler at an address, or start one on this machine with ``workers`` processes.

        Args:
            scheduler: as ``tcp://10.0.0.1:8786``; None starts one.
            workers: how many processes to start then.
            circumstances: tells what must be the same on driver and workers, by name; it travels to the workers.
            say: takes what people are told.

        Raises:
            SetupError: Dask isn't installed.
            EnvironmentFailure: nobody answers at the address.
        """
        self.ahead = 0  # tasks, before this process has time for something else: a cluster is started before them
        self._address = scheduler or "the local cluster"
        self._circumstances, self._expected, self._say = circumstances, dict(circumstances()), say
        self._fit: dict[str, int] = {}
        self._unfit: set[str] = set()
        self._looked, self._alone_since, self._had_workers = 0.0, time.monotonic(), False
        with ExitStack() as stack:
            self._client = _connected(stack, scheduler, workers)
            self._stack = stack.pop_all()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def let_go(self) -> None:
        """Let the workers go: there is no more to ask of them."""
        self._stack.close()

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield what ``work`` makes of each task, as it gets done; one task is on its way for each worker's thread.

        Raises:
            EnvironmentFailure: the scheduler died, no worker is left, or a task killed its worker time and again.
            SetupError: no worker has the packages of the driver.
        """
        running: dict[str, tuple[Future, Given[Task]]] = {}
        coming, waiting, done, more = map(Given, tasks), deque[Given[Task]](), SimpleQueue[str](), True
        try:
            while more or waiting or running:
                while more and len(waiting) < max(self._threads, 1):
                    given = next(coming, None)
                    more = given is not None
                    waiting.extend([given] if given else [])
                if not (waiting or running):
                    return
                with self._scheduler_alive():
                    if self._look():
                        self._take_back(waiting, running)
                    self._submit(work, waiting, running, done)
                    try:
                        key = done.get(timeout=LOOK)
                    except Empty:
                        continue
                    if key not in running:
                        continue  # it was taken back
                    future, given = running.pop(key)
                    result = self._result(future)
                if isinstance(result, Unfit):
                    self._refuse(result)
                    waiting.appendleft(given)
                else:
                    yield result
        finally:
            for future, _ in running.values():
                future.release()

    @property
    def _threads(self) -> int:
        """How many threads the workers that chunks may be given to have together."""
        return sum(self._fit.values())

    def _submit(
        self,
        work: Callable[[Task], Result],
        waiting: deque[Given[Task]],
        running: dict[str, tuple[Future, Given[Task]]],
        done: SimpleQueue[str],
    ) -> None:
        while waiting and len(running) < self._threads:
            given = waiting.popleft()
            future = self._client.submit(
                _in_turn, work, given.task, self._circumstances, self._expected,
                pure=False, workers=list(self._fit), allow_other_workers=True,
            )  # fmt: skip
            running[future.key] = future, given
            future.add_done_callback(lambda each: done.put(each.key))

    def _take_back(self, waiting: deque[Given[Task]], running: dict[str, tuple[Future, Given[Task]]]) -> None:
        """Take back what the scheduler can give to nobody: all workers that it was meant for have gone.

        It wouldn't give that to those who join later, and so its own count of the workers that died of it ends here.
        """
        import dask

        most = int(dask.config.get("distributed.scheduler.allowed-failures"))
        given_out = {key for keys in self._client.processing().values() for key in keys}
        for key in [key for key, (future, _) in running.items() if key not in given_out and not future.done()]:
            future, given = running.pop(key)
            future.release()
            given.lost += 1
            if given.lost > most:
                raise _killer(given.lost)
            waiting.appendleft(given)

    def _result(self, future: Future) -> Any:
        """Return a result and let the cluster forget it."""
        from distributed import KilledWorker

        try:
            return future.result(timeout=GATHER)
        except KilledWorker as error:
            raise _killer(error.allowed_failures + 1) from error
        finally:
            future.release()

    @contextmanager
    def _scheduler_alive(self) -> Iterator[None]:
        """Tell a scheduler that is gone from everything else that can go wrong."""
        from concurrent.futures import CancelledError as Cancelled

        from distributed.client import FutureCancelledError

        gone = EnvironmentFailure(
            f"the scheduler at {self._address} is gone: start it and its workers, and run the same command again: it "
            "takes over the chunks that are done"
        )
        try:
            if self._client.status != "running":
                raise gone
            yield
        except (FutureCancelledError, Cancelled, TimeoutError) as error:
            raise gone from error
        except OSError as error:
            if self._client.status != "running" or type(error).__module__.startswith("distributed"):
                raise gone from error
            raise

    def _look(self) -> bool:
        """Find out who has joined or left, and whom of those chunks may be given to; say whether one has left."""
        if self._fit and time.monotonic() - self._looked < LOOK:
            return False
        present = {
            address: int(worker["nthreads"])
            for address, worker in self._client.scheduler_info(n_workers=-1)["workers"].items()
        }
        left = self._fit.keys() - present
        self._fit = {address: threads for address, threads in self._fit.items() if address in present}
        new = [address for address in present if address not in self._fit and address not in self._unfit]
        for address, told in self._asked(new):
            differences = told if isinstance(told, str) else "; ".join(_differences(self._expected, told))
            if differences:
                self._refuse(Unfit(address, (differences,)))
            else:
                self._fit[address] = present[address]
        self._looked = time.monotonic()
        self._insist_on_workers(len(present))
        return bool(left)

    def _asked(self, addresses: list[str]) -> Iterator[tuple[str, Mapping[str, str] | str]]:
        """Yield what each worker tells of itself, or why it tells nothing; one that has left meanwhile is left out."""
        for address in addresses:
            try:
                answer = self._client.run(self._circumstances, workers=[address], on_error="return")[address]
            except (AssertionError, KeyError) as error:  # what it raises can't travel, or it has left
                answer = error
            if isinstance(answer, OSError | KeyError):
                continue
            yield address, f"{type(answer).__name__} {answer}" if isinstance(answer, BaseException) else answer

    def _insist_on_workers(self, present: int) -> None:
        if self._fit:
            self._alone_since, self._had_workers = time.monotonic(), True
            return
        alone = time.monotonic() - self._alone_since
        if present and self._unfit and not self._had_workers and alone > SETTLE:
            raise SetupError("no worker fits: give the workers the driver's packages, then run the same command again")
        if alone > JOIN:
            raise EnvironmentFailure(
                f"{self._address} has no worker that fits, and none joined in {JOIN} seconds: start some with "
                "'dask worker', then run the same command again"
            )
        time.sleep(LOOK / 10)

    def _refuse(self, unfit: Unfit) -> None:
        self._fit.pop(unfit.address, None)
        if unfit.address not in self._unfit:
            self._unfit.add(unfit.address)
            self._say(f"warning: worker {unfit.address} gets no chunk: {'; '.join(unfit.differences)}")


def _killer(times: int) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"a chunk killed its worker {times} times: give workers more memory, or make 'shard_input_bytes' smaller; then "
        "run the same command again"
    )


def _differences(expected: Mapping[str, str], told: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*expected, *told}):
        if expected.get(name) != told.get(name):
            yield f"{name} is {told.get(name, 'missing')} there, {expected.get(name, 'missing')} here"


def _in_turn(
    work: Callable[[Task], Result],
    task: Task,
    circumstances: Callable[[], Mapping[str, str]],
    expected: Mapping[str, str],
) -> Result | Unfit:
    """Run on a worker: one task at a time in each process, whose tools are made for one."""
    from distributed import get_worker

    with _TURN:
        if differences := tuple(_differences(expected, circumstances())):
            return Unfit(str(get_worker().address), differences)
        return work(task)


def _connected(stack: ExitStack, scheduler: str | None, workers: int) -> Client:
    try:
        from distributed import Client, LocalCluster
        from distributed.security import Security

        security = Security.temporary() if scheduler is None else None  # whoever else works on this machine
    except ImportError:
        raise missing("dask", "--engine dask") from None
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logger = logging.getLogger(name)
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)  # what they would say of workers and schedulers that die, the build says
    try:
        if scheduler is not None:
            return stack.enter_context(Client(scheduler, timeout=CONNECT, set_as_default=False))
        scratch = tempfile.mkdtemp(prefix="dask-")
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
            local_directory=scratch, silence_logs=logging.CRITICAL, security=security,
        )  # fmt: skip
        return stack.enter_context(Client(stack.enter_context(cluster), security=security, set_as_default=False))
    except (OSError, ValueError) as error:
        where = scheduler or "this machine"
        raise EnvironmentFailure(
            f"{where}: no Dask scheduler there ({type(error).__name__}: {error}): start one, or correct --scheduler"
        ) from error
