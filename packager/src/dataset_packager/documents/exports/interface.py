"""What an export is: a release's tables in another format, for programs that don't read Parquet.

Each format is a module of this package with an ``EXPORT``; nothing else has to name it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from dataset_packager.documents.release_facts import Facts

    Writer = Callable[[Path], None]
    """Writes one file under a path where nothing stands yet."""


@dataclass(frozen=True, slots=True)
class Export:
    """One format.

    Attributes:
        name: its word in ``exports`` and for ``export --format``.
        noun: what it gives, in words.
        patterns: the paths that its files may have in a release; none where its bytes can't be promised, so that it
            can only stand beside one.
        in_release: gives what writes each of its files in a release, by path.
        beside: writes it beside a release, to a path where nothing stands yet.
        is_folder: whether that path becomes a folder.
        made_by: the version of what shaped a file and isn't among the versions that the provenance has; empty where
            nothing else did.
    """

    name: str
    noun: str
    patterns: tuple[str, ...]
    in_release: Callable[[Facts], Mapping[str, Writer]]
    beside: Callable[[Facts, Path], None]
    is_folder: bool = False
    made_by: Callable[[Path], str] = lambda _: ""
