"""The columns of a table, from its JSON Schema alone; encoding records into them and decoding them again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.base.findings import SetupError
from dataset_packager.base.text import member_path
from dataset_packager.columns.decode import decode
from dataset_packager.columns.encode import Column, DoesNotFit, Misfit
from dataset_packager.columns.metadata import DESCRIPTION, ENCODING, HOLDS, RECORD, ROW_PROVENANCE, is_row_provenance
from dataset_packager.columns.nested import StructColumn
from dataset_packager.columns.shapes.from_schema import Reader
from dataset_packager.columns.shapes.to_columns import lay_out, spelled_types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.arrow import Array
    from dataset_packager.project.column_choices import PathChoice
    from dataset_packager.schemas import Schema

PROVENANCE = "provenance"
VALUE = "value"
PROVENANCE_TYPE = pa.struct([pa.field("file", pa.string()), pa.field("line", pa.int64())])
LISTED_TYPE = pa.struct([pa.field("file", pa.dictionary(pa.int32(), pa.string())), pa.field("line", pa.int64())])
_PROVENANCE_FIELD = pa.field(
    PROVENANCE,
    PROVENANCE_TYPE,
    metadata={DESCRIPTION: "The file and line that the record stands in", HOLDS: ROW_PROVENANCE},
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a record can't be held: its index in the batch, the place within it, the finding's code, message and hint."""

    index: int
    path: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class TablePlan:
    """The columns of one table.

    Attributes:
        record: the column of the whole record; a struct's members are the table's columns.
        provenance: whether a last column says which file and line each record comes from.
    """

    record: Column
    provenance: bool = True

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The table's Arrow schema; how to decode its columns stands in the fields' metadata."""
        if isinstance(self.record, StructColumn):
            fields = list(self.record.fields)
        else:
            metadata = {HOLDS: RECORD, **({ENCODING: self.record.encoding} if self.record.encoding else {})}
            fields = [pa.field(VALUE, self.record.arrow_type, metadata=dict(sorted(metadata.items())))]
        return pa.schema([*fields, _PROVENANCE_FIELD] if self.provenance else fields)

    @cached_property
    def rows_schema(self) -> pa.Schema:
        """``arrow_schema`` as rows in the making have it: the few names of files stand in a dictionary."""
        return with_places_listed(self.arrow_schema)

    def encode(
        self, records: Sequence[Any], places: Sequence[tuple[str, int]] | None
    ) -> tuple[pa.Table, list[Refusal]]:
        """Return valid records as a table in ``rows_schema``, and why some are left out of it.

        Args:
            records: JSON values; all strings together less than 2 GiB of UTF-8.
            places: the file and line of each record; needed where the plan has row provenance.
        """
        try:
            return self._table(records, places), []
        except DoesNotFit:
            pass
        misfits = ((index, misfit) for index, record in enumerate(records) for misfit in self._misfits(record))
        refusals = [self._refusal(index, misfit) for index, misfit in misfits]
        refused = {refusal.index for refusal in refusals}
        kept = [index for index in range(len(records)) if index not in refused]
        held = [places[index] for index in kept] if places else None
        return self._table([records[index] for index in kept], held), refusals

    def _table(self, records: Sequence[Any], places: Sequence[tuple[str, int]] | None) -> pa.Table:
        values = list(records)
        if not isinstance(self.record, StructColumn):
            arrays = [self.record.build(values)]
        elif all(type(value) is dict for value in values):
            arrays = self.record.arrays(values)
        else:
            raise DoesNotFit
        if self.provenance:
            arrays.append(_provenance(places or ()))
        return pa.Table.from_arrays(arrays, schema=self.rows_schema)

    def table(self, arrays: Sequence[Array], file: str, lines: Any) -> pa.Table:
        """Return columns built elsewhere as a table in ``rows_schema``; ``lines`` has the line of each row."""
        every = [*arrays, _places(one_file(file, len(lines)), lines)] if self.provenance else list(arrays)
        return pa.Table.from_arrays(every, schema=self.rows_schema)

    def _misfits(self, value: Any) -> list[Misfit]:
        if value is None and isinstance(self.record, StructColumn):
            hint = "leave the record out, or declare in the schema that a record is an object"
            return [Misfit((), "unrepresentable", "null is valid, but the table's columns hold objects", hint)]
        return list(self.record.misfits(value, ()))

    @staticmethod
    def _refusal(index: int, misfit: Misfit) -> Refusal:
        return Refusal(index, member_path(misfit.place), misfit.code, misfit.message, misfit.hint)


def with_places_listed(schema: pa.Schema) -> pa.Schema:
    """Return a schema in which the file of a row's provenance is one of a dictionary."""
    for number, field in enumerate(schema):
        if is_row_provenance(field):
            schema = schema.set(number, field.with_type(LISTED_TYPE))
    return schema


def one_file(name: str, rows: int) -> Array:
    """Return the file of rows that all stand in one, as a dictionary and places in it."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([name], pa.string()))


def _provenance(places: Sequence[tuple[str, int]]) -> Array:
    files = pa.array([file for file, _ in places], pa.string()).dictionary_encode()
    return _places(files, [line for _, line in places])


def _places(files: Array, lines: Any) -> Array:
    return pa.StructArray.from_arrays([files, pa.array(lines, pa.int64())], fields=list(LISTED_TYPE))


def table_plan(schema: Schema, *, provenance: bool = True, choices: Sequence[PathChoice] = ()) -> TablePlan:
    """Return the columns of the records that ``schema`` describes, the same ones whatever the data.

    Args:
        schema: the table's schema.
        provenance: whether a last column says where each record stands.
        choices: column types that the configuration states, each with the path of its column.

    Raises:
        SetupError: a member is called like the column of the row provenance, the
            schema is nested too deeply, or a column type doesn't fit.
    """
    try:
        record = lay_out(Reader(schema), dict(choices))
    except RecursionError as error:
        raise SetupError(
            f"{schema.path}: the schema is nested too deeply: flatten allOf, anyOf and $ref chains"
        ) from error
    if provenance and isinstance(record, StructColumn) and PROVENANCE in record.names:
        raise SetupError(
            f"{schema.path}: a member is called {PROVENANCE!r}, like the column that says which file and line a record "
            "comes from: rename the member, or set row_provenance = false"
        )
    return TablePlan(record, provenance)


def types_spelled(schema: Schema, choices: Sequence[PathChoice] = ()) -> Mapping[ColumnPath, str]:
    """Return by path the column types that a schema suggests in other words (``format``, ``enum``), none of them taken.

    Raises:
        SetupError: as ``table_plan`` does.
    """
    return dict(spelled_types(Reader(schema), dict(choices)))


__all__ = ["Refusal", "TablePlan", "decode", "table_plan", "types_spelled"]
