"""Folders of pictures, sound, films or documents without any records: each file becomes one, its folder the label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import is_within
from dataset_packager.base.text import printable
from dataset_packager.columns.kinds.files import File
from dataset_packager.scaffold.files_beside import METADATA, family
from dataset_packager.scaffold.split_names import CALLED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LABEL = "label"


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """What a folder of media holds.

    Attributes:
        records: those of each file of records to be written.
        files: the names of the files that they name.
        column: the member that names them, which is called as the type of its column.
        labels: the values of ``label``; none where the folders give none.
    """

    records: dict[str, list[dict[str, str]]]
    files: tuple[str, ...]
    column: str
    labels: tuple[str, ...]


def media_folder(folder: Path, names: Sequence[str]) -> MediaFolder | None:
    """Return what the files of a folder make; None where none of them is of a kind that a column knows.

    The layout is that of ``imagefolder`` in ``datasets``: folders called after splits, if all files lie in such, and
    then, where all lie equally deep, the innermost folder for a label.

    Raises:
        SetupError: a name can't stand in a record.
        EnvironmentFailure: a file can't be read.
    """
    families = {name: found for name in names if (found := family(folder / name))}
    if not families:
        return None
    for name in families:
        if not is_within(name) or any("\ud800" <= character <= "\udfff" for character in name):
            raise SetupError(f"{folder}: {printable(name)}: no record can name that file: give it a plain name")
    kinds = set(families.values())
    column = kinds.pop() if len(kinds) == 1 else File.name
    splits = {name: CALLED.get(PurePosixPath(name).parts[0].lower()) for name in families}
    split = all(splits.values()) and all("/" in name for name in families)
    below = {name: PurePosixPath(name).parts[split:-1] for name in families}
    labels = sorted({parts[-1] for parts in below.values() if parts})
    labelled = len(labels) > 1 and len({len(parts) for parts in below.values()}) == 1
    records: dict[str, list[dict[str, str]]] = {}
    for name in families:
        record = {column: name} | ({LABEL: below[name][-1]} if labelled else {})
        records.setdefault(f"{splits[name] if split else METADATA}.jsonl", []).append(record)
    return MediaFolder(records, tuple(families), column, tuple(labels) if labelled else ())
