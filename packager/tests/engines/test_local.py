"""A pool's processes begin as forks of one that has imported what they need, and nothing of it stays behind."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from dataset_packager.engines.local import Pool
from dataset_packager.shards.worker import ready

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")


def servers() -> Iterator[psutil.Process]:
    """Yield the processes that workers are forks of, below this one."""
    for child in psutil.Process().children():
        if "forkserver" in " ".join(child.cmdline()):
            yield child


@pytest.mark.parametrize("at_once", [True, False])
def test_workers_find_the_environment_of_their_build_and_leave_with_it(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("first", "second"):
        monkeypatch.setenv("SAID_BEFORE", value)
        with Pool(2, ready, at_once=at_once) as pool:
            assert len(list(servers())) == at_once
            assert set(pool.run(os.getenv, ["SAID_BEFORE"] * 4)) == {value}
            (server,) = servers()
            assert server.num_threads() == 1
        assert list(servers()) == []


def test_one_worker_is_this_process() -> None:
    with Pool(1, ready) as pool:
        assert list(pool.run(lambda _: os.getpid(), [1, 2])) == [os.getpid()] * 2
        assert list(servers()) == []
