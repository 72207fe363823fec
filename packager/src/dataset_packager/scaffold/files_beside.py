"""Members that name files beside the records: pictures, sound, films, documents, which can be columns of files.

The first records say which members may be such; then every value is looked up, below the folder of its own file of
records and below the table's: what is to be a column needs one folder from which all of its paths lead.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import failures, open_regular
from dataset_packager.base.paths import LIST, ColumnPath, is_within
from dataset_packager.columns.kinds.files import Audio, File, Image, Pdf, Video
from dataset_packager.project.column_choices import TYPE
from dataset_packager.records.media_types import HEAD, media_type
from dataset_packager.scaffold.type_proposals import TypeProposal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LOOKED_AT = 200  # records of a table
DEEPEST = 6  # steps to a member that is looked into
LONGEST = 300  # code points of a name
METADATA = "metadata"
"""What ``datasets`` calls the records of a folder of pictures or sound, the members of which are called so:"""
_CALLED = re.compile(r"(.+_)?file_names?")
_GIVES = {Image.name: "pictures", Audio.name: "sound", Video.name: "films", Pdf.name: "documents", File.name: "bytes"}


def family(path: Path) -> str:
    """Return the column type that holds a file, by what its bytes are; nothing where only ``file`` does.

    Raises:
        EnvironmentFailure: the file can't be read.
    """
    with failures(path), open_regular(path) as file:
        kind = media_type(file.read(HEAD))
    if kind == "application/pdf":
        return Pdf.name
    if kind == "application/ogg":
        return Audio.name
    found, _, rest = kind.partition("/")
    return found if found in (Image.name, Audio.name, Video.name) and not rest.startswith("svg") else ""


class FilesBeside:
    """The members whose values name files below a folder, found among the first records.

    Those that are called as members that name files are among them though none of their files is there.
    """

    def __init__(self, root: Path, files: Iterable[Path]) -> None:
        self._root, self._files = root, tuple(files)
        self._records, self._there = 0, set[ColumnPath]()
        self.found: dict[ColumnPath, str] = {}

    def add(self, record: Any, folder: Path) -> None:
        """Take the next record of a file in ``folder``."""
        self._records += 1
        if self._records <= LOOKED_AT:
            for path, value in _texts(record, ()):
                if path in self._there:
                    continue
                if any(_file(base, value) for base in {folder, self._root}):
                    self.found[path] = value
                    self._there.add(path)
                elif value and path not in self.found and is_called_so(path, self._files):
                    self.found[path] = value


def _texts(value: Any, path: ColumnPath) -> Iterator[tuple[ColumnPath, str]]:
    if isinstance(value, str):
        if path:
            yield path, value
    elif isinstance(value, dict) and len(path) < DEEPEST:
        for member, part in value.items():
            yield from _texts(part, (*path, member))
    elif isinstance(value, list) and path and len(path) < DEEPEST:
        for part in value:
            yield from _texts(part, (*path, LIST))


def _file(folder: Path, value: str) -> Path | None:
    """Return the file that a text names below a folder; None where it names none."""
    if len(value) > LONGEST or not PurePosixPath(value).suffix or not is_within(value):
        return None
    try:
        return folder / value if (folder / value).is_file() else None
    except OSError:
        return None


@dataclass
class _Lookup:
    """What values name from one folder: the files by their names below the table's folder, and how many name none."""

    files: dict[str, Path] = field(default_factory=dict)
    lacking: int = 0

    def add(self, root: Path, folder: Path, value: str) -> None:
        if path := _file(folder, value):
            self.files[path.relative_to(root).as_posix()] = path
        else:
            self.lacking += 1


class FileMember:
    """A member that names files.

    Attributes:
        path: where it stands in a record.
        example: one of its values.
        called: whether it is called as ``datasets`` calls members that name files, in records that are called so.
    """

    def __init__(self, path: ColumnPath, example: str, root: Path, *, called: bool) -> None:
        self.path, self.example, self.called = path, example, called
        self._root, self._folders = root, set[Path]()
        self._beside, self._below = _Lookup(), _Lookup()

    def add(self, record: Any, folder: Path) -> None:
        """Look up what the next record of a file in ``folder`` names."""
        for value in _values(record, self.path):
            self._folders.add(folder)
            self._below.add(self._root, self._root, value)
            if folder != self._root:
                self._beside.add(self._root, folder, value)

    @property
    def is_beside(self) -> bool:
        """Whether paths start from the folder of the records rather than from that of the table."""
        return self._folders != {self._root} and self._beside.lacking < self._below.lacking

    @property
    def has_many_roots(self) -> bool:
        """Whether paths start from several folders, which no column can say."""
        return self.is_beside and len(self._folders) > 1

    @property
    def _lookup(self) -> _Lookup:
        return self._beside if self.is_beside else self._below

    @property
    def lacking(self) -> int:
        """How many values name no file."""
        return self._lookup.lacking

    @property
    def comes_along(self) -> bool:
        """Whether its files come along: where it is called so they do, and findings tell of those that lack."""
        return bool(self.files) and not self.has_many_roots and (self.called or not self.lacking)

    @property
    def files(self) -> dict[str, Path]:
        """The files, by their names below the table's folder."""
        return self._lookup.files

    def proposal(self, table: str) -> TypeProposal:
        """Return the type that its column has or could have: what most of the files are, else any files.

        Raises:
            EnvironmentFailure: a file can't be read.
        """
        kinds = Counter(map(family, self.files.values()))
        kind, count = kinds.most_common(1)[0]
        chosen = kind if kind and count > len(self.files) * (0.5 if self.called else 0.99) else File.name
        below = next(iter(self._folders)).relative_to(self._root) if self.is_beside else Path()
        root = str(PurePosixPath("data", table, below))
        count = len(self.files)
        gives = f"names {count:,} {'file' if count == 1 else 'files'}: readers get {_GIVES[chosen]}"
        return TypeProposal(self.path, {TYPE: chosen, "root": root}, gives, taken=self.called)


def is_called_so(path: ColumnPath, files: Iterable[Path]) -> bool:
    """Say whether a member and the files of its records are called as those of ``datasets`` that name files."""
    names = [step for step in path if step is not LIST]
    return _CALLED.fullmatch(names[-1]) is not None and all(
        file.name.partition(".")[0].lower() == METADATA for file in files
    )


def _values(value: Any, path: ColumnPath) -> Iterator[str]:
    """Yield the texts at a path of a record."""
    if not path:
        if isinstance(value, str):
            yield value
    elif path[0] is LIST:
        for part in value if isinstance(value, list) else ():
            yield from _values(part, path[1:])
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])


def with_folder(value: Any, path: ColumnPath, folder: PurePosixPath) -> Any:
    """Return a record whose texts at a path start from the folder above ``folder``."""
    if not path:
        return str(folder / value) if isinstance(value, str) and is_within(value) else value
    if path[0] is LIST:
        return [with_folder(part, path[1:], folder) for part in value] if isinstance(value, list) else value
    if isinstance(value, dict) and path[0] in value:
        return value | {path[0]: with_folder(value[path[0]], path[1:], folder)}
    return value
