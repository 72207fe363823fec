"""From what SQL gives to the columns of a view's schema: names compared at every depth, JSON text parsed and canonical.

A text is a string of JSON, unless SQL says that it is JSON (the type ``JSON``): ``'12'`` is a string, ``'12'::JSON`` a
number. What can't be held is a finding, never a null.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.findings import Finding
from dataset_packager.base.paths import LIST, ColumnPath, format_path
from dataset_packager.base.text import shown
from dataset_packager.columns.metadata import ENCODING, JSON_MEMBERS, JSON_TEXT, MAP, said
from dataset_packager.records.strict_json import LineError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.columns.arrow import Array, ArrowField

_JSON, _KEY, _VALUE = "JSON", "key", "value"
_TEXTS = frozenset({"varchar", "enum", "uuid"})
_SCALARS = _TEXTS | {
    "boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
    "uhugeint", "float", "double", "decimal", "null", "sqlnull",
}  # fmt: skip
_LISTS = frozenset({"list", "array"})


def encoding(field: ArrowField) -> str | None:
    """Return how a column's values are written, None where they are plain."""
    return said(field, ENCODING)


def holds_json(field: ArrowField) -> bool:
    """Say whether a column, or a part of it, holds JSON text."""
    kind = field.type
    inner = any(holds_json(kind.field(number)) for number in range(kind.num_fields))
    return inner or encoding(field) in (JSON_TEXT, JSON_MEMBERS)


def sql_type(kind: Any, field: ArrowField) -> str:
    """Return the SQL type ``kind`` of a table's column with the type JSON wherever the column holds JSON text."""
    if encoding(field) in (JSON_TEXT, JSON_MEMBERS):
        return _JSON
    if kind.id == "list":
        return f"{sql_type(kind.children[0][1], field.type.value_field)}[]"
    if kind.id == "struct":
        members = {member.name: member for member in field.type}
        told = ['"' + name.replace('"', '""') + '" ' + sql_type(part, members[name]) for name, part in kind.children]
        return f"STRUCT({', '.join(told)})"
    return str(kind)


def is_optional(field: ArrowField) -> bool:
    """Say whether a view may leave a column or member out: it holds what has no name in the schema."""
    return encoding(field) == JSON_MEMBERS


class Rows:
    """Brings batches of rows into a view's schema; ``findings`` are what it couldn't bring there, at most ``most``."""

    def __init__(self, query: str, schema: pa.Schema, types: Sequence[Any], names: Sequence[str], most: int) -> None:
        self._query, self._schema, self._most = query, schema, most
        self._types = dict(zip(names, types, strict=True))
        self.findings: list[Finding] = []
        for field in schema:
            if field.name in self._types:
                for wrong in _differences(field, self._types[field.name], (field.name,)):
                    self._tell(wrong.path, wrong.code, wrong.message, wrong.hint)

    def _tell(self, path: ColumnPath, code: str, message: str, hint: str | None = None) -> None:
        if len(self.findings) < self._most:
            self.findings.append(Finding(self._query, None, f"$.{format_path(path)}", code, message, hint=hint))

    def fit(self, batch: pa.RecordBatch) -> pa.Table:
        """Return a batch in the view's schema, with null for what is told as a finding.

        Raises:
            pa.ArrowInvalid, pa.ArrowNotImplementedError: a value doesn't fit the type of its column.
        """
        arrays = [
            self._fit(batch.column(field.name), self._types[field.name], field, (field.name,))
            if field.name in self._types
            else pa.nulls(batch.num_rows, field.type)
            for field in self._schema
        ]
        return pa.table(arrays, schema=self._schema)

    def _fit(self, array: Array, kind: Any, field: ArrowField, path: ColumnPath) -> Array:
        if pa.types.is_null(array.type):
            return pa.nulls(len(array), field.type)
        if encoding(field) in (JSON_TEXT, JSON_MEMBERS):
            return pa.array([self._text(value, kind, field, path) for value in array.to_pylist()], pa.string())
        if pa.types.is_struct(field.type) and kind.id == "struct":
            return self._struct(array, dict(kind.children), field, path)
        if pa.types.is_list(field.type) and (kind.id in _LISTS or (kind.id == "map" and encoding(field) == MAP)):
            return self._list(array, kind, field, path)
        return array.cast(field.type)

    def _struct(self, array: Array, kinds: dict[str, Any], field: ArrowField, path: ColumnPath) -> Array:
        parts = dict(zip((part.name for part in array.type), array.flatten(), strict=True))
        arrays = [
            self._fit(parts[part.name], kinds[part.name], part, (*path, part.name))
            if part.name in parts
            else pa.nulls(len(array), part.type)
            for part in field.type
        ]
        return pa.StructArray.from_arrays(
            arrays, fields=list(field.type), mask=array.is_null() if array.null_count else None
        )

    def _list(self, array: Array, kind: Any, field: ArrowField, path: ColumnPath) -> Array:
        child = _entry(kind)
        if kind.id == "map":
            entry = pa.struct([(_KEY, array.type.key_type), (_VALUE, array.type.item_type)])
            array = array.cast(pa.list_(entry))
        elif kind.id == "array":
            array = array.cast(pa.list_(array.type.value_type))
        offsets = np.zeros(len(array) + 1, np.int32)
        np.cumsum(array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False), out=offsets[1:])
        flat, item = array.flatten(), field.type.value_field
        if isinstance(child, dict):
            items = self._struct(flat, child, item, (*path, LIST))
        else:
            items = self._fit(flat, child, item, (*path, LIST))
        if encoding(field) == MAP and pa.types.is_struct(items.type):
            self._check_keys(offsets, items.field(0).to_pylist(), path)
        return pa.ListArray.from_arrays(
            pa.array(offsets), items, type=field.type, mask=array.is_null() if array.null_count else None
        )

    def _check_keys(self, offsets: Any, keys: list[Any], path: ColumnPath) -> None:
        for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            some = keys[begin:end]
            if len(set(some)) < len(some):
                twice = next(key for number, key in enumerate(some) if key in some[:number])
                self._tell(path, "duplicate-name", f"the key {shown(twice)} stands twice in a map", "take one of them")
            if None in some:
                self._tell(path, "type", "a key of a map is null", "leave entries without a key out")

    def _text(self, value: Any, kind: Any, field: ArrowField, path: ColumnPath) -> str | None:
        """Return the canonical JSON text of a value, None of what is told as a finding."""
        if value is None:
            return None
        try:
            found = _as_json(value, kind)
            if encoding(field) == JSON_MEMBERS and not isinstance(found, dict):
                self._tell(path, "type", f"{shown(found)} is no object of further members")
                return None
            text = canonical(found)
        except LineError as error:
            self._tell(path, error.code, f"{shown(value)}: {error.message}", error.hint)
        except (ValueError, RecursionError):
            self._tell(path, "range", f"{shown(str(value))} has no JSON text: a number is beyond the range of a double")
        else:
            return text
        return None


def _entry(kind: Any) -> Any:
    """Return the SQL type of a list's elements; of a map's entries the types by name."""
    return dict(kind.children) if kind.id == "map" else kind.children[0][1]


def _as_json(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if str(kind) == _JSON:
        return parse(value.encode())
    if kind.id == "struct":
        return {name: _as_json(value[name], part) for name, part in kind.children}
    if kind.id in _LISTS:
        return [_as_json(each, kind.children[0][1]) for each in value]
    if kind.id == "map":
        made = {key: _as_json(each, kind.children[1][1]) for key, each in value}
        if len(made) < len(value):
            raise LineError("duplicate-name", "a key stands twice in a map", "take one of them")
        return made
    return parse(f"{value:f}".encode()) if isinstance(value, Decimal) else value


class _Difference(NamedTuple):
    """What a view's query gives otherwise than its schema says."""

    path: ColumnPath
    code: str
    message: str
    hint: str


def _differences(field: ArrowField, kind: Any, path: ColumnPath) -> Iterator[_Difference]:
    """Yield where what SQL gives and what the schema has differ in names, or can't be JSON."""
    if encoding(field) in (JSON_TEXT, JSON_MEMBERS):
        yield from _not_json(kind, path)
    elif kind.id == "struct" and pa.types.is_struct(field.type):
        yield from _names(list(field.type), dict(kind.children), path)
    elif kind.id in _LISTS and pa.types.is_list(field.type):
        yield from _differences(field.type.value_field, kind.children[0][1], (*path, LIST))
    elif kind.id == "map" and encoding(field) == MAP:
        yield from _names(list(field.type.value_type), dict(kind.children), (*path, LIST))


def _names(fields: list[ArrowField], kinds: dict[str, Any], path: ColumnPath) -> Iterator[_Difference]:
    known = {field.name: field for field in fields}
    for name in kinds:
        if name not in known:
            near = next((other for other in known if other.lower() == name.lower()), None)
            hint = f"names are told apart by case: did you mean {near}?" if near else "leave it out, or add it there"
            message = f"the view's schema has no member {shown(name)} here"
            yield _Difference((*path, name), "additionalProperties", message, hint)
    for field in fields:
        if field.name in kinds:
            yield from _differences(field, kinds[field.name], (*path, field.name))
        elif not is_optional(field):
            message = f"the query gives no member {shown(field.name)}, which the view's schema has"
            yield _Difference((*path, field.name), "required", message, "select it; where there is none, as NULL")


def _not_json(kind: Any, path: ColumnPath) -> Iterator[_Difference]:
    if kind.id == "struct":
        for name, part in kind.children:
            yield from _not_json(part, (*path, name))
    elif kind.id in _LISTS:
        yield from _not_json(kind.children[0][1], (*path, LIST))
    elif kind.id == "map":
        if kind.children[0][1].id not in _TEXTS:
            message = f"{kind} has keys that aren't text, as names in JSON are"
            yield _Difference(path, "type", message, "cast them to VARCHAR")
        yield from _not_json(kind.children[1][1], (*path, LIST))
    elif kind.id not in _SCALARS:
        message = f"{kind} is no value of JSON"
        yield _Difference(path, "type", message, "cast it to VARCHAR, which makes a string of it")
