"""The files of a schema folder: read once, found by path or by the ``$id`` that they claim. Nothing else is read."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn
from urllib.parse import quote, unquote, urljoin, urlsplit

from dataset_packager.base.files import regular_bytes, unreadable
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import insist_on_text

BASE = "project://dataset/"
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udfff]")
_SUFFIXES = frozenset({".json", ".schema", ".jsonschema", ""})
MOST_BYTES = 16 * 2**20  # of one file: a longer one is data, or nothing that a validator should be given


@dataclass(frozen=True)
class SchemaFile:
    """A file of the folder as it was read: project-relative path, content and the SHA-256 of its bytes."""

    path: str
    content: Any
    sha256: str


def uri_of(path: str) -> str:
    """Return the URI that a project-relative path goes by, as in ``project://dataset/schema/claims.schema.json``."""
    return BASE + quote(path, safe="/!$&'()*+,;=:@~-._")


def path_of(uri: str) -> str | None:
    """Return the path that a ``project://dataset/`` URI (without fragment) names, None for any other URI."""
    return unquote(uri[len(BASE) :]) if uri.startswith(BASE) else None


def join(base: str, reference: str) -> str:
    """Resolve ``reference`` against ``base`` (RFC 3986, section 5), which may be a ``project://dataset/`` URI.

    Raises:
        ValueError: the reference isn't one that can be read as a URI.
    """
    if urlsplit(reference).scheme or not base.startswith(BASE):
        return urljoin(base, reference)
    joined = urljoin("file:///" + base[len(BASE) :], reference)
    return BASE + joined.removeprefix("file:///") if joined.startswith("file:///") else joined


class SchemaFolder:
    """The JSON files of the folder that a schema lives in, which is the first part of its path.

    A schema in the project's own folder has only the files directly beside it as neighbours: records lie below.
    """

    def __init__(self, project: Path, schema_path: str) -> None:
        self._project = project
        parts = PurePosixPath(schema_path).parts
        if not parts or PurePosixPath(schema_path).is_absolute() or ".." in parts:
            raise SetupError(f"schema {schema_path!r}: give a path inside the project, without '..'")
        self._top = parts[0] if len(parts) > 1 else None
        self._files: dict[str, SchemaFile | None] = {}
        self._claims: dict[str, list[str]] | None = None

    def holds(self, path: str) -> bool:
        """Say whether ``path`` (project-relative) lies in this folder, links followed."""
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path.startswith("/") or "\0" in path:
            return False
        if parts[0] != self._top if self._top else len(parts) != 1:
            return False
        return (self._project / path).resolve().is_relative_to((self._project / (self._top or "")).resolve())

    def read(self, path: str) -> SchemaFile:
        """Return a file of the folder.

        Raises:
            SetupError: it is missing, outside of the folder, not JSON in UTF-8, longer than ``MOST_BYTES``, or its
                name is no text.
        """
        insist_on_text(path)
        if not self.holds(path):
            raise SetupError(f"{path}: a schema and what it refers to must lie in the project's folder {self.name}")
        if self.exists_otherwise(path):
            raise SetupError(f"{path}: the schema can't be read: it is no regular file")
        try:
            data = regular_bytes(self._project / path, MOST_BYTES)
        except FileNotFoundError:
            raise SetupError(f"{path}: there is no such schema file") from None
        except OSError as error:
            raise unreadable(error, path, "the schema") from None
        return SchemaFile(path, _parsed(path, data), hashlib.sha256(data).hexdigest())

    @property
    def name(self) -> str:
        """The folder's name with a slash, for messages."""
        return f"{self._top or '.'}/"

    def find(self, path: str) -> SchemaFile | None:
        """Return a file of the folder, None where it is missing, outside, or not JSON; each is read once."""
        if path not in self._files:
            try:
                self._files[path] = self.read(path)
            except SetupError:
                self._files[path] = None
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Say whether ``path`` is a file of this folder, readable as JSON or not."""
        return self.holds(path) and (self._project / path).is_file()

    def exists_otherwise(self, path: str) -> bool:
        """Say whether ``path`` is something that never ends or can't be read, such as a pipe or a folder."""
        return (self._project / path).exists() and not (self._project / path).is_file()

    def claiming(self, uri: str) -> list[str]:
        """Return the paths of the files whose outermost ``$id`` (or ``id``) is ``uri``, sorted.

        Where there is none, those whose ``$id`` is ``uri`` with a query, which publishers use to tell editions apart.
        """
        if self._claims is None:
            self._claims = {}
            for path in self.paths():
                for claim in _claims_of(self.find(path)):
                    self._claims.setdefault(claim, []).append(path)
        return self._claims.get(uri) or self._claims.get(f"{uri}?", [])

    def paths(self) -> list[str]:
        """Return the paths of the folder's files that may be schemas, sorted; hidden ones are none."""
        top = self._project / (self._top or "")
        found = top.rglob("*") if self._top else top.glob("*")
        relative = (file.relative_to(self._project) for file in found if file.suffix.lower() in _SUFFIXES)
        visible = (path for path in relative if not any(part.startswith(".") for part in path.parts))
        return sorted(path.as_posix() for path in visible if self._is_small_file(path))

    def _is_small_file(self, path: Path) -> bool:
        file = self._project / path
        return file.is_file() and file.stat().st_size <= MOST_BYTES and self.holds(path.as_posix())


def _claims_of(file: SchemaFile | None) -> set[str]:
    if file is None or not isinstance(file.content, dict):
        return set()
    claims = set()
    for keyword in ("$id", "id"):
        value = file.content.get(keyword)
        if isinstance(value, str):
            try:
                claim = join(uri_of(file.path), value).partition("#")[0]
                claims |= {claim, claim[: claim.index("?") + 1]} if "?" in claim else {claim}
            except ValueError:
                continue
    return claims


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parsed(path: str, data: bytes) -> Any:
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise SetupError(f"{path}: the schema is not UTF-8: byte {error.start + 1} is wrong") from None
    except RecursionError:
        raise SetupError(f"{path}: the schema is nested too deeply to be read") from None
    except ValueError as error:
        raise SetupError(f"{path}: the schema is not JSON: {error}") from None
    if _HALF.search(data) and _LONE.search(json.dumps(value, ensure_ascii=False)):
        raise SetupError(f"{path}: the schema has half of a surrogate pair, which is no character")
    return value
