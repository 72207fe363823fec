"""A full disk, a limit, a missing right, input that goes or changes: exit code 3, how to mend it, and no damage."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from dataset_packager.base.console import Reporter
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.build import Options, build
from dataset_packager.project.read_config import load_config

from .conftest import NAME, Forks, make_project, write_records
from .whole import names, saying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.base.console import Progress

RELEASE_BYTES = 200_000


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system in memory at ``folder``, where that is allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting isn't allowed here: run as root to see a disk that is really full")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_is_really_full(forks: Forks, small: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=4m") as disk:
        ended = forks("--project", small, "--out", disk, "--workers", "1", "--quarantine")
        assert ended.code == 0, ended.err
        write_records(small, "new")
        filler = disk / "filler"
        full = 0
        for left in range(0, 5 * RELEASE_BYTES, RELEASE_BYTES // 8):
            room = shutil.disk_usage(disk).free
            filler.write_bytes(b"")
            with filler.open("wb") as file:
                file.write(b"x" * (shutil.disk_usage(disk).free - left))
            ended = forks("--project", small, "--out", disk, "--workers", "1", "--quarantine")
            if ended.code == 0:
                break
            full += 1
            assert ended.code == 3, (room, ended)
            assert "No space left on device: make room there, or name another folder" in ended.err
            assert f"error: {disk}" in ended.err
            assert saying(disk / NAME) == {"first"}
            assert len(names(disk / ".releases" / NAME) - {".chunks", ".history"}) == 2
        assert full >= 2
        assert saying(disk / NAME) == {"new"}


def test_more_rows_than_the_disk_holds(forks: Forks, small: Path, tmp_path: Path) -> None:
    rows = [json.dumps({"id": number, "what": os.urandom(500).hex()}) for number in range(8000)]
    with mounted(tmp_path / "disk", "size=3m") as disk:
        assert forks("--project", small, "--out", disk, "--workers", "1", "--quarantine").code == 0
        (small / "data/more.jsonl").write_text("\n".join(rows), "utf-8")
        ended = forks("--project", small, "--out", disk, "--workers", "2")
        assert ended.code == 3
        assert "No space left on device" in ended.err
        assert "Traceback" not in ended.err
        assert saying(disk / NAME) == {"first"}


def test_a_copy_that_finds_no_room_names_where_it_goes(forks: Forks, small: Path, tmp_path: Path) -> None:
    assert forks("--project", small, "--out", tmp_path, "--workers", "1", "--quarantine").code == 0
    with mounted(tmp_path / "disk", "size=16k") as disk:
        ended = forks("diff", tmp_path / NAME, tmp_path / NAME, "--delta", disk / "delta")
        assert ended.code == 3
        assert ended.err.startswith(f"error: {disk}/"), ended.err
        assert "No space left on device: make room there, or name another folder" in ended.err


def test_a_limit_on_the_size_of_files(forks: Forks, small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert forks("--project", small, "--out", out, "--workers", "1", "--quarantine").code == 0
    write_records(small, "new")
    for limit in (2_500, 5_000):
        words = ("--project", small, "--out", out, "--workers", "1", "--quarantine")
        ended = forks(*words, limits={"RLIMIT_FSIZE": limit})
        assert ended.code == 3, ended
        assert "raise the limit on the size of files (ulimit -f)" in ended.err, ended.err
        assert "Traceback" not in ended.err
        assert saying(out / NAME) == {"first"}


def test_a_limit_on_open_files(forks: Forks, small: Path, tmp_path: Path) -> None:
    words = ("--project", small, "--out", tmp_path / "out", "--workers", "1", "--quarantine")
    ended = [forks(*words, limits={"RLIMIT_NOFILE": limit}) for limit in (6, 10, 14, 18)]
    assert all(each.code in (0, 2, 3) and "Traceback" not in each.err for each in ended)
    refused = [each for each in ended if each.code == 3]
    assert refused
    assert all("Too many open files: raise the limit on open files (ulimit -n)" in each.err for each in refused)


def test_a_read_only_file_system(forks: Forks, small: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=4m") as disk:
        assert forks("--project", small, "--out", disk, "--workers", "1", "--quarantine").code == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        ended = forks("--project", small, "--out", disk, "--workers", "1", "--quarantine")
        assert ended.code == 3
        assert f"error: {disk}" in ended.err
        assert "the file system can only be read: name a folder on another one" in ended.err
        assert saying(disk / NAME) == {"first"}


NOBODY = 65534


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("path", ["out", "out/.releases/log", "out/.releases/log/.lock", "project/data/seen.jsonl"])
def test_a_missing_right(path: str, forks: Forks, reachable: Path) -> None:
    project, out = make_project(reachable / "project"), reachable / "out"
    who = {"user": NOBODY} if os.getuid() == 0 else {}
    out.mkdir()
    out.chmod(0o777)
    words = ("--project", project, "--out", out, "--workers", "1", "--quarantine")
    assert forks(*words, **who).code == 0
    if os.getuid() == 0:
        os.chown(reachable / path, 0, 0)
    (reachable / path).chmod(0o500 if (reachable / path).is_dir() else 0)
    write_records(project, "new")
    try:
        ended = forks(*words, **who)
        assert ended.code == 3, ended
        assert f"{path.removeprefix('project/')}" in ended.err
        assert "Permission denied: get the right to use it, or name another one" in ended.err
    finally:
        (reachable / path).chmod(0o700)
    assert saying(out / NAME) == {"first"}


def test_a_limit_on_processes(forks: Forks, reachable: Path) -> None:
    project, who = make_project(reachable / "project"), {"user": NOBODY} if os.getuid() == 0 else {}
    for limit in (1, 3, 5, 6, 7):  # the system holds no limit against root
        ended = forks("validate", "--project", project, "--workers", "2", limits={"RLIMIT_NPROC": limit}, **who)
        assert "Traceback" not in ended.err
        if "one process does all the work" in ended.err:
            assert ended.code == 1  # for the record that is wrong
            continue
        assert (ended.code, ended.err.count("\n")) == (3, 1), (limit, ended)
        assert "processes (ulimit -u), or" in ended.err


class Meddler(Reporter):
    """It does something to the input when the build has planned and hashed it, and begins to read."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._meddle = meddle

    @contextlib.contextmanager
    def progress(self, label: str, size: int) -> Iterator[Progress]:
        self._meddle()
        with super().progress(label, size) as progress:
            yield progress


@pytest.mark.parametrize("records", ["seen.jsonl", "seen.json", "seen.jsonl.gz", "seen.jsonl.zst"])
@pytest.mark.parametrize("what", ["vanishes", "is edited", "is cut", "is emptied"])
def test_input_that_changes_while_it_is_read(records: str, what: str, small: Path, tmp_path: Path) -> None:
    file = small / "data" / records
    (small / "data/seen.jsonl").unlink()
    pack(file, [{"id": number, "what": "first"} for number in range(500)])
    configuration = small / "pyproject.toml"
    configuration.write_text(configuration.read_text("utf-8").replace("*.jsonl", "*"), "utf-8")
    out = tmp_path / "out"
    build(load_config(small), Options(out, workers=1), Reporter())
    pack(file, [{"id": number, "what": "second"} for number in range(500)])
    data = file.read_bytes()
    changes: dict[str, Callable[[], object]] = {
        "vanishes": file.unlink,
        "is edited": lambda: file.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:]),
        "is cut": lambda: file.write_bytes(data[:-20]),
        "is emptied": lambda: file.write_bytes(b""),
    }
    with pytest.raises(EnvironmentFailure) as failure:
        build(load_config(small), Options(out, workers=1), Meddler(changes[what]))
    says = "it vanished while it was needed" if what == "vanishes" else "changed while it was being read: let it rest"
    assert str(failure.value).startswith(f"data/{records}: ")
    assert says in str(failure.value)
    assert saying(out / NAME) == {"first"}


def pack(file: Path, rows: list[dict[str, object]]) -> None:
    """Write rows as the ending of ``file`` asks for."""
    text = json.dumps(rows) if ".jsonl" not in file.name else "".join(json.dumps(row) + "\n" for row in rows)
    stream = pa.output_stream(file, compression={".gz": "gzip", ".zst": "zstd"}.get(file.suffix))
    with stream:
        stream.write(text.encode())


@pytest.mark.parametrize("name", ["pyproject.toml", "schema/seen.schema.json", "data/seen.jsonl", "DATASHEET.md"])
def test_a_pipe_that_takes_a_files_place_during_the_build_is_not_waited_for(
    name: str, small: Path, tmp_path: Path
) -> None:
    (small / "DATASHEET.md").write_text("# Datasheet\n", "utf-8")
    configuration = small / "pyproject.toml"
    text = configuration.read_text("utf-8").replace("released =", 'datasheet = "DATASHEET.md"\nreleased =')
    configuration.write_text(text, "utf-8")

    def swap() -> None:
        (small / name).unlink()
        os.mkfifo(small / name)

    config, how = load_config(small), Options(tmp_path / "out", workers=1, quarantine=True)
    if name == "pyproject.toml":  # it was read, and is asked for nothing more
        build(config, how, Meddler(swap))
        assert saying(tmp_path / "out" / NAME) == {"first"}
        return
    with pytest.raises((EnvironmentFailure, SetupError), match=r"no regular file|changed during the build"):
        build(config, how, Meddler(swap))
    assert not (tmp_path / "out" / NAME).exists()


def test_a_schema_that_changes_during_the_build(small: Path, tmp_path: Path) -> None:
    schema = small / "schema/seen.schema.json"
    write_records(small, "first")
    text = schema.read_text("utf-8")
    with pytest.raises(EnvironmentFailure, match=r"seen.schema.json: changed during the build"):
        build(
            load_config(small),
            Options(tmp_path / "out", workers=1, quarantine=True),
            Meddler(lambda: schema.write_text(text + " ", "utf-8")),
        )
    assert not (tmp_path / "out" / NAME).exists()


class LateMeddler(Reporter):
    """It does something when the build comes to a stage of that name."""

    def __init__(self, stage: str, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._late, self._meddle = stage, meddle

    def stage(self, name: str) -> None:
        if name == self._late:
            self._meddle()
        super().stage(name)


@pytest.mark.parametrize("stage", ["views", "describe"])
@pytest.mark.parametrize("name", ["v.sql", "v.json", "DATASHEET.md", "LICENSE"])
def test_what_changes_after_it_was_hashed_is_in_no_release(name: str, stage: str, small: Path, tmp_path: Path) -> None:
    write_records(small, "first")
    (small / "v.sql").write_text("SELECT id, what FROM seen", "utf-8")
    (small / "v.json").write_bytes((small / "schema/seen.schema.json").read_bytes())
    (small / "DATASHEET.md").write_text("# Datasheet\n", "utf-8")
    (small / "LICENSE").write_text("As you like\n", "utf-8")
    view = '[tool.dataset-packager.views.v]\nquery = "v.sql"\nschema = "v.json"\nkey = ["id"]\n'
    configuration = small / "pyproject.toml"
    text = configuration.read_text("utf-8").replace('"1.0.0"\n', '"1.0.0"\nlicense-files = ["LICENSE"]\n')
    configuration.write_text(text + view, "utf-8")
    file = small / name

    def meddle() -> None:
        text = file.read_text("utf-8")
        file.write_text(text + "\n", "utf-8")

    with pytest.raises(EnvironmentFailure, match=rf"{name}: changed during the build"):
        build(load_config(small), Options(tmp_path / "out", workers=1, quarantine=True), LateMeddler(stage, meddle))

    def swap() -> None:
        file.unlink()
        os.mkfifo(file)

    with pytest.raises((EnvironmentFailure, SetupError), match=rf"{name}: (no regular file|changed during the build)"):
        build(load_config(small), Options(tmp_path / "out", workers=1, quarantine=True), LateMeddler(stage, swap))
    assert not (tmp_path / "out" / NAME).exists()  # and now that it is a pipe from the beginning on
    with pytest.raises(SetupError):
        build(load_config(small), Options(tmp_path / "out", workers=1, quarantine=True), Reporter())
