"""Files behind URLs: what is read from and written to object stores goes through here, by fsspec.

``s3://``, ``memory://`` and ``file://`` are read and written, ``hf://`` is read. No URL may chain others (``::``).
"""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote

from dataset_packager.base.extras import missing
from dataset_packager.base.files import bytes_sha256, make_folder, open_regular, refusal
from dataset_packager.base.findings import EnvironmentFailure, SetupError
from dataset_packager.base.text import without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

READABLE = ("s3", "hf", "memory", "file")
WRITABLE = ("s3", "memory", "file")
READ_AHEAD = 8 * 2**20  # bytes asked for at a time
ABANDONED = timedelta(days=7)  # what nobody has finished by then, nobody will
TRANSFERS = 8  # files on their way to or from a store at a time
OPTIONS: dict[str, dict[str, Any]] = {"s3": {"use_listings_cache": False}}
CLIENTS = (
    "aiobotocore",
    "aiohttp",
    "botocore",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
)  # whose failures are theirs
_REPLACING = threading.Lock()


def is_url(text: str) -> bool:
    """Say whether ``text`` is a URL, not a path."""
    return "://" in text


class Reach(Enum):
    """Who can reach what a path or URL names."""

    PROCESS = auto()
    """The threads of one process."""
    FOLDER = auto()
    """Whoever sees the same folder: the processes of this machine, and of others that share it."""
    NETWORK = auto()
    """Any machine."""


def reach_of(text: str) -> Reach:
    """Return who can reach what a path, or a URL, names."""
    if not is_url(text) or text.startswith("file://"):
        return Reach.FOLDER
    return Reach.PROCESS if text.startswith("memory://") else Reach.NETWORK


def check_url(url: str, schemes: tuple[str, ...] = READABLE) -> None:
    """Check that a URL is of a known kind, and opens nothing by itself: it stands in messages and is published.

    Raises:
        SetupError: it isn't, or has a user, a password or a token.
    """
    shown = without_credentials(url)
    if shown != url:
        raise SetupError(f"{shown}: a URL with credentials: leave them out, and put them where its client looks")
    scheme = url.partition("://")[0]
    if scheme not in schemes or "::" in url or url.count("://") > 1:
        raise SetupError(f"{url}: no URL that can be used here: known are {', '.join(f'{s}://' for s in schemes)}")


def local_path(url: str) -> Path | None:
    """Return the path that a ``file://`` URL names, None for any other.

    Raises:
        SetupError: it names another machine, or a relative path.
    """
    scheme, separator, rest = url.partition("://")
    if scheme.lower() != "file" or not separator:
        return None  # a folder may be called file:x
    host, slash, path = rest.partition("/")
    if host not in ("", "localhost") or not slash:
        raise SetupError(f"{url}: write it as file:///folder, with three slashes")
    return Path(unquote(slash + path))  # such a URL has no query: ? and # are of the path


def filesystem(url: str) -> Any:
    """Return fsspec's file system for a URL.

    Raises:
        SetupError: the package for it isn't installed.
    """
    import fsspec

    scheme = url.partition("://")[0]
    try:
        return fsspec.filesystem(scheme, **OPTIONS.get(scheme, {}))
    except ImportError:
        raise missing(scheme, f"{scheme}://") from None


@contextlib.contextmanager
def store_failures(url: str) -> Iterator[None]:
    """Turn what a store refuses, or a network that fails, into an ``EnvironmentFailure`` that names the URL."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise EnvironmentFailure(refusal(error, url)) from error
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in CLIENTS:
            raise
        what = " ".join(str(error).split()) or type(error).__name__
        message = f"{url}: {what}: check credentials, address and network; then run the same command again"
        raise EnvironmentFailure(message) from error


def find(pattern: str) -> list[str]:
    """Return the URLs of the files that a URL with a glob names, sorted."""
    check_url(pattern)
    store, scheme = filesystem(pattern), pattern.partition("://")[0]
    with store_failures(pattern):
        found = store.glob(pattern, detail=True)
    root = "" if scheme != "file" else "/"
    return sorted(f"{scheme}://{root}{path.lstrip('/')}" for path, info in found.items() if info["type"] == "file")


def size_of(url: str) -> int:
    """Return the size of a file in bytes."""
    with store_failures(url):
        return int(filesystem(url).info(url)["size"])


@contextlib.contextmanager
def opened(project: Path, name: str) -> Iterator[BinaryIO]:
    """Give a file of records to read, by its path in the project or by its URL."""
    if not is_url(name):
        with open_regular(os.path.join(project, name)) as file:  # noqa: PTH118 - of a hundred thousand files
            yield file
        return
    with store_failures(name), filesystem(name).open(name, "rb", block_size=READ_AHEAD, cache_type="readahead") as file:
        yield cast("BinaryIO", file)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is listed: its size in bytes, and when it was written."""

    size: int
    written: datetime


@dataclass(frozen=True)
class Prefix:
    """All objects whose URL begins with ``url`` and a slash; names are what follows."""

    url: str

    def within(self, name: str) -> Prefix:
        """Return what lies below a name."""
        return Prefix(f"{self.url}/{name}")

    def _at(self, name: str) -> str:
        return f"{self.url}/{name}"

    def names(self) -> dict[str, Stored]:
        """Return all objects by name, sorted."""
        store = filesystem(self.url)
        with store_failures(self.url):
            try:
                found = store.find(self.url, detail=True)
            except FileNotFoundError:
                return {}
        root = str(store._strip_protocol(self.url)).rstrip("/") + "/"
        return {path.removeprefix(root): _stored(info) for path, info in sorted(found.items())}

    def written_before(self, time: datetime) -> list[str]:
        """Return the names of the objects that were last written before a time."""
        return [name for name, stored in self.names().items() if stored.written < time]

    def read(self, name: str) -> bytes | None:
        """Return an object's bytes, None where there is none."""
        with store_failures(self._at(name)):
            try:
                return bytes(filesystem(self.url).cat_file(self._at(name)))
            except FileNotFoundError:
                return None

    def get(self, name: str, path: Path) -> None:
        """Copy an object into a file."""
        make_folder(path.parent)
        with store_failures(self._at(name)):
            filesystem(self.url).get_file(self._at(name), str(path))

    def put(self, path: Path, name: str) -> None:
        """Copy a file into an object, which appears whole."""
        with store_failures(self._at(name)):
            filesystem(self.url).put_file(str(path), self._at(name))

    def copy(self, source: str, name: str) -> None:
        """Copy the object at the URL ``source`` without moving its bytes through here."""
        with store_failures(self._at(name)):
            filesystem(self.url).cp_file(source, self._at(name))

    def remove(self, names: list[str]) -> None:
        """Remove objects; one that is gone already is no failure."""
        for name in names:
            with store_failures(self._at(name)), contextlib.suppress(FileNotFoundError):
                filesystem(self.url).rm_file(self._at(name))

    def create(self, name: str, data: bytes) -> bool:
        """Write an object unless there is one, in one step (If-None-Match); say whether these bytes stand there now."""
        with store_failures(self._at(name)):
            try:
                filesystem(self.url).pipe_file(self._at(name), data, mode="create")
            except OSError:  # 412 comes as one of several errors; a request sent twice meets its own object
                there = self.read(name)
                if there is None:
                    raise
                return there == data
            return True

    def tag(self, name: str) -> str | None:
        """Return what changes whenever an object is replaced, None where there is none."""
        with store_failures(self._at(name)):
            try:
                info = filesystem(self.url).info(self._at(name))
            except FileNotFoundError:
                return None
        return info.get("ETag") or bytes_sha256(self.read(name) or b"")

    def replace(self, name: str, data: bytes, tag: str | None) -> bool:
        """Write an object unless it was replaced since it had ``tag`` (If-Match); say whether these bytes stand there.

        In memory that is one step only for the threads of one process; nobody else sees that store.
        """
        if tag is None:
            return self.create(name, data)
        if not self.url.startswith("s3://"):
            with _REPLACING:
                if self.tag(name) == tag:
                    filesystem(self.url).pipe_file(self._at(name), data)
            return self.read(name) == data
        with store_failures(self._at(name)):
            try:
                filesystem(self.url).pipe_file(self._at(name), data, IfMatch=tag)
            except OSError:
                if self.tag(name) == tag:
                    raise
        return self.read(name) == data

    def abort_uploads(self, before: datetime) -> int:
        """End the uploads in parts below this prefix that were begun before a time; return how many there were."""
        if not self.url.startswith("s3://"):
            return 0
        store = filesystem(self.url)
        bucket, key, _ = store.split_path(self.url)
        with store_failures(self.url):
            told = store.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=f"{key}/").get("Uploads") or []
            old = [upload for upload in told if upload["Initiated"] < before]
            for upload in old:
                store.call_s3("abort_multipart_upload", Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        return len(old)


def _stored(info: dict[str, Any]) -> Stored:
    written = info.get("LastModified") or info.get("created")
    return Stored(int(info["size"]), written if isinstance(written, datetime) else datetime.now(UTC))
