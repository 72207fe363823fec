"""Members that name files beside the records: pictures and the like, which don't come along."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOKED_AT = 200  # records of a table
DEEPEST = 3  # members within members that are looked into
LONGEST = 300  # code points of a name


class FilesBeside:
    """The members of a table whose values are names of files that lie beside the records."""

    def __init__(self) -> None:
        self._records = 0
        self.found: dict[str, str] = {}

    def add(self, record: Any, folder: Path) -> None:
        """Take the next record of a file in ``folder``."""
        self._records += 1
        if self._records <= LOOKED_AT and isinstance(record, dict):
            for name, value in _texts(record, ""):
                if name not in self.found and _is_there(folder, value):
                    self.found[name] = value


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict) and name.count(".") < DEEPEST:
        for member, part in value.items():
            yield from _texts(part, f"{name}.{member}" if name else str(member))
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, name if name.endswith("[]") else f"{name}[]")


def _is_there(folder: Path, value: str) -> bool:
    if not PurePosixPath(value).suffix or len(value) > LONGEST or "\0" in value or value.startswith(("/", "~")):
        return False
    try:
        return (folder / value).is_file()
    except OSError:
        return False
