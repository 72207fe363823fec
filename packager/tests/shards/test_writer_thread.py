"""What writes beside reading does one thing at a time, in order, and loses no error."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from dataset_packager.columns.features import features_footer
from dataset_packager.engines import cores
from dataset_packager.shards.parquet import ShardWriter
from dataset_packager.shards.writer_thread import WriterThread

if TYPE_CHECKING:
    from pathlib import Path


def test_one_thing_is_done_at_a_time_in_order_and_beside_whoever_gives_it() -> None:
    thread, done, go = WriterThread(), list[tuple[int, bool]](), threading.Event()
    main = threading.current_thread()

    def work(number: int) -> None:
        assert go.wait(60)
        done.append((number, threading.current_thread() is main))

    thread.run(partial(work, 0))
    assert not done  # it waits for this thread
    go.set()
    for number in (1, 2):
        thread.run(partial(work, number))
        assert done[:number] == [(before, False) for before in range(number)]
    thread.wait()
    assert done == [(0, False), (1, False), (2, False)]


def test_where_no_core_is_left_work_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left, done = threading.Semaphore(1), list[bool]()
    monkeypatch.setattr(cores._Shared, "left", left)
    thread, main = WriterThread(), threading.current_thread()

    def work() -> None:
        done.append(threading.current_thread() is main)

    for _ in range(2):  # what is taken is given back
        thread.run(work)
        thread.wait()
    left.acquire()
    thread.run(work)
    assert done == [False, False, True]
    assert not left.acquire(blocking=False)


def test_an_error_is_raised_once_where_the_next_work_is_given_or_waited_for() -> None:
    thread, done = WriterThread(), list[int]()
    for give in (thread.wait, partial(thread.run, partial(done.append, 1))):
        thread.run(partial(int, "no number"))
        with pytest.raises(ValueError, match="no number"):
            give()
        thread.wait()
    assert not done


def test_where_no_thread_can_start_work_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    thread, done = WriterThread(), list[int]()
    thread.run(partial(done.append, 1))
    assert done == [1]
    thread.wait()
    with pytest.raises(ValueError, match="no number"):
        thread.run(partial(int, "no number"))


def test_a_shard_that_is_given_up_while_it_is_written_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = pa.schema([pa.field("n", pa.int64())])
    writer, begun, go = (
        ShardWriter(tmp_path / "shard.parquet", schema, features_footer(schema), ["n"]), threading.Event(),
        threading.Event(),
    )  # fmt: skip
    write = ShardWriter._write_groups

    def slowly(self: ShardWriter, groups: list[pa.Table]) -> None:
        begun.set()
        assert go.wait(60)
        write(self, groups)

    monkeypatch.setattr(ShardWriter, "_write_groups", slowly)
    writer.add(pa.table({"n": range(1000)}, schema))
    writer.drain(1000)
    assert begun.wait(60)
    threading.Timer(0.05, go.set).start()
    writer.abandon()
    assert not list(tmp_path.iterdir())
