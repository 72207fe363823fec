"""What is put on the disk beside everything else is there when somebody has waited for it, or it is said why not."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import pytest

from dataset_packager.base.findings import EnvironmentFailure
from dataset_packager.shards.disk_thread import DiskThread

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.parquet" for number in range(9)]
    for path in paths:
        path.write_bytes(b"rows")
    return paths


@pytest.mark.parametrize("threads", [True, False])
def test_all_files_are_on_the_disk_once_somebody_has_waited_with_threads_or_without(
    files: list[Path], threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = list[int](), list[bool]()

    def fsync(descriptor: int) -> None:
        there.append(os.fstat(descriptor).st_ino)
        here.append(threading.current_thread() is threading.main_thread())

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(os, "fsync", fsync)
    if not threads:
        monkeypatch.setattr(threading.Thread, "start", refuse)
    disk = DiskThread()
    for path in files:
        disk.put([path])
    disk.wait()
    assert set(there) == {path.stat().st_ino for path in files}
    assert set(here) == {not threads}
    disk.leave()


def test_a_disk_that_fails_is_told_to_whoever_waits_and_leaving_waits_for_nothing_more(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    disk = DiskThread()
    disk.put(files)
    with pytest.raises(EnvironmentFailure, match="the disk fails"):
        disk.wait()
    disk.leave()
