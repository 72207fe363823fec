"""The kernel under a C compiler's sanitizers: ``kernel.c`` beside this module gives it tables and damaged lines."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dataset_packager

if TYPE_CHECKING:
    from collections.abc import Iterator

HARNESS = Path(__file__).with_suffix(".c")
KERNEL = Path(dataset_packager.__file__).parent / "columns/fast/kernel.c"
OPTIONS = ("-std=c99", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COMPILED_SOON = "-O0"  # in a sixth of the time: it pays where few inputs are tried
PORTABLE = "-U__SSE2__"  # what machines run that have no instruction of this one's for it


@cache
def compiler() -> str | None:
    """Return a compiler whose programs run under sanitizers on this machine, None where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "empty.c", Path(folder) / "empty"
        source.write_text("int main(void) { return 0; }\n", "utf-8")
        for name in filter(None, map(shutil.which, ("clang", "gcc", "cc"))):
            words = [name, *OPTIONS, "-o", str(program), str(source)]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0 and not subprocess.call(program):
                return name
    return None


@contextmanager
def program(kernel: Path = KERNEL, *options: str) -> Iterator[Path]:
    """Give the program that tries a kernel; ``FIRST LAST SECONDS`` are the seeds, and for how long at most."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "kernel"
        words = [compiler() or "cc", *OPTIONS, *options, f'-DKERNEL="{kernel}"', "-o", str(made), str(HARNESS)]
        subprocess.run(words, check=True)
        yield made


def fuzz(first: int, seconds: int) -> bool:
    """Try inputs from a seed on, for so long; say whether one broke the kernel, after telling how many there were."""
    if compiler() is None:
        print("kernel: not tried: no C compiler with sanitizers is at hand")  # noqa: T201 - its result
        return False
    with program() as made:
        ran = subprocess.run([made, str(first), str(2**62), str(seconds)], capture_output=True, text=True, check=False)
    if ran.returncode:
        print(f"kernel: broken\n{ran.stderr}")  # noqa: T201
        return True
    inputs, lines, plain, held = map(int, ran.stdout.split())
    told = f"{inputs:,} inputs, {lines:,} lines, {plain:,} of them plain, {held:,} with what they were searched for"
    print(f"kernel: {told}")  # noqa: T201
    return False
