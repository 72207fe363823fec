"""The kernel as machine code: one file for each kind of machine, shipped with the package, loaded by ``ctypes``.

Nothing is compiled when a build runs, and nothing is loaded that doesn't stand in the package's own folder with the
hash that ``shipped_kernels`` tells: a file that was damaged, or left there by another version, is never run. Between
hashing and loading, the file is trusted as this module is: whoever can change the one can change the other. What is
shipped follows from ``kernel.c`` alone; ``make kernel`` gives the same bytes again.

Where no file fits the machine, or it can't be loaded, the exact way reads all lines.
"""

from __future__ import annotations

import ctypes
import hashlib
import platform
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dataset_packager.base.byte_counts import count_by
from dataset_packager.columns.fast.shipped_kernels import BUILDS

if TYPE_CHECKING:
    from collections.abc import Callable

    Kernel = Callable[..., int]

ARGUMENTS = {
    "read_lines": 9,
    "holds_any": 6,
    "unlike": 8,
    "code_texts": 4,
    "repeat_codes": 4,
    "count_byte": 3,
    "terminate": 5,
    "look_up": 8,
}  # of each function; all are addresses or integers of 64 bits
FOLDER = Path(__file__).parent
_FILES = {
    ("linux", "x86_64"): "kernel-linux-x86_64.so",
    ("linux", "aarch64"): "kernel-linux-aarch64.so",
    ("darwin", "x86_64"): "kernel-macos-x86_64.dylib",
    ("darwin", "arm64"): "kernel-macos-aarch64.dylib",
}


class NoKernel(Exception):  # no error: the exact way reads all lines
    """There is no machine code that could be run; the message says why."""


def function(name: str) -> Kernel | None:
    """Return a function of ``kernel.c``, or None where there is none for this machine.

    It takes addresses, and runs without the interpreter's lock.
    """
    return found()[0].get(name)


def why_not() -> str | None:
    """Say why there are no functions; None where there are."""
    return found()[1]


@cache
def found() -> tuple[dict[str, Kernel], str | None]:
    """Return the kernel's functions, or why there is none; it is looked for once in each process."""
    try:
        functions = _loaded(sound_file())
    except NoKernel as reason:
        return {}, str(reason)
    count_by(lambda data, byte: functions["count_byte"](data, len(data), byte))
    return functions, None


def sound_file() -> Path:
    """Return the file for this machine, which is as it was shipped.

    Raises:
        NoKernel: there is none.
    """
    machine = platform.machine()
    name = _FILES.get((sys.platform, machine))
    if name is None or ctypes.sizeof(ctypes.c_void_p) != 8:
        bits = 8 * ctypes.sizeof(ctypes.c_void_p)
        raise NoKernel(f"there is no compiled reader for {sys.platform} on {machine or 'this machine'} ({bits} bits)")
    path = FOLDER / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoKernel(f"{path} can't be read ({error.strerror}); install the build again") from error
    if hashlib.sha256(content).hexdigest() != BUILDS[name]:
        raise NoKernel(f"{path} isn't what the build was shipped with, and is not run; install the build again")
    return path


def _loaded(path: Path) -> dict[str, Kernel]:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:  # a file system without programs, a system that runs signed ones only
        raise NoKernel(f"the system doesn't load {path}: {error}") from error
    functions: dict[str, Kernel] = {}
    for name, arguments in ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes = [ctypes.c_void_p] * arguments
        function.restype = ctypes.c_int64
        functions[name] = function
    return functions
