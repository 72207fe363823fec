"""Which member may be the key of a table: one that every record has, with a value that no other record has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_64_intdigest

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_RECORDS = 2_000_000  # of more records the values aren't held
LONGEST, MOST_SPACES = 100, 4  # of a text that may be an identifier
_IDENTIFIER = re.compile(r"(^|[_-])(id|uuid|guid|key|code)$|[a-z](Id|ID|Uuid|UUID|Key)$|^(id|ID|Id|uuid|key)$")


def hashed(value: str | int) -> int:
    """Return a value as it is held: a string and a number that are written alike stay apart."""
    return xxh3_64_intdigest(f"{type(value).__name__} {value}".encode("utf-8", "surrogatepass"))


class KeyCandidates:
    """The members that may still be a key; of each the hashes of its values so far are held."""

    def __init__(self) -> None:
        self._values: dict[str, set[int]] | None = None
        self._kinds: dict[str, type] = {}
        self._records = 0

    def add(self, record: Any) -> None:
        """Take the next record, and drop the members that can't be a key any more."""
        self._records += 1
        if not isinstance(record, dict) or self._records > MOST_RECORDS:
            self._values = {}
        elif self._values is None:
            self._kinds = {name: type(value) for name, value in record.items() if type(value) in (str, int)}
            self._values = {name: set() for name in self._kinds}
        for name in list(self._values or ()):
            if not self._is_new(name, record.get(name)):
                del (self._values or {})[name]

    def _is_new(self, name: str, value: Any) -> bool:
        if not isinstance(value, str | int) or type(value) is not self._kinds[name] or self._values is None:
            return False
        if isinstance(value, str) and (len(value) > LONGEST or value.count(" ") > MOST_SPACES):
            return False  # free text, which only happens to differ
        held, new = self._values[name], hashed(value)
        if new in held:
            return False
        held.add(new)
        return True

    def keep(self, is_possible: Callable[[str], bool]) -> None:
        """Drop the members of which ``is_possible`` says that a build takes none for a key."""
        self._values = {name: held for name, held in (self._values or {}).items() if is_possible(name)}

    def values(self, name: str) -> set[int]:
        """Return the hashes of a candidate's values."""
        return (self._values or {})[name]

    def is_text(self, name: str) -> bool:
        """Say whether a candidate's values are strings."""
        return self._kinds[name] is str

    def identifiers(self) -> list[str]:
        """Return the candidates that are called like an identifier, the likeliest first."""
        found = [name for name in self._candidates() if _IDENTIFIER.search(name)]
        return sorted(found, key=lambda name: name.lower() not in ("id", "uuid", "key"))

    def others(self) -> list[str]:
        """Return the other candidates: they may only happen to differ in these records."""
        return [name for name in self._candidates() if not _IDENTIFIER.search(name)]

    def _candidates(self) -> list[str]:
        return list(self._values or ()) if self._records > 1 else []
