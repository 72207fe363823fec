"""Splits that the author made already: files and folders that are called after them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.scaffold.sources import Source

CALLED = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip
"""The split that a name stands for; splits are in the order in which they first stand here."""


def split_called(name: str) -> str | None:
    """Return the split that a file's path names, by its first folder or by a word of its own name; None for none."""
    path = PurePosixPath(name)
    words = [path.parts[0]] if len(path.parts) > 1 else []
    words += re.split(r"[^A-Za-z]+", path.name.partition(".")[0])
    found = [CALLED[word.lower()] for word in words if word.lower() in CALLED]
    return found[0] if found and len(set(found)) == 1 else None


def author_splits(source: Source) -> dict[str, list[str]] | None:
    """Return the files of each split, relative to the table's folder; None where not all files name one of several."""
    splits: dict[str, list[str]] = {split: [] for split in dict.fromkeys(CALLED.values())}
    for file in source.files:
        split = split_called(source.name_of(file))
        if split is None:
            return None
        splits[split].append(source.name_of(file))
    found = {split: names for split, names in splits.items() if names}
    return found if len(found) > 1 else None


class SplitColumns:
    """The columns of which every row names a split."""

    def __init__(self) -> None:
        self._values: dict[str, set[str]] | None = None

    def add(self, record: Any) -> None:
        """Take the next record, and drop the columns that it doesn't name a split by."""
        members = record if isinstance(record, dict) else {}
        if self._values is None:
            self._values = {name: set() for name in members}
        for name in list(self._values):
            value = members.get(name)
            if isinstance(value, str) and value.lower() in CALLED:
                self._values[name].add(value)
            else:
                del self._values[name]

    def found(self) -> tuple[str, list[str]] | None:
        """Return the column whose rows name several splits, with their names in the usual order; None for none."""
        order = list(CALLED)
        for name, values in (self._values or {}).items():
            different = len({CALLED[value.lower()] for value in values}) > 1
            if different and len({value.lower() for value in values}) == len(values):
                return name, sorted(values, key=lambda value: order.index(value.lower()))
        return None


def told_of_splits(sources: list[Source]) -> Iterator[str]:
    """Yield what people have to know of splits among their files."""
    for source in sources:
        named = {source.name_of(file): split_called(source.name_of(file)) for file in source.files}
        if splits := author_splits(source):
            listed = "; ".join(f"{split}: {', '.join(names[:3])}" for split, names in splits.items())
            yield f"{source.table}: splits as the files are called: {listed}"
        elif len(source.files) > 1 and any(named.values()):
            other = next((name for name, split in named.items() if split is None), None)
            why = f"{other} names none" if other else "there is no other split"
            yield (
                f"warning: {source.table}: some files are called after splits, but {why}: all rows are in one split, "
                "test rows too; write 'splits' in pyproject.toml"
            )
    alone = [source for source in sources if source.table.lower() in CALLED]
    if len(alone) > 1:
        listed = ", ".join(source.table for source in alone)
        yield f"warning: {listed} become tables of their own: for splits of one table put the files into one folder"
