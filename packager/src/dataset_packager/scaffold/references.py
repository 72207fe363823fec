"""References between the tables of a new project: columns whose every value stands in a table's key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dataset_packager.scaffold.key_candidates import hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Reference:
    """A column, as a path, of which every value stands in another table's key; ``likely`` if it is called so, too."""

    column: str
    table: str
    key: str
    likely: bool


class Key(NamedTuple):
    """The key of a table: the member, the hashes of its values, and whether these are strings."""

    name: str
    values: set[int]
    is_text: bool


class ReferenceCandidates:
    """The columns of one table that may still refer to a key, by the table that has it."""

    def __init__(self, own: str, keys: Mapping[str, Key]) -> None:
        self._own, self._keys = own, keys
        self._open: dict[str, set[str]] = {}
        self._out: set[str] = set()

    def add(self, record: Any) -> bool:
        """Take the next record; say whether any column is left, or may still come."""
        for name, value in record.items() if isinstance(record, dict) else ():
            column = f"{name}[]" if isinstance(value, list) else name
            if value not in (None, []) and column not in self._out:
                self._narrow(name, column, value if isinstance(value, list) else [value])
        return not self._out or bool(self._open)

    def _narrow(self, name: str, column: str, values: Iterable[Any]) -> None:
        left = self._open.get(column, {table for table, key in self._keys.items()
                                       if table != self._own or key.name != name})  # fmt: skip
        for value in values:
            known = hashed(value) if type(value) in (str, int) else None
            left = {table for table in left if known in self._keys[table].values}
        if left:
            self._open[column] = left
        else:
            self._out.add(column)
            self._open.pop(column, None)

    def found(self) -> Iterator[Reference]:
        """Yield the references that hold for all records, the likely ones first."""
        listed = []
        for column, tables in self._open.items():
            if f"{column}[]" in self._out or column.removesuffix("[]") in self._out:
                continue  # a list here, a value there
            for table in sorted(tables):
                key = self._keys[table]
                likely = _called_so(column.removesuffix("[]"), table, key.name)
                if likely or key.is_text:  # that small numbers stand in a key of numbers says nothing
                    listed.append(Reference(column, table, key.name, likely))
        yield from sorted(listed, key=lambda each: not each.likely)


def _called_so(name: str, table: str, key: str) -> bool:
    """Say whether a column's name has that of the table, or of its key, in it."""
    plain = name.lower().replace("_", "").replace("-", "")
    words = {table.lower().rstrip("s"), key.lower().replace("_", "").replace("-", "").rstrip("s")} - {"", "id", "key"}
    return any(word.replace("_", "").replace("-", "") in plain for word in words)
