"""What columns hold, in numbers: values that are missing, and how often each controlled word stands."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import items_of, there
from dataset_packager.columns.metadata import controlled_words, has_members, leaves, shown_name
from dataset_packager.columns.plain_form import plain_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_WORDS = 200  # of one column; a longer list of words is no list to choose from


@dataclass
class Tally:
    """Of one column or member: places where it may stand, those where it's null, and lists that are empty.

    ``words`` counts the values of a column whose schema lists them (as JSON text), and of one that is true or false.
    """

    places: int = 0
    missing: int = 0
    empty: int = 0
    words: dict[str, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Take in what was counted elsewhere."""
        self.places += other.places
        self.missing += other.missing
        self.empty += other.empty
        for word, count in other.words.items():
            self.words[word] = self.words.get(word, 0) + count


class Tallies:
    """The tallies of every column and member of ``schema``, by path, while rows pass by."""

    def __init__(self, schema: pa.Schema) -> None:
        self._columns = [(column, _words_of_members(column)) for column in schema]
        self.found = {path: Tally() for path, _ in leaves(schema)}

    def update(self, table: pa.Table) -> None:
        """Count the next rows."""
        for number, (column, words) in enumerate(self._columns):
            for chunk in table.column(number).chunks:
                for path, tally in _tallied(chunk, column, shown_name(column.name), words):
                    self.found[path].add(tally)


def summed(parts: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Return the tallies of several shards together."""
    whole: dict[str, Tally] = {}
    for part in parts:
        for path, tally in part.items():
            whole.setdefault(path, Tally()).add(tally)
    return whole


def words_of(column: pa.Field) -> list[str]:
    """Return the values that a column's tally counts, as JSON text; null is counted as missing."""
    while pa.types.is_list(column.type):
        column = column.type.value_field
    words: list[Any] = [False, True] if pa.types.is_boolean(column.type) else controlled_words(column)
    plain = [word for word in words if isinstance(word, str | int | bool)]
    return [json.dumps(word, ensure_ascii=False) for word in plain] if len(plain) <= MOST_WORDS else []


def _words_of_members(column: pa.Field) -> dict[str, frozenset[str]]:
    """Return the words of a column and of all members in it, by path."""
    return {path: frozenset(words_of(inner)) for path, inner in leaves(pa.schema([column]))}


def _tallied(
    array: pa.Array, column: pa.Field, path: str, words: Mapping[str, frozenset[str]], nowhere: int = 0
) -> Iterator[tuple[str, Tally]]:
    """Yield the tallies of a column and its members; ``nowhere`` is how many nulls lie in an object that is null."""
    tally, inner, place = Tally(len(array) - nowhere, array.null_count - nowhere), column, path
    while pa.types.is_list(inner.type):
        tally.empty += pc.sum(pc.equal(pc.list_value_length(array), 0)).as_py() or 0
        array, inner, place = items_of(array), inner.type.value_field, place + "[]"
    if words[path]:
        counted = _counted(plain_array(inner, array))
        written = {json.dumps(value, ensure_ascii=False): count for value, count in counted}
        tally.words = {word: count for word, count in written.items() if word in words[path]}
    yield path, tally
    if has_members(inner):
        for member, child in zip(inner.type, array.flatten(), strict=True):  # a struct's null goes into its children
            yield from _tallied(child, member, f"{place}.{shown_name(member.name)}", words, array.null_count)


def _counted(values: pa.Array) -> Iterator[tuple[Any, int]]:
    """Yield the values that stand in an array, each with how often it does; what is counted soonest without a look."""
    if pa.types.is_boolean(values.type):
        yes = values.true_count
        counts = [(True, yes), (False, len(values) - values.null_count - yes)]
    elif pa.types.is_dictionary(values.type):
        places = np.bincount(there(values.indices).to_numpy(), minlength=len(values.dictionary))
        counts = list(zip(values.dictionary.to_pylist(), places.tolist(), strict=True))
    else:
        counts = [(pair["values"].as_py(), pair["counts"].as_py()) for pair in pc.value_counts(values)]
    return ((value, count) for value, count in counts if count)
