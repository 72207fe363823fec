"""Somebody's records: which files they are, and which table they belong to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dataset_packager.base.files import failures
from dataset_packager.base.findings import SetupError
from dataset_packager.records.files import Walk, is_called_as_records
from dataset_packager.records.formats import ending_of, format_of
from dataset_packager.scaffold.media_folders import media_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one table, as they are now, below ``root``; ``left_out`` are those beside them that are none.

    ``media`` is the folder of the files that records name, where the records were written for the project;
    ``labels`` are the values of their member ``label``.
    """

    table: str
    root: Path
    files: tuple[Path, ...]
    left_out: tuple[str, ...] = ()
    media: Path | None = None
    labels: tuple[str, ...] = ()

    def name_of(self, file: Path) -> str:
        """Return a file's path relative to ``root``."""
        return file.as_posix().removeprefix(f"{self.root.as_posix().rstrip('/')}/")  # of twenty thousand files


def sources(paths: Sequence[Path], scratch: Path, table: str | None = None) -> list[Source]:
    """Return the table that each path stands for: a file of records, a folder of such files, or one of media.

    ``table`` is the name that the only one gets; in ``scratch`` the records of media are written.

    Raises:
        SetupError: a path isn't there, has no records, or two of them give one table's name; or ``table`` is no name.
    """
    found = [_source(path, scratch / str(number)) for number, path in enumerate(paths)]
    if table is not None:
        if len(found) > 1:
            raise SetupError(f"--table names one table, and there are {len(found)}: make one folder of the files")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", table):
            raise SetupError(f"--table {table}: a table's name has letters, digits, '_' and '-' only")
        return [replace(found[0], table=table)]
    names = [source.table.lower() for source in found]
    for source in found:
        if names.count(source.table.lower()) > 1:
            raise SetupError(
                f"two of the inputs would be the table {source.table!r}: rename one, or put both in a folder"
            )
    return found


def table_name(path: Path) -> str:
    """Return the name of the table that a file or folder becomes: its own, without endings, in letters that fit."""
    name = path.resolve().name
    if not path.is_dir():
        name = name[: -len("".join(ending_of(name)))]
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-")[:64] or "records"


def _source(path: Path, scratch: Path) -> Source:
    """Return what a path stands for; all that lies below a folder is looked at, hidden names excepted.

    Raises:
        SetupError: nothing there can be read as records, or a link or a pipe is in the way.
        EnvironmentFailure: a folder can't be looked into.
    """
    if path.is_dir():
        names = sorted(set(Walk(path, closed=False).files("**/*")))
        taken = [name for name in names if is_called_as_records(name)]
        if not taken:
            return _media_source(path, names, scratch)
        left_out = tuple(sorted({*names} - {*taken}))
        return Source(table_name(path), path, tuple(path / name for name in taken), left_out)
    if path.is_file():
        format_of(path.name)
        return Source(table_name(path), path.parent, (path,))
    if path.is_symlink():
        raise SetupError(f"{path}: a link that leads nowhere: put the file there that it is to lead to")
    what = "neither a file nor a folder" if path.exists() else "no such file"
    raise SetupError(f"{path}: {what}: name a file of records, or a folder of them, with --from")


def _media_source(path: Path, names: Sequence[str], scratch: Path) -> Source:
    """Return the table of a folder of media, whose records it writes.

    Raises:
        SetupError: there are none.
    """
    media = media_folder(path, names)
    if media is None:
        raise SetupError(f"{path}: no file of records in this folder: name one that has .jsonl files, or pictures")
    scratch.mkdir()
    for name, records in media.records.items():
        write_records(scratch / name, records)
    left_out = tuple(sorted({*names} - {*media.files}))
    files = tuple(scratch / name for name in sorted(media.records))
    return Source(table_name(path), scratch, files, left_out, path, media.labels)


def write_records(path: Path, records: Iterable[Any]) -> None:
    """Write records, as JSON Lines.

    Raises:
        EnvironmentFailure: the disk fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with failures(path), path.open("x", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
