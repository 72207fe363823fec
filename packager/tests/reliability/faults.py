"""Faults at one of a program's file-system operations: the process is killed there, or the operation refused.

``Plan.install`` wraps the operations of ``os`` and ``open`` in this process and counts them. Nothing in the product
knows of it.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

KILL = "KILL"
CHANGING = ("mkdir", "rename", "replace", "unlink", "remove", "rmdir", "symlink", "link", "fsync", "truncate", "utime")


class Plan:
    """What happens at operation ``at``: ``how`` is ``KILL`` or the name of an error.

    It is a number, counted from 1, or the name of one, of which it is the first.

    A write is torn: half of it arrives. With ``onwards`` every operation from there on is refused, as on a disk that
    stays full or was mounted for reading only. ``reads`` has operations counted that only read, below ``roots``.
    """

    def __init__(
        self, at: int | str, how: str, *, onwards: bool = False, reads: bool = False, roots: tuple[str, ...] = ()
    ):
        self.at, self.how, self.onwards, self.reads, self.roots = at, how, onwards, reads, roots
        self.names: list[str] = []
        self.struck = False
        self._one = threading.Lock()  # files go to the disk many at a time, and each counts

    def install(self) -> None:
        """Wrap the operations of this process, for good."""
        for name in CHANGING:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        os.open = self._wrapped_os_open(os.open)
        builtins.open = io.open = self._wrapped_open(io.open)

    def operation(self, name: str, path: object, tear: Callable[[], Any] | None = None) -> None:
        """Count one operation, and strike where it is time."""
        with self._one:
            self.names.append(f"{name} {path}")
            here = name == self.at and not self.struck if isinstance(self.at, str) else len(self.names) == self.at
            if not here and not (self.onwards and self.struck):
                return
            self.struck = True
        if tear is not None:
            with contextlib.suppress(OSError):
                tear()
        if self.how == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self.how)
        raise OSError(number, os.strerror(number), str(path))

    def _wrapped(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.operation(name, args[0])
            return None if name == "fsync" else function(*args, **options)  # the machine itself stays up

        return wrapped

    def _wrapped_os_open(self, function: Callable[..., int]) -> Callable[..., int]:
        def wrapped(path: Any, flags: int, *args: Any, **options: Any) -> int:
            if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                self.operation("create", path)
            return function(path, flags, *args, **options)

        return wrapped

    def _wrapped_open(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if set(mode) & set("wxa+"):
                self.operation("create", file)
                return _File(function(file, mode, *args, **options), self)
            if self.reads and str(file).startswith(self.roots):
                self.operation("read", file)
            return function(file, mode, *args, **options)

        return wrapped


class _File:
    """A file whose writes are operations."""

    def __init__(self, file: Any, plan: Plan) -> None:
        self._file, self._plan = file, plan

    def write(self, data: Any) -> Any:
        self._plan.operation("write", self._file.name, lambda: self._half(data))
        return self._file.write(data)

    def _half(self, data: Any) -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()

    def __enter__(self) -> _File:
        self._file.__enter__()
        return self

    def __exit__(self, *what: Any) -> Any:
        return self._file.__exit__(*what)

    def __iter__(self) -> Any:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
