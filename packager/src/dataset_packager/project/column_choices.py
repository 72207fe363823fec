"""What somebody says of a column: its type, the type's options, and what becomes of values that it can't hold.

``[tool.dataset-packager.tables.NAME.columns]`` says it by path, the keyword ``x-column`` in the schema itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import ColumnPath

KEYWORD = "x-column"
TYPE, OTHERWISE = "type", "otherwise"
OTHERWISE_WORDS = ("refuse", "keep")


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The type that somebody chose for a column.

    Attributes:
        type: its name.
        options: the others of its words, in the order of their names.
        keep: whether a value that it can't hold goes to the additional members of its object.
        where: the place that says so, for messages.
    """

    type: str
    options: tuple[tuple[str, Any], ...] = ()
    keep: bool = False
    where: str = ""

    def same(self, other: ColumnChoice) -> bool:
        """Say whether both choose the same, wherever they do."""
        return (self.type, self.options, self.keep) == (other.type, other.options, other.keep)


PathChoice = tuple[ColumnPath, ColumnChoice]


def column_choice(stated: Any, where: str) -> ColumnChoice:
    """Return the choice that a name, or an object with ``type``, states at ``where``.

    Raises:
        SetupError: it states none.
    """
    if isinstance(stated, str):
        return ColumnChoice(stated, where=where)
    if not isinstance(stated, dict) or not isinstance(stated.get(TYPE), str):
        raise SetupError(f'{where}: name a column type, as in "date" or {{ type = "timestamp", unit = "ms" }}')
    otherwise = stated.get(OTHERWISE, OTHERWISE_WORDS[0])
    if otherwise not in OTHERWISE_WORDS:
        raise SetupError(f"{where}: {OTHERWISE}: {otherwise!r} is unknown: write {' or '.join(OTHERWISE_WORDS)}")
    options = sorted((name, _frozen(value)) for name, value in stated.items() if name not in (TYPE, OTHERWISE))
    return ColumnChoice(stated[TYPE], tuple(options), otherwise == "keep", where)


def _frozen(value: Any) -> Any:
    """Return a value that can be told from others, however it was made: a list as a tuple."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else repr(value) if isinstance(value, dict) else value
