"""Little memory, no threads, a failing disk, tried below Python: exit code 3, no finding, signal or traceback."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE, python

from dataset_packager.base.files import write_text
from dataset_packager.base.output_folders import RELEASES
from dataset_packager.cli import main
from dataset_packager.cli.guarded import guarded
from dataset_packager.engines.local import Pool
from dataset_packager.release.history import HISTORY, History, read_history
from dataset_packager.release.local_releases import ORIGIN, known_origin

COMMAND = [sys.executable, "-m", "dataset_packager"]
COMPILERS = ("cc", "gcc", "clang")


def ended(words: list[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command, and insist that it ended well, or as it does where the machine fails."""
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, check=False, **options)
    assert done.returncode in (0, 3), done
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or "error: " in done.stderr, done
    return done


@pytest.mark.parametrize(
    ("command", "megabytes"), [("export", 60), ("export", 200), ("export", 330), ("diff", 450), ("verify", 650)]
)
def test_little_memory_is_a_failure_of_the_environment(command: str, megabytes: int, sound: Path) -> None:
    words = {"export": [sound, "ships"], "diff": [sound, sound], "verify": [sound, "--workers", "1"]}[command]
    limit = (megabytes * 2**20, megabytes * 2**20)
    done = ended([command, *words], preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit))
    if megabytes < 300:
        assert done.returncode == 3
        assert "memory" in done.stderr


STARTS = {
    "module": ["-m", "dataset_packager"],
    "project": [PACKAGE / "scaffold/templates/build_dataset.py.txt"],
}


@pytest.mark.parametrize("words", STARTS.values(), ids=STARTS)
def test_a_program_that_cannot_start_says_so_in_one_line(words: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "argparse.py").write_text("raise MemoryError('no\\nroom')")
    done = python(*words, "validate", PYTHONPATH=os.pathsep.join([str(tmp_path), str(PACKAGE.parent)]))
    assert done.code == 3, done.err
    assert done.err.startswith("error: the program can't start: MemoryError: no room: give it more memory")
    assert done.err.count("\n") == 1


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that lets calls of the C library fail, as Arrow and DuckDB make them."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None or sys.platform != "linux":
        pytest.skip("calls of the C library can be let fail on Linux only, where a C compiler is installed")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize(
    ("call", "after", "code", "command"),
    [
        ("pthread_create", 0, errno.EAGAIN, "export"),
        ("pthread_create", 0, errno.EAGAIN, "verify"),
        ("pthread_create", 1, errno.EAGAIN, "validate"),
        ("read", 400, errno.EIO, "export"),
        ("write", 0, errno.ENOSPC, "verify"),
        ("write", 3, errno.EIO, "validate"),
        ("open", 100, errno.EMFILE, "export"),
        ("open", 120, errno.EIO, "verify"),
    ],
)
def test_calls_of_the_c_library_that_fail_are_failures_of_the_environment(
    call: str, after: int, code: int, command: str, shim: Path, sound: Path
) -> None:
    project = sound.resolve().parents[3] / "project"
    words = {
        "export": [sound, "ships"],
        "verify": [sound, "--workers", "1"],
        "validate": ["--project", project, "--workers", "2"],
    }
    failing = {"LD_PRELOAD": str(shim), "FAIL": call, "AFTER": str(after), "WITH": str(code)}
    done = ended([command, *words[command]], env=os.environ | failing)
    if call != "read" and command != "export":
        assert done.returncode == 3


@pytest.mark.parametrize(
    ("ends", "code", "says"),
    [
        (lambda: 0, 0, ""),
        (lambda: 1, 1, ""),
        (lambda: sys.exit(2), 2, ""),
        (lambda: os._exit(1), 3, "exit code 1"),
        (lambda: os.kill(os.getpid(), signal.SIGUSR1), 3, "signal SIGUSR1"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), 3, "signal SIGKILL"),
        (lambda: [][0], 3, ""),
    ],
)
def test_a_guarded_command_has_the_exit_code_that_it_came_to_itself(ends: Any, code: int, says: str) -> None:
    told: list[str] = []

    def say(message: str, number: int) -> int:
        told.append(message)
        return number

    assert guarded(ends, say) == code
    assert says in "".join(told)
    assert bool(told) == bool(says)


def test_a_machine_without_shared_memory_works_with_one_process_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(multiprocessing.context.BaseContext, "Semaphore", fail)
    told: list[str] = []
    with Pool(4, str, told.append) as pool:
        assert list(pool.run(str.upper, ["a", "b"])) == ["A", "B"]
    assert told == ["this machine has no memory that processes share (/dev/shm): one process does all the work"]


def test_macos_is_asked_for_the_disk_itself_and_other_file_systems_for_what_they_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _, command: asked.append(command))
    monkeypatch.setattr(os, "fsync", lambda _: asked.append(0))
    write_text(tmp_path / "a", "x")
    assert asked == [51, 51]  # the file, then its folder

    def fail(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "fcntl", fail)
    write_text(tmp_path / "b", "x")
    assert asked == [51, 51, 0, 0]


@pytest.mark.parametrize("word", ["verify", "--project", "--out", "--report"])
def test_a_nul_in_a_name_is_a_wrong_call(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word, "a\0b"]) == 2
    assert capsys.readouterr().err == "error: a\\x00b: a NUL is in no name: leave it out\n"


def test_a_pipe_where_a_build_keeps_its_notes_is_not_waited_for(tmp_path: Path) -> None:
    home = tmp_path / RELEASES / "log"
    home.mkdir(parents=True)
    for name in (HISTORY, ORIGIN):
        os.mkfifo(home / name)
    assert read_history(home) == History()
    assert known_origin(tmp_path, "log") is None
