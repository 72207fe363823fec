"""What the shards hold, in numbers: values that are missing, and how often each controlled word stands.

Row group by row group, so memory is that of one row group. Columns without members are counted by the footers alone.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.describe.columns import controlled_words, is_row_provenance, leaves, shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.contents import ReleasedConfig

MOST_WORDS = 200  # of one column; a longer list of words is no list to choose from


@dataclass
class Tally:
    """Of one column or member: places where it may stand, those where it's null, and lists that are empty.

    ``words`` counts the values of a column whose schema lists them (as JSON text), and of one that is true or false.
    """

    places: int = 0
    missing: int = 0
    empty: int = 0
    words: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Take in what was counted elsewhere."""
        self.places += other.places
        self.missing += other.missing
        self.empty += other.empty
        self.words.update(other.words)


def tallies(release: Path, part: ReleasedConfig) -> dict[str, Tally]:
    """Return a tally of every column and member of a config, by path, without the build's own column."""
    columns = [column for column in part.arrow_schema if not is_row_provenance(column)]
    found = {path: Tally() for path, _ in leaves(pa.schema(columns))}
    for path in (release / shard.path for shard in part.shards):
        with pq.ParquetFile(path) as file:
            numbers = _leaf_numbers(file.schema_arrow)
            for column in columns:
                leaf_numbers = numbers[column.name]
                told = _from_footer(file, leaf_numbers[0]) if _is_plain(column) else None
                if told is None:
                    _read(file, column, leaf_numbers, found)
                else:
                    found[shown_name(column.name)].add(Tally(*told))
    return found


def words_of(column: pa.Field) -> list[str]:
    """Return the values that a column's tally counts, as JSON text; null is counted as missing."""
    while pa.types.is_list(column.type):
        column = column.type.value_field
    words: list[Any] = [False, True] if pa.types.is_boolean(column.type) else controlled_words(column)
    plain = [word for word in words if isinstance(word, str | int | bool)]
    return [json.dumps(word, ensure_ascii=False) for word in plain] if len(plain) <= MOST_WORDS else []


def _is_plain(column: pa.Field) -> bool:
    return not pa.types.is_nested(column.type) and not words_of(column)


def _from_footer(file: pq.ParquetFile, leaf: int) -> tuple[int, int] | None:
    """Return rows and nulls of a leaf column as the footer tells them, or None where it doesn't."""
    missing = 0
    for group in range(file.metadata.num_row_groups):
        statistics = file.metadata.row_group(group).column(leaf).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        missing += statistics.null_count
    return file.metadata.num_rows, missing


def _leaf_numbers(schema: pa.Schema) -> dict[str, range]:
    """Return for each column the numbers of its leaf columns in the file; its name may hold dots, so it is no path."""
    numbers, first = {}, 0
    for column in schema:
        numbers[column.name] = range(first, first := first + _leaf_count(column.type))
    return numbers


def _leaf_count(kind: pa.DataType) -> int:
    if pa.types.is_list(kind):
        return _leaf_count(kind.value_type)
    return sum(_leaf_count(child.type) for child in kind) if pa.types.is_struct(kind) else 1


def _read(file: pq.ParquetFile, column: pa.Field, leaf_numbers: range, found: dict[str, Tally]) -> None:
    for group in range(file.metadata.num_row_groups):
        table = file.reader.read_row_group(group, column_indices=list(leaf_numbers))
        for chunk in table.column(0).chunks:
            for path, tally in _tallied(chunk, column, shown_name(column.name)):
                found[path].add(tally)


def _tallied(array: pa.Array, column: pa.Field, path: str) -> Iterator[tuple[str, Tally]]:
    tally, inner, place = Tally(len(array), array.null_count), column, path
    while pa.types.is_list(inner.type):
        tally.empty += pc.sum(pc.equal(pc.list_value_length(array), 0)).as_py() or 0
        array, inner, place = array.flatten(), inner.type.value_field, place + "[]"
    if words := set(words_of(column)):
        counted = ((pair["values"].as_py(), pair["counts"].as_py()) for pair in pc.value_counts(array))
        written = {json.dumps(value, ensure_ascii=False): count for value, count in counted}
        tally.words.update({word: count for word, count in written.items() if word in words})
    yield path, tally
    if pa.types.is_struct(inner.type):
        array = array.drop_null()
        for number, child in enumerate(inner.type):
            yield from _tallied(pc.struct_field(array, [number]), child, f"{place}.{shown_name(child.name)}")
