"""A small dataset with two states, and a process that forks a build of it for each fault."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
NAME = "log"
PROJECT = """
[project]
name = "log"
version = "1.0.0"
description = "What was seen"

[tool.dataset-packager]
released = "2026-01-31"

[tool.dataset-packager.tables.seen]
schema = "schema/seen.schema.json"
records = ["data/*.jsonl"]
key = ["id"]
"""
SCHEMA = {
    "type": "object",
    "required": ["id", "what"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "what": {"type": "string"}},
}


@dataclass(frozen=True)
class Ended:
    """How a fork ended: exit code (negative: the signal; None: it had to be killed), bytes of memory, what it printed.

    ``operations`` names those that a fault plan counted, where the program came to its end.
    """

    code: int | None
    memory: int
    out: str
    err: str
    operations: list[str] = field(default_factory=list)


class Forks:
    """Command lines, each in a process of its own that is there at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "printed").mkdir()
        (folder / "printed").chmod(0o777)
        project = make_project(folder / "warm")
        self._process = subprocess.Popen(
            [sys.executable, HERE / "forks.py", project, folder / "warm-out"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(self._process.communicate()[1])

    def __call__(self, *words: str | Path, **request: Any) -> Ended:
        assert self._process.stdin
        assert self._process.stdout
        printed = self.folder / "printed"
        request |= {"words": [str(word) for word in words], "folder": str(printed)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        out, err = ((printed / name).read_text("utf-8", "replace") for name in ("out", "err"))
        operations = []
        if "fault" in request and out.endswith("]\n"):
            *lines, last = out.splitlines()
            out, operations = "\n".join(lines), json.loads(last)
        return Ended(told["code"], told["memory"], out, err, operations)

    @property
    def litter(self) -> list[str]:
        """What command lines left among the temporary files."""
        return sorted(path.name for path in (self.folder / "printed").iterdir() if path.name not in ("out", "err"))

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # other users, too, find their temporary files in there
        made = Forks(Path(folder))
        yield made
        made.close()


def make_project(folder: Path) -> Path:
    """Make a dataset project of one table in ``folder``."""
    (folder / "schema").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    (folder / "schema/seen.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    write_records(folder, "first")
    return folder


def write_records(project: Path, what: str) -> None:
    """Give the project two records that say ``what``, and one that will be refused."""
    rows = [{"id": 1, "what": what}, {"id": 2, "what": what}, {"id": "wrong", "what": what}]
    (project / "data/seen.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")
