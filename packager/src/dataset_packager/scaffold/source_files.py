"""The files of one table, as somebody has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one table, as they are now, below ``root``; ``left_out`` are those beside them that are none."""

    table: str
    root: Path
    files: tuple[Path, ...]
    left_out: tuple[str, ...] = ()

    def name_of(self, file: Path) -> str:
        """Return a file's path relative to ``root``."""
        return file.relative_to(self.root).as_posix()
