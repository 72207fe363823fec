"""The build's own file-system operations: whole files or none, on the disk before anyone relies on them.

A file is written under a temporary name in its own folder, fsynced, closed and renamed; then its folder is fsynced.
What nobody looks at until all of it is there is fsynced in the end, many files at a time.
The temporary name is nobody else's, so that a second writer of the same file (a worker that was given up, a chunk that
was sent out twice) can neither hinder the first nor put a half-written file in its place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dataset_packager.base.findings import EnvironmentFailure, PackagerError, SetupError

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Iterator

TEMPORARY = ".partial-"
SCRATCH, MARKER, INSIDE = "dataset-packager-", ".scratch-folder", "scratch"
_SCRATCH_NAME = re.compile(re.escape(SCRATCH) + "[a-z0-9_]{8}")  # as tempfile makes them
PLAIN_HOMES = ("/tmp", "/var/tmp")  # noqa: S108 - what is made there is made as tempfile does
_MEANING = re.compile(r"[][*?{}$~:#%|\\!]")  # to the shell, to fsspec, to datasets or to DuckDB
BLOCK = 2**20
FSYNCS = 16  # files on their way to the disk at a time
NO_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP})
"""What the system says where a file system has no links."""


class HashingFile:
    """A binary file that hashes what is written to it."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self.path = file, path
        self._hash = hashlib.sha256()
        self.size = 0
        self.abandoned = False
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """Write ``data`` whole and return its length in bytes; of an abandoned file nobody sees any more of it."""
        if self.abandoned:
            return len(data)
        self._hash.update(data)
        self._file.write(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Hand buffered bytes to the operating system."""
        if not self.abandoned:
            self._file.flush()

    def to_disk(self) -> None:
        """Put what was written on the disk."""
        self._file.flush()
        to_disk(self._file.fileno())

    def take(self) -> None:
        """Read what somebody else wrote under ``path`` when nothing had been written here, as if it had been."""
        self._hash, self.size = hashlib.sha256(), 0
        self._file.seek(0)
        while block := os.read(self._file.fileno(), BLOCK):
            self._hash.update(block)
            self.size += len(block)

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self.size

    def writable(self) -> bool:
        """Say that it can be written to, as writers ask."""
        return True

    def close(self) -> None:
        """Leave closing to whoever opened the file."""

    @property
    def sha256(self) -> str:
        """The SHA-256 of everything written so far, in hexadecimal."""
        return self._hash.hexdigest()


@contextlib.contextmanager
def failures(path: Path | str) -> Iterator[None]:
    """Turn what the operating system refuses about ``path`` into an ``EnvironmentFailure`` that names it."""
    try:
        yield
    except OSError as error:
        raise EnvironmentFailure(refusal(error, path)) from error


_MENDS = {
    errno.ENOSPC: "make room there, or name another folder",
    errno.EDQUOT: "make room within the quota, or name another folder",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "the file system can only be read: name a folder on another one",
    errno.EAGAIN: "raise the limit on processes (ulimit -u), or use fewer --workers",
    errno.EACCES: "get the right to use it, or name another one",
    errno.EPERM: "get the right to use it, or name another one",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.EIO: "the disk fails: check it, or name a folder on another one",
    errno.ENOENT: "it vanished while it was needed: put it back",
}

_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def refusal(error: OSError, path: Path | str | None = None) -> str:
    """Return what the operating system refuses, about which file where that is known, and how to mend it."""
    copied = error.filename2 if error.errno in _WRITING else None  # a copy that fails names its source first
    about = path or copied or error.filename or type(error).__name__
    advice = _MENDS.get(error.errno or 0, "mend that")
    return f"{about}: {error.strerror or error}: {advice}; then run the same command again"


@contextlib.contextmanager
def whole(path: Path) -> Iterator[HashingFile]:
    """Give a file to write that appears under ``path``, whole, when the block ends without an error."""
    temporary = path.with_name(f"{TEMPORARY}{os.urandom(4).hex()}-{path.name}")
    with failures(path):
        hashing = None
        try:
            with temporary.open("x+b") as file:
                hashing = HashingFile(cast("BinaryIO", file), temporary)
                yield hashing
            temporary.replace(path)
        except BaseException:
            if hashing is not None:
                hashing.abandoned = True  # who writes to it may only now be told to close, and write once more
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


@contextlib.contextmanager
def durable(path: Path) -> Iterator[HashingFile]:
    """Give a file to write that appears under ``path``, whole and on the disk, when the block ends without an error."""
    with whole(path) as file:
        yield file
        file.to_disk()
    fsync_folder(path.parent)


def sweep_partials(path: Path) -> None:
    """Remove what writers of ``path`` that were killed left beside it; call it where nobody else is writing it."""
    left = re.compile(re.escape(TEMPORARY) + "[0-9a-f]{8}-" + re.escape(path.name))
    with failures(path):
        for litter in path.parent.glob(f"{TEMPORARY}*"):
            if left.fullmatch(litter.name):
                litter.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with newlines untouched; the file appears whole or not at all."""
    with durable(path) as file:
        file.write(text.encode("utf-8"))


def write_unsynced(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8, that ``fsync_all`` puts on the disk later, or that may be lost or torn."""
    with failures(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def make_folder(path: Path) -> None:
    """Make ``path`` and the folders above it, each on the disk before the next is relied on."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with failures(path):
        path.mkdir(exist_ok=True)
    fsync_folder(path.parent)


def link_file(source: Path, target: Path) -> None:
    """Give a file a second name, or where the file system can't, copy it."""
    make_folder(target.parent)
    with failures(target):
        try:
            os.link(source, target)
        except OSError:
            with open_regular(source) as file, durable(target) as copy:
                while block := file.read(BLOCK):
                    copy.write(block)


def new_folder(parent: Path) -> Path:
    """Make a hidden folder in ``parent`` under a name that nobody else has."""
    make_folder(parent)
    with failures(parent):
        return Path(tempfile.mkdtemp(prefix=".", dir=parent))


def to_disk(descriptor: int) -> None:
    """Put what was written on the disk itself: what macOS calls fsync leaves it in the memory of the drive."""
    whole = getattr(fcntl, "F_FULLFSYNC", None)
    if whole is not None:
        with contextlib.suppress(OSError):  # a file system that doesn't know it, such as one of a network
            fcntl.fcntl(descriptor, whole)
            return
    os.fsync(descriptor)


def fsync_folder(path: Path) -> None:
    """Put the folder's entries on the disk, where the file system can do that for folders."""
    with failures(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            to_disk(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
        finally:
            os.close(descriptor)


def fsync_all(folder: Path, known: Collection[str] = ()) -> None:
    """Put ``folder`` and all below it on the disk, many files at a time: one wait does for several.

    The files that are ``known``, by their paths in it, are there already.
    """
    from concurrent.futures import ThreadPoolExecutor  # here: what answers a call for help needn't wait for it

    tree = [(Path(top), names) for top, _, names in os.walk(folder)]
    unknown = []
    for top, names in tree:
        within = "" if top == folder else f"{top.relative_to(folder).as_posix()}/"
        unknown += [top / name for name in names if f"{within}{name}" not in known]
    try:
        with ThreadPoolExecutor(FSYNCS) as pool:
            going = [pool.map(fsync_file, unknown), pool.map(fsync_folder, [top for top, _ in tree])]
            for each in going:
                list(each)
    except RuntimeError:  # no more threads are allowed
        for path in unknown:
            fsync_file(path)
        for top, _ in tree:
            fsync_folder(top)


def fsync_file(path: Path) -> None:
    """Put what a file holds on the disk."""
    with failures(path), path.open("rb") as file:
        to_disk(file.fileno())


def is_plain(path: Path | str) -> bool:
    """Say whether no program takes a path for a pattern, a URL, or one that holds variables."""
    return not _MEANING.search(str(path)) and str(path).isprintable()


@contextlib.contextmanager
def scratch_folder(*, plain: bool = False) -> Iterator[Path]:
    """Give an empty folder among the system's temporary files; those that killed commands left there are removed.

    A folder is a killed command's if its name is one that is given here, a file in it says so, and nobody holds its
    lock. Others that are called alike are left alone. With ``plain`` its path is one that every program takes as it is.
    """
    home = _temporary_home()
    if plain and not is_plain(home.resolve()):
        usual = [Path(path) for path in PLAIN_HOMES if Path(path).is_dir() and os.access(path, os.W_OK)]
        if not usual:
            raise EnvironmentFailure(f"{home}: has characters that programs take for patterns: set TMPDIR to another")
        home = usual[0]
    with failures(home):
        for folder in home.glob(f"{SCRATCH}*"):
            _remove_abandoned(folder)
        folder, lock = _new_scratch(home)
    try:
        yield folder / INSIDE
    finally:
        _remove_scratch(folder)
        os.close(lock)


def _temporary_home() -> Path:
    """Return the folder for temporary files; one that ``TMPDIR`` names is used or refused.

    ``tempfile`` passes over one that is full, or isn't there, without a word: what was to go to a large disk, or was to
    stay on an encrypted one, would go elsewhere.
    """
    home, named = Path(tempfile.gettempdir()), os.environ.get("TMPDIR")
    if named and Path(named).absolute() != home:
        try:
            with tempfile.TemporaryFile(dir=named) as file:
                file.write(b"x")
        except OSError as error:
            mend = "make room there, or let it name another folder that you may write to"
            raise EnvironmentFailure(f"{named}: {error.strerror}: TMPDIR names it: {mend}") from error
    return home


def _new_scratch(home: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=home))
        with contextlib.suppress(FileNotFoundError, BlockingIOError):  # taken for an abandoned one before it was locked
            lock = _locked(folder)
            (folder / MARKER).write_text(_mark(folder), "utf-8")
            (folder / INSIDE).mkdir()
            return folder, lock


def _mark(folder: Path) -> str:
    return f"{folder.name} is a scratch folder of dataset-packager, which removes it\n"


def _locked(folder: Path) -> int:
    """Return a descriptor whose lock says that the folder is in use; the system lets go of it when its holder dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.stat()
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_abandoned(folder: Path) -> None:
    with contextlib.suppress(OSError, UnicodeDecodeError):  # somebody else's, in use, or gone by now
        if not _SCRATCH_NAME.fullmatch(folder.name) or folder.lstat().st_uid != os.getuid():
            return
        lock = _locked(folder)
        try:
            if _is_marked(folder):
                _remove_scratch(folder)
        finally:
            os.close(lock)


def _is_marked(folder: Path) -> bool:
    """Say whether a scratch folder's own marker stands in it, and nothing that a command didn't put there."""
    marker, names = folder / MARKER, {path.name for path in folder.iterdir()}
    if not names <= {MARKER, INSIDE} or marker.is_symlink() or not marker.is_file():
        return False
    text = marker.read_text("utf-8")
    return text == _mark(folder) or (names == {MARKER} and _mark(folder).startswith(text))  # killed while writing it


def _remove_scratch(folder: Path) -> None:
    """Remove a scratch folder, its marker last: what is left of one that can't be removed is still known for one."""
    shutil.rmtree(folder / INSIDE, ignore_errors=True)
    if not (folder / INSIDE).exists():
        shutil.rmtree(folder, ignore_errors=True)


def open_regular(path: Path | str) -> io.BufferedReader:
    """Open a file to read it; what could let a reader wait for ever, such as a pipe, is refused, not waited for.

    Raises:
        SetupError: it is no regular file.
        OSError: it can't be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe opens at once, whoever writes to it
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise SetupError(f"{path}: no regular file: put one there")


def changed(name: str) -> EnvironmentFailure:
    """Return what is to be raised where a file isn't what it was when the build began."""
    return EnvironmentFailure(f"{name}: changed during the build: let it rest and run the command again")


def regular_bytes(path: Path, most: int | None = None) -> bytes:
    """Return the bytes of a regular file, as ``open_regular`` opens it.

    Raises:
        SetupError: it is no regular file, or has more than ``most`` bytes.
        OSError: it can't be opened.
    """
    with open_regular(path) as file:
        data = file.read() if most is None else file.read(most + 1)
    if most is not None and len(data) > most:
        raise SetupError(f"{path}: longer than {most:,} bytes: make it shorter")
    return data


_NAMED_WRONGLY = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL)


def unreadable(error: OSError, name: str, what: str = "it") -> PackagerError:
    """Return whose fault it is that a file can't be read: of who named it, or of the machine."""
    if error.errno in _NAMED_WRONGLY:
        return SetupError(f"{name}: {what} can't be read: {error.strerror}: name a file that can be read")
    return EnvironmentFailure(refusal(error, name))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with failures(path), open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bytes_sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
