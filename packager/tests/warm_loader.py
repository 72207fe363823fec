"""What ``verify`` loads in a process of its own, loaded in forks of one that has imported ``datasets`` already.

Importing it takes seconds, hundreds of times. What a fork does is what the process does: the module's own function, in
a folder and an environment of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataset_packager.columns.loader import Loader


class WarmProcess:
    """A process that imports once, and forks for whoever asks."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def load(self, wanted: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
        """Load what is wanted in a fork; return its exit code and what it printed."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], env={**os.environ, **environment}, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
            )  # fmt: skip
        process = self._process
        assert process.stdin
        assert process.stdout
        request = {"wanted": wanted, "environment": dict(environment), "folder": str(folder)}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        return answer["code"], answer["out"], answer["err"]

    def end(self) -> None:
        """Let the process end, where there is one."""
        if self._process:
            self._process.communicate()


class WarmLoader:
    """What stands for a ``Loader``; what comes from the Hub is loaded by one as ever."""

    process: ClassVar[WarmProcess]
    cold: ClassVar[Callable[[Mapping[str, str], Path], Loader]]

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment, self._folder, self._cold = environment, folder, ExitStack()
        self._wanted: Mapping[str, Any] = {}
        self._answer: tuple[int, str, str] | None = None

    def ask(self, wanted: Mapping[str, Any]) -> None:
        """Note what is wanted."""
        self._wanted = wanted

    def answer(self) -> tuple[int, str, str]:
        """Load, and return what came of it."""
        if self._answer is None and not self._wanted["revision"]:
            self._answer = self.process.load(self._wanted, self._environment, self._folder)
        elif self._answer is None:
            loader = self._cold.enter_context(closing(self.cold(self._environment, self._folder)))
            loader.ask(self._wanted)
            self._answer = loader.answer()
        return self._answer

    def close(self) -> None:
        """Close the process that was needed for the Hub."""
        self._cold.close()


def serve() -> None:
    """Answer each line of standard input with one of what a fork printed."""
    import datasets

    from dataset_packager.columns import loaded_digests

    for line in sys.stdin:
        request = json.loads(line)
        out, err = (Path(request["folder"], f".printed-{name}") for name in ("out", "err"))
        child = os.fork()
        if not child:
            code = 1
            try:
                os.chdir(request["folder"])
                os.environ.clear()
                os.environ.update(request["environment"])
                for number, path in ((1, out), (2, err)):
                    os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
                datasets.config.HF_DATASETS_CACHE = Path(os.environ["HF_DATASETS_CACHE"])
                for told in loaded_digests.load_wanted(request["wanted"]):
                    sys.stdout.write(json.dumps(told) + "\n")
                sys.stdout.flush()
                code = 0
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        answer = {"code": code, "out": out.read_text("utf-8"), "err": err.read_text("utf-8")}
        for path in (out, err):
            path.unlink()
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
