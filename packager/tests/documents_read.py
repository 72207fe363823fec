"""Runs what stands in the fenced blocks of a document, line by line, as a reader would.

`python build_dataset.py` runs in this process, so that packages are imported once. A target of make runs what `make -n`
says, without installing. What talks to the Hub is only parsed; tests/hub has a Hub to talk to.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.cli import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import CommandLine

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HERE = re.compile(r"<<'(\w+)'")
_CODE = re.compile(r"# exit code (\d)")
_HUB = re.compile(r"\bpublish\b|\bverify ORG/")
PROGRAMS = (
    ("python", "build_dataset.py"),
    (".venv/bin/python", "build_dataset.py"),
    ("dataset-packager",),
    ("packager-venv/bin/dataset-packager",),
)
BUILD = Path(__file__).parents[1] / "src"
INSTALLING = (
    "touch .venv",
    "python3 -m venv",
    ".venv/bin/python -m pip",
    "packager-venv/bin/python -m pip",
    "pip install",
)


def blocks(text: str, *languages: str) -> Iterator[tuple[str, str]]:
    """Yield language and content of the blocks in these languages."""
    yield from ((language, held) for language, held in _BLOCK.findall(text) if language in languages)


def commands(block: str) -> Iterator[str]:
    """Yield the commands of a block: lines, those behind a `<<'END'` with the line that begins them."""
    lines = iter(block.splitlines())
    for line in lines:
        command = line
        if end := _HERE.search(line):
            while (more := next(lines)) != end[1]:
                command += "\n" + more
            command += f"\n{end[1]}"
        if command.strip():
            yield command


@dataclass
class Reader:
    """Somebody who types what a document says; each block of code goes on where the one before it ended.

    `ran` has what was typed, and `made` the targets whose work is done already: they only have to exist. Where a
    project brings the build along, other processes run that wheel.
    """

    folder: Path
    cli: CommandLine
    made: tuple[str, ...] = ()
    ran: list[str] = field(default_factory=list)

    def read(self, text: str) -> None:
        for language, held in blocks(text, "sh", "python"):
            if language == "python":
                self._shell(f"{shlex.quote(sys.executable)} - <<'END'\n{held}END")
            else:
                for command in commands(held):
                    self.type(command)

    def type(self, command: str) -> None:
        expected = int(code[1]) if (code := _CODE.search(command)) else 0
        self.ran.append(command)
        if command.startswith("cd "):
            place, _, command = command.partition(" && ")
            self.folder /= place.removeprefix("cd ")
        if not command:
            return
        words = shlex.split(command, comments=True) if "\n" not in command else []
        program = next((each for each in PROGRAMS if tuple(words[: len(each)]) == each), None)
        if program:
            self._program(words[len(program) :], expected)
        elif command.startswith(INSTALLING):
            return  # these very packages are at hand
        elif words[:1] == ["make"]:
            self._make(words, expected)
        else:
            self._shell(command.replace(".venv/bin/python", shlex.quote(sys.executable)))

    def _program(self, words: list[str], expected: int) -> None:
        if _HUB.search(" ".join(words)):
            build_parser()[0].parse_args(words)
            return
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            ran = self.cli(*words)
        finally:
            os.chdir(before)
        assert ran.code == expected, f"{words}\n{ran.out}{ran.err}"

    def _make(self, words: list[str], expected: int) -> None:
        done = subprocess.run(
            [*words[:1], "-n", *words[1:]], cwd=self.folder, capture_output=True, text=True, check=True
        )
        for line in done.stdout.replace("\\\n", " ").splitlines() if words[1] not in self.made else ():
            if line.startswith(".venv/bin/python build_dataset.py"):
                self._program(shlex.split(line)[2:], expected)
            elif not line.startswith(INSTALLING):
                self._shell(line.replace(".venv/bin/python", shlex.quote(sys.executable)))

    def _shell(self, command: str) -> None:
        known = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(self._build())}
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=os.environ | known,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def _build(self) -> Path:
        """Return the folder that the build is imported from: its wheel, unpacked, where the project has one."""
        site = self.folder / ".venv/site"
        for wheel in () if site.is_dir() else self.folder.glob("vendor/*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(site)
        return site if site.is_dir() else BUILD
