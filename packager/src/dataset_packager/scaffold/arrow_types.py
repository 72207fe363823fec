"""What the columns of Parquet and Arrow files say beyond their values: types, and what `datasets` left of classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import open_regular
from dataset_packager.base.paths import LIST
from dataset_packager.records.class_names import Classes, classes_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataset_packager.base.paths import ColumnPath

ROWS = (".parquet", ".arrow")


def stated(path: Path) -> pa.Schema | None:
    """Return the columns of a file; None where they can't be read."""
    try:
        return _schema(path)
    except (OSError, pa.ArrowException):
        return None


def _schema(path: Path) -> pa.Schema:
    with open_regular(path) as file:
        if path.name.lower().endswith(".parquet"):
            return pq.read_schema(file)
        try:
            return pa.ipc.open_file(file).schema
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file).schema


def common_classes(paths: Sequence[Path]) -> Classes:
    """Return the classes of the columns that are classes in all of some files: the names of all of them, each once."""
    of_files = [classes_of(schema) if (schema := stated(path)) is not None else {} for path in paths]
    shared = [path for path in of_files[0] if all(path in each for each in of_files)] if of_files else []
    return {path: tuple(dict.fromkeys(name for each in of_files for name in each[path])) for path in shared}


@dataclass(frozen=True)
class NamedClasses:
    """Says, as a schema's ``ValueType`` does, that columns of classes are text; of the others nothing."""

    classes: Classes
    path: ColumnPath = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types of a value: text or null of a class."""
        return frozenset({"string", "null"}) if self.path in self.classes else frozenset({"array", "object", "null"})

    @property
    def members(self) -> Sequence[str]:
        """The names of members with classes."""
        return [str(each[len(self.path)]) for each in self.classes if each[: len(self.path)] == self.path]

    def member(self, name: str) -> tuple[NamedClasses, bool] | None:
        """Return what is known of a member; None where it has no classes."""
        return (
            self._below(name)
            if any(each[: len(self.path) + 1] == (*self.path, name) for each in self.classes)
            else None
        )

    def item(self) -> NamedClasses:
        """Return what is known of the elements of an array."""
        return self._below(LIST)[0]

    def _below(self, step: str | None) -> tuple[NamedClasses, bool]:
        return NamedClasses(self.classes, (*self.path, step)), True


def widen(schema: dict[str, Any], path: Path) -> None:
    """Let a schema that was made from values say what the types of a file's columns say."""
    properties = schema.get("properties", {})
    for field in stated(path) or ():
        if field.name in properties:
            _widen(properties[field.name], field.type)


def _widen(part: dict[str, Any], kind: pa.DataType) -> None:
    kinds = part.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    if pa.types.is_floating(kind) and "integer" in listed:
        part["type"] = "number" if len(listed) == 1 else ["number" if each == "integer" else each for each in listed]
    elif listed == ["null"] and (name := _name(kind)):
        part["type"] = [name, "null"]
    elif pa.types.is_struct(kind):
        for field in kind:
            if field.name in part.get("properties", {}):
                _widen(part["properties"][field.name], field.type)


def _name(kind: pa.DataType) -> str | None:
    """Return the JSON type of the values of a type, where all of them have one."""
    ways = (
        (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"), (pa.types.is_boolean, "boolean"),
        (pa.types.is_string, "string"), (pa.types.is_large_string, "string"), (pa.types.is_temporal, "string"),
    )  # fmt: skip
    return next((name for fits, name in ways if fits(kind)), None)


def name_classes(schema: dict[str, Any], classes: Classes) -> None:
    """Let a schema that was made from values list the classes of its columns, which are to be classes again."""
    for path, names in classes.items():
        part = schema
        for step in path:
            part = part.get("items", {}) if step is LIST else part.get("properties", {}).get(step, {})
        kinds = part.get("type")
        nullable = kinds == "null" or (isinstance(kinds, list) and "null" in kinds)
        if part:
            part.clear()
            part |= {"type": ["string", "null"] if nullable else "string"}
            part |= {"enum": [*names, None] if nullable else list(names), "x-column": "class-label"}
