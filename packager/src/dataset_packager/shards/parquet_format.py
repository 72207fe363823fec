"""A shard as Parquet has it: how each column is encoded, and what its footer says beside the rows.

Strings that repeat have a dictionary, integers are written as differences, vectors byte by byte, files as they are.
Which strings repeat, the first row group shows.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataset_packager.columns.arrow import items_of, no_rows, places_of
from dataset_packager.columns.file_values import is_file
from dataset_packager.columns.kinds import type_of
from dataset_packager.columns.kinds.files import BYTES
from dataset_packager.columns.metadata import is_row_provenance
from dataset_packager.columns.table_columns import with_places_listed
from dataset_packager.columns.word_places import PLACES, as_places, listed_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOOTER_FEATURES = b"huggingface"
FOOTER_PROVENANCE = b"provenance"
_FOOTER_SCHEMA = b"ARROW:schema"
SAMPLE_VALUES, SAMPLE_BYTES = 2**14, 2**20  # that are looked at; what a dictionary may take is no more
LARGE = 2**24  # bytes of a sample of few texts
GATHERED = 2**20  # bytes on their way to the file: pages are small, and each call of Python takes long
OFTEN = 3  # times that a string should stand in a column, on average, for a dictionary to pay
DIFFERENCES, BY_BYTES = "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"
PARQUET = {
    "write_batch_size": 2**15,  # rows, at whose end dictionaries are held against their limit
    "write_page_index": True,
    "use_content_defined_chunking": True,
    "store_schema": False,  # the footer is to tell of the columns as readers get them, not of dictionaries
}


class ShardFile:
    """The Parquet file of a shard in the making, of which each row group comes whole."""

    def __init__(self, file: Any, schema: pa.Schema, first: pa.Table) -> None:
        """Begin a file of ``schema``; ``first`` is its first row group, which shows the columns that repeat."""
        self._schema, self._rows = schema, with_places_listed(schema)
        self._provenance = [number for number, field in enumerate(schema) if is_row_provenance(field)]
        repeating = {path for path, texts in first_strings(first) if repeats(texts)}
        self._written = pa.schema([_with_places(field, field.name, repeating) for field in self._rows])
        native = isinstance(file, pa.NativeFile)
        self._sink = file if native else pa.BufferedOutputStream(pa.PythonFile(file, "w"), GATHERED)
        self._writer = _writer(self._sink, self._written, repeating)

    def as_written(self, group: pa.Table) -> pa.Table:
        """Return a row group as ``write`` takes it: words that the schema lists, and files, as places in a list."""
        return _as_places(self._with_files_listed(group), self._written)

    def write(self, group: pa.Table) -> None:
        """Write a row group that ``as_written`` gave."""
        self._writer.write_table(group, row_group_size=max(group.num_rows, 1))

    def close(self, provenance: bytes | str) -> None:
        """End the file with this provenance in its footer."""
        told = {**(self._schema.metadata or {}), FOOTER_PROVENANCE: provenance}
        self._writer.add_key_value_metadata(
            told | {_FOOTER_SCHEMA: base64.b64encode(self._schema.serialize())}  # as Arrow itself does
        )
        self._writer.close()
        self._sink.flush()

    def _with_files_listed(self, group: pa.Table) -> pa.Table:
        """Return the same rows; a dictionary of files has those that stand there, in their order."""
        for number in self._provenance:
            places: Any = _whole(group.column(number))
            files, lines = places.field(0), places.field(1)
            if pa.types.is_dictionary(files.type) and len(files.dictionary) > 1:
                files = files.dictionary_decode()
            if not pa.types.is_dictionary(files.type):
                files = files.dictionary_encode()
            field = self._rows.field(number)
            column = pa.StructArray.from_arrays([files, lines], fields=list(field.type))
            group = group.set_column(number, field, column)
        return group


def _writer(file: Any, schema: pa.Schema, repeating: set[str]) -> pq.ParquetWriter:
    classes = leaves_of(schema, _is_class)
    integers = leaves_of(schema, _is_integer) - classes
    vectors = {f"{path}.list.element" for path in leaves_of(schema, _is_vector)}
    files = {f"{path}.{BYTES}" for path in leaves_of(schema, is_file)}
    listed = sorted(repeating | classes | leaves_of(schema, lambda field: pa.types.is_dictionary(field.type)))
    others = [path for path in _all_leaves(schema) if path not in files] if files else []
    zstd: Any = dict.fromkeys(others, "zstd") | dict.fromkeys(files, "none") if files else "zstd"
    return pq.ParquetWriter(
        file, schema, **PARQUET, compression=zstd, use_dictionary=listed or False,
        write_statistics=others if files else True,
        column_encoding={**dict.fromkeys(sorted(integers), DIFFERENCES), **dict.fromkeys(sorted(vectors), BY_BYTES)},
    )  # fmt: skip


def _with_places(field: pa.Field, path: str, repeating: set[str]) -> pa.Field:
    """Return a field in which texts that repeat, and that the schema lists, are places in that list."""
    kind = field.type
    if pa.types.is_list(kind):
        return field.with_type(pa.list_(_with_places(kind.value_field, f"{path}.list.element", repeating)))
    if pa.types.is_struct(kind):
        return field.with_type(pa.struct([_with_places(each, f"{path}.{each.name}", repeating) for each in kind]))
    listed = path in repeating and pa.types.is_string(kind) and len(listed_words(field))
    return field.with_type(PLACES) if listed else field


def _as_places(group: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the same rows in a schema that may have places for words."""
    for number, field in enumerate(schema):
        column = group.column(number)
        if column.type != field.type:
            chunks = [_array_as_places(chunk, field) for chunk in column.chunks]
            group = group.set_column(number, field, pa.chunked_array(chunks, field.type))
    return group


def _array_as_places(array: Any, field: pa.Field) -> pa.Array:
    """Return an array of a field's type; what lies behind a null of an object or a list has no part in it."""
    kind, nulls = field.type, array.is_null() if array.null_count else None
    made: Any = pa
    if array.type == kind:
        return array
    if pa.types.is_struct(kind):
        members = [_array_as_places(*each) for each in zip(array.flatten(), kind, strict=True)]
        return made.StructArray.from_arrays(members, fields=list(kind), mask=nulls)
    if pa.types.is_list(kind):
        ends = np.zeros(len(array) + 1, np.int32)
        np.cumsum(pc.fill_null(array.value_lengths(), 0).to_numpy(), out=ends[1:])
        items = _array_as_places(items_of(array), kind.value_field)
        return made.ListArray.from_arrays(pa.array(ends), items, type=kind, mask=nulls)
    return as_places(array, listed_words(field))


def first_strings(table: pa.Table) -> Iterator[tuple[str, pa.Array]]:
    """Yield the Parquet path and the first values of each leaf column of strings."""
    todo = [(name, _whole(table.column(name))) for name in reversed(table.column_names)]
    while todo:
        path, array = todo.pop()
        array = array.storage if isinstance(array.type, pa.BaseExtensionType) else array
        kind = array.type
        if pa.types.is_list(kind):
            todo.append((f"{path}.list.element", items_of(array)))
        elif pa.types.is_struct(kind):
            todo.extend((f"{path}.{kind.field(n).name}", array.field(n)) for n in reversed(range(kind.num_fields)))
        elif pa.types.is_string(kind):
            yield path, _sample(array)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _sample(texts: pa.Array) -> pa.Array:
    """Return the first of some texts: as many as take a certain room, those that reach beyond it included."""
    some = texts.slice(0, SAMPLE_VALUES)
    ends = places_of(some)
    if ends[-1] - ends[0] < SAMPLE_BYTES:
        return some
    lengths = pc.fill_null(pc.binary_length(some), 0).to_numpy()
    return some.slice(0, int(np.searchsorted(np.cumsum(lengths, dtype=np.int64), SAMPLE_BYTES)) + 1)


def repeats(texts: pa.Array) -> bool:
    """Say whether strings repeat: each stands there several times on average."""
    return bool(OFTEN * _distinct(texts) <= len(texts) - texts.null_count)


def _distinct(texts: pa.Array) -> int:
    """Return how many different texts there are; Arrow copies all of them several times to count them."""
    if texts.nbytes <= LARGE:
        return int(pc.count_distinct(texts).as_py())
    return len({hashlib.sha256(text.as_buffer()).digest() for text in texts.drop_null()})


def _all_leaves(schema: pa.Schema) -> list[str]:
    """Return the Parquet paths of all leaf columns, in order."""
    empty = pa.BufferOutputStream()
    pq.write_table(no_rows(schema), empty)
    parquet = pq.ParquetFile(pa.BufferReader(empty.getvalue())).schema
    return [parquet.column(number).path for number in range(len(parquet))]


def leaves_of(schema: pa.Schema, wanted: Callable[[pa.Field], bool]) -> set[str]:
    """Return the Parquet paths of the columns that are wanted, at every depth."""
    return {path for field in schema for path in _leaves(field, field.name, wanted)}


def _is_class(field: pa.Field) -> bool:
    column_type = type_of(field)
    return column_type is not None and column_type.profile == "words"


def _is_integer(field: pa.Field) -> bool:
    """Say whether Parquet stores a column as integers: their differences take less room, and less time."""
    kind = field.type
    return bool(pa.types.is_integer(kind) or (pa.types.is_temporal(kind) and not pa.types.is_interval(kind)))


def _is_vector(field: pa.Field) -> bool:
    """Say whether a column holds vectors of floating-point numbers, which compress better byte by byte."""
    return bool(pa.types.is_fixed_size_list(field.type) and pa.types.is_floating(field.type.value_type))


def _leaves(field: pa.Field, path: str, wanted: Callable[[pa.Field], bool]) -> Iterator[str]:
    """Yield the Parquet paths of the columns that are wanted, at every depth."""
    kind = field.type
    if wanted(field):
        yield path
    elif pa.types.is_list(kind):
        yield from _leaves(kind.value_field, f"{path}.list.element", wanted)
    elif pa.types.is_struct(kind):
        for member in kind:
            yield from _leaves(member, f"{path}.{member.name}", wanted)
