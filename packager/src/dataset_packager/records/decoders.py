"""Whether files can be decoded to their ends: asked of a process of its own, so that no file takes the build along.

The process lives on from file to file, and is started anew where a file ended it.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar

from dataset_packager.base.extras import is_installed
from dataset_packager.base.findings import EnvironmentFailure

PROGRAM = Path(__file__).with_name("decoder_process.py")
NEEDED = {
    "image": (("PIL", "pillow"),),
    "audio": (("soundfile", "soundfile"),),
    "video": (("av", "av"),),
    "pdf": (("pypdfium2", "pypdfium2"),),
}
"""The module and the package that decode the files of a column type."""
FILM_SOUND = frozenset({"audio/mp4", "video/webm"})  # sound that only the decoder of films takes
WAIT = 20  # times the seconds of work that a busy machine may take for them
MEMORY_GOES_BACK = {"MALLOC_MMAP_THRESHOLD_": str(8 * 2**20)}  # of glibc, which else keeps what a large picture took
BYTES_PER_SECOND = 2**20  # that a slow decoder gets through


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """What decoding one file may take: pixels of all its frames, frames or pages, seconds of work, bytes of memory."""

    pixels: int = 2**29
    frames: int = 20_000
    seconds: int = 20
    memory: int = 4 * 2**30

    def for_size(self, size: int) -> DecodingLimits:
        """Return the limits for a file of ``size`` bytes: large ones may take longer."""
        return replace(self, seconds=self.seconds + size // BYTES_PER_SECOND)


LIMITS = DecodingLimits()
MOST_FOR_THUMBNAIL = 2**26  # pixels that are decoded for one; of JPEG, an eighth of each edge is enough


@cache
def decoders() -> dict[str, str]:
    """Return the version of what decodes the files of each column type, none where nothing does."""
    from importlib.metadata import PackageNotFoundError, version  # here: with a parser of mails

    found = {}
    for family, needed in NEEDED.items():
        with suppress(PackageNotFoundError):
            if all(is_installed(module) for module, _ in needed):
                found[family] = ", ".join(f"{package} {version(package)}" for _, package in needed)
    return found


def can_decode(family: str, kind: str) -> bool:
    """Say whether files of a media type in a column of a type are decoded here."""
    return (family if kind not in FILM_SOUND else "video") in decoders() and family in decoders()


class Decoder:
    """The process that decodes, while there is one."""

    of_this_process: ClassVar[Decoder | None] = None

    def __init__(self, limits: DecodingLimits = LIMITS) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def wrong(self, family: str, kind: str, descriptor: int, size: int) -> str | None:
        """Return why a file can't be decoded to its end, None where it can.

        Args:
            family: the name of the column type.
            kind: the media type.
            descriptor: the open file.
            size: its length in bytes.

        Raises:
            EnvironmentFailure: no process can be started.
        """
        return self._asked(family, kind, self._limits.for_size(size), [descriptor])

    def thumbnail(self, kind: str, content: bytes | memoryview, most_bytes: int) -> bytes | None:
        """Return a picture as a small JPEG of at most so many bytes, None where none can be made.

        Raises:
            EnvironmentFailure: no process can be started.
        """
        limits = replace(self._limits.for_size(len(content)), pixels=min(self._limits.pixels, MOST_FOR_THUMBNAIL))
        with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as made:
            file.write(content)
            file.flush()
            if self._asked("image", kind, limits, [file.fileno(), made.fileno()]) is not None:
                return None
            made.seek(0)
            found = made.read(most_bytes + 1)
        return found if 0 < len(found) <= most_bytes else None

    def _asked(self, family: str, kind: str, limits: DecodingLimits, descriptors: list[int]) -> str | None:
        request = {"family": family, "kind": kind, "limits": asdict(limits)}
        asking = self._started()
        try:
            socket.send_fds(asking, [json.dumps(request).encode()], descriptors)
            ready, _, _ = select.select([asking], [], [], WAIT * limits.seconds)
            said = asking.makefile("rb").readline() if ready else b""
        except OSError:  # it died before it read
            said = b""
        if said:
            answer: str | None = json.loads(said)
            return answer
        return self._ended(limits)

    def _started(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            try:
                self._process = subprocess.Popen(  # noqa: S603 - this very Python, with a program of ours
                    [sys.executable, "-P", str(PROGRAM), str(theirs.fileno())],
                    env=os.environ | MEMORY_GOES_BACK, pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            except OSError as error:
                ours.close()
                raise EnvironmentFailure(f"no process can be started that decodes files: {error.strerror}") from error
            finally:
                theirs.close()
            self._socket = ours
        return self._socket

    def _ended(self, limits: DecodingLimits) -> str:
        """End the process if it still runs, and return what of the file ended it."""
        assert self._process is not None  # noqa: S101 - it was asked
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.1)
        slow = self._process.poll() in (None, -signal.SIGPROF)
        self.close()
        return f"it takes more than {limits.seconds:,} seconds to decode" if slow else "it makes its decoder crash"

    def close(self) -> None:
        """End the process."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._socket = self._process = None


def decoder() -> Decoder:
    """Return the decoder of this process, which ends with it."""
    if Decoder.of_this_process is None:
        Decoder.of_this_process = Decoder()
        atexit.register(Decoder.of_this_process.close)
    return Decoder.of_this_process
