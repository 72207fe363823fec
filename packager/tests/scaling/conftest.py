"""A site to build at: a scheduler, workers and builds, each a process of its own that does not outlive its test."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import COMMAND, PACKAGER, Ran

from .network import Network, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
RECORDS = 12_000
CHUNKS_OF_A_FILE = 4
PLACES = 5
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}
NAME = "log"
PROJECT = """
[project]
name = "log"
version = "1.0.0"
description = "What was seen"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = {shard_bytes}

[tool.dataset-packager.tables.seen]
schema = "schema/seen.schema.json"
records = [{records}]
key = ["id"]
"""
SCHEMA = {
    "type": "object",
    "required": ["id", "what"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "what": {"$ref": "parts/what.schema.json"}},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--records", type=int, default=RECORDS, metavar="N",
        help=f"of the builds on clusters in tests/scaling: 1000000 makes 400 MB of them (default: {RECORDS})",
    )  # fmt: skip


@dataclass(frozen=True)
class Load:
    """What a build on a cluster is given: so many records, all of one length."""

    records: int = RECORDS

    @property
    def chunks(self) -> int:
        """How many they make: of 10 MB where there are many."""
        return max(12, self.records // 25_000)

    @property
    def patience(self) -> int:
        """The seconds after which something counts as hanging."""
        return 90 + self.records // 1_000

    def files(self) -> Iterator[bytes]:
        """Yield what stands in each file."""
        each = -(-self.records * CHUNKS_OF_A_FILE // self.chunks)
        for first in range(0, self.records, each):
            yield record_lines(first, min(each, self.records - first))

    def make_project(self, folder: Path, records: str = "data/*.jsonl") -> Path:
        """Make a project of these records; they lie in it unless ``records`` is a URL."""
        make_project(folder, records, -(-self.records // self.chunks) * len(record_lines(0, 1)))
        return folder if "://" in records else self.fill(folder / "data")

    def fill(self, folder: Path) -> Path:
        """Write the files, and return the folder that ``folder`` is in."""
        folder.mkdir(parents=True)
        for number, lines in enumerate(self.files()):
            (folder / f"seen-{number:03}.jsonl").write_bytes(lines)
        return folder.parent


def make_project(folder: Path, records: str, shard_bytes: int = 2**20) -> Path:
    """Make a project whose records lie where ``records`` says."""
    (folder / "schema/parts").mkdir(parents=True)
    (folder / "schema/seen.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    (folder / "schema/parts/what.schema.json").write_text(json.dumps({"type": "string"}), "utf-8")
    configuration = PROJECT.format(shard_bytes=shard_bytes, records=json.dumps(records))
    (folder / "pyproject.toml").write_text(configuration, "utf-8")
    return folder


def record_lines(first: int, count: int) -> bytes:
    """Return records of 400 bytes, numbered from ``first`` on; half of their text is noise."""
    return b"".join(b'{"id": %i, "what": "%s"}\n' % (10**7 + each, _text(each)) for each in range(first, first + count))


def _text(number: int) -> bytes:
    return (hashlib.shake_128(b"%i" % number).hexdigest(90).encode() + b" was seen here and there").ljust(372, b".")


@dataclass
class Site:
    """Processes in places: the scheduler and the driver in the first one, each worker in one of its own.

    Where there are namespaces workers don't see the folder ``hidden``.
    """

    network: Network
    folder: Path
    load: Load
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    begun: dict[int, float] = field(default_factory=dict)
    scheduler: str = ""
    hidden: Path | None = None

    def start(self, place: int, *words: str | Path, **environment: str) -> subprocess.Popen[str]:
        """Start Python there, in a process group of its own."""
        process = subprocess.Popen(
            [*self.network.command(place, self.hidden if place else None), sys.executable, *map(str, words)],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(PACKAGER / "src"), "PACKAGER_SIGNALS": str(self.signals)}
            | {"PACKAGER_PATIENCE": str(self.load.patience)} | self.environment | environment,
        )  # fmt: skip
        self.started.append(process)
        self.begun[process.pid] = time.monotonic()
        return process

    @property
    def signals(self) -> Path:
        """The folder in which tests and workers leave each other signs."""
        return self.folder / "signals"

    def start_s3(self, *folders: Path) -> str:
        """Start an S3 where the driver is, with the files of ``folders`` as records, and return its address."""
        process = self.start(0, HERE / "s3.py", self.network.address(0), *folders)
        assert process.stdout
        address = f"http://{self.network.address(0)}:{process.stdout.readline().strip()}"
        self.environment |= {"AWS_ENDPOINT_URL": address, **CREDENTIALS}
        return address

    def start_scheduler(self) -> subprocess.Popen[str]:
        """Start a scheduler, and wait until it says where it can be reached."""
        told = self.folder / "scheduler.json"
        told.unlink(missing_ok=True)
        host = self.network.address(0)
        words = ("--host", host, "--port", "0", "--no-dashboard", "--scheduler-file", told)
        process = self.start(0, "-m", "distributed.cli.dask_scheduler", *words)
        self.wait(lambda: told.exists() and told.read_bytes().endswith(b"}"))
        self.scheduler = json.loads(told.read_bytes())["address"]
        return process

    def start_worker(self, place: int, role: str = "", **environment: str) -> subprocess.Popen[str]:
        """Start a worker with one thread; what its ``role`` means stands in ``preload.py``."""
        words = [self.scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "10"]
        words += ["--host", self.network.address(place), "--name", f"{role or 'plain'}-{place}"]
        words += ["--local-directory", str(self.folder / f"scratch-{place}")]
        words += ["--preload", str(HERE / "preload.py")] if role else []
        return self.start(place, "-m", "distributed.cli.dask_worker", *words, PACKAGER_TEST=role, **environment)

    def start_build(self, project: Path, out: Path | str, *words: str) -> subprocess.Popen[str]:
        """Start a build on the cluster."""
        cluster = ("--engine", "dask", "--scheduler", self.scheduler) if self.scheduler else ()
        return self.start(0, COMMAND, "--project", project, "--out", out, *cluster, *words)

    def build_here(self, project: Path, out: Path | str) -> Ran:
        """Build with one process of this machine."""
        words = ("--project", project, "--out", out, "--workers", "1")
        return self.ended(self.start(0, COMMAND, *words))

    def ended(self, process: subprocess.Popen[str]) -> Ran:
        """Wait for a process, and return how it ended."""
        out, err = process.communicate(timeout=self.load.patience)
        took = time.monotonic() - self.begun[process.pid]
        sys.stdout.write(f"{err}ended with {process.returncode}, {took:.1f} s after it was started\n")
        return Ran(process.returncode, out, err)

    def wait(self, happened: Callable[[], object]) -> None:
        """Wait until something has happened."""
        end = time.monotonic() + self.load.patience
        while not happened():
            assert time.monotonic() < end, self._told()
            time.sleep(0.02)

    def _told(self) -> str:
        """Kill all processes, and return what they said."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return "\n".join(process.communicate(timeout=self.load.patience)[1] for process in self.started)

    def wait_for(self, name: str) -> None:
        """Wait until a worker has left a sign."""
        self.wait((self.signals / name).exists)

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=self.load.patience)
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe
                pipe.close()
        self.network.close()


@pytest.fixture(scope="session")
def load(request: pytest.FixtureRequest) -> Load:
    """What builds on clusters are given; ``--records`` is known only where tests/scaling is named."""
    return Load(request.config.getoption("--records", RECORDS))


@pytest.fixture
def site(tmp_path: Path, load: Load) -> Iterator[Site]:
    pytest.importorskip("distributed", reason="Dask isn't installed: pip install '.[dask]'")
    (tmp_path / "signals").mkdir()
    here = Site(joined(PLACES), tmp_path, load)
    yield here
    here.close()
