"""A pool's processes are forks of this one where it has one thread, else they import what they need; none stays."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import subprocess
import sys
import threading

import psutil
import pytest

from dataset_packager.engines import local
from dataset_packager.engines.local import POOL_THREADS, Pool
from dataset_packager.shards.worker import ready


def spawned() -> list[psutil.Process]:
    """Return the workers below this process that aren't forks of it."""
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def with_a_database(name: str) -> str | None:
    """Return what the environment says, once a library is loaded that complains of an interpreter taken apart."""
    importlib.import_module("duckdb")
    return os.environ.get(name)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_process_with_threads_spawns_workers_that_find_its_environment_and_leave_with_the_build(
    at_once: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
    monkeypatch.setenv("SAID_BEFORE", "here")
    try:
        with Pool(2, ready, at_once=at_once) as pool:
            assert len(spawned()) == 2 * at_once
            assert set(pool.run(with_a_database, ["SAID_BEFORE"] * 4)) == {"here"}
            assert len(spawned()) == 2
    finally:
        stop.set()
    assert spawned() == []
    assert capfd.readouterr().err == ""


def test_processes_that_were_let_go_have_gone_when_the_pool_is_left() -> None:
    with Pool(2, ready) as pool:
        assert list(pool.run(abs, [-1])) == [1]
        assert len(multiprocessing.active_children()) == 2
        pool.let_go()
    assert multiprocessing.active_children() == []


FORKING = """
import os
from dataset_packager.engines.local import Pool, load_forkably

load_forkably()
import dataset_packager.build
from dataset_packager.shards.worker import ready

def answer(word):  # which only a fork of this process knows
    return os.environ.get(word), os.getppid()

os.environ["SAID_BEFORE"] = "here"
with Pool(2, ready, at_once=False) as pool:
    print(set(pool.run(answer, ["SAID_BEFORE"] * 4)) == {("here", os.getpid())})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
def test_workers_are_forks_of_a_process_that_has_loaded_everything_and_has_one_thread() -> None:
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n", done


def test_one_worker_is_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "ProcessPoolExecutor", None)
    with Pool(1, ready) as pool:
        assert list(pool.run(lambda _: os.getpid(), [1, 2])) == [os.getpid()] * 2


def test_a_pool_begins_only_where_all_that_it_will_start_may_start(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed, start = POOL_THREADS + 2 * 2 - 1, threading.Thread.start
    started = list[threading.Thread]()

    def limited(thread: threading.Thread) -> None:
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(Pool(2, str).run(str.upper, ["a", "b"]))
    assert len(started) == allowed
    assert not any(thread.is_alive() for thread in started)


@pytest.mark.parametrize("lost", [1, 3])
def test_a_worker_that_dies_while_it_is_told_what_to_import_is_replaced_as_others_are(
    lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, left = local._Spawned._Popen, [*range(lost)]

    def dying(process: object) -> object:
        if left:
            left.pop()
            raise BrokenPipeError
        return begin(process)  # type: ignore[arg-type]

    monkeypatch.setattr(local, "can_fork", lambda: False)
    monkeypatch.setattr(local._Spawned, "_Popen", staticmethod(dying))
    with Pool(2, int) as pool:
        assert sorted(pool.run(abs, [-1, -2, -3])) == [1, 2, 3]
