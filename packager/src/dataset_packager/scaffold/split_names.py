"""The names that splits usually have: of files and folders, and in a column."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

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
