"""What the columns of Parquet and Arrow files say beyond their values: types, and what `datasets` left of classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.files import open_regular

if TYPE_CHECKING:
    from pathlib import Path

ROWS = (".parquet", ".arrow")


def stated(path: Path) -> tuple[pa.Schema, dict[str, list[str]]] | None:
    """Return the columns of a file, and by column the names of its classes; None where they can't be read."""
    try:
        schema = _schema(path)
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        named = {name: each["names"] for name, each in features.items() if each.get("_type") == "ClassLabel"}
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError):
        named = {}
    except (OSError, pa.ArrowException):
        return None
    return schema, named


def _schema(path: Path) -> pa.Schema:
    with open_regular(path) as file:
        if path.name.lower().endswith(".parquet"):
            return pq.read_schema(file)
        try:
            return pa.ipc.open_file(file).schema
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file).schema


def widen(schema: dict[str, Any], path: Path) -> None:
    """Let a schema that was made from values say what the types of a file's columns say."""
    found = stated(path)
    properties = schema.get("properties", {})
    for field in found[0] if found else ():
        if field.name in properties and found:
            _widen(properties[field.name], field.type, found[1].get(field.name))


def _widen(part: dict[str, Any], kind: pa.DataType, classes: list[str] | None) -> None:
    kinds = part.get("type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    if pa.types.is_floating(kind) and "integer" in listed:
        part["type"] = "number" if len(listed) == 1 else ["number" if each == "integer" else each for each in listed]
    elif listed == ["null"] and (name := _name(kind)):
        part["type"] = [name, "null"]
    elif pa.types.is_integer(kind) and classes and "integer" in listed:
        part |= {"minimum": -1, "maximum": len(classes) - 1}
        part["description"] = "; ".join(f"{number}: {name}" for number, name in enumerate(classes))
    elif pa.types.is_struct(kind):
        for field in kind:
            if field.name in part.get("properties", {}):
                _widen(part["properties"][field.name], field.type, None)


def _name(kind: pa.DataType) -> str | None:
    """Return the JSON type of the values of a type, where all of them have one."""
    ways = (
        (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"), (pa.types.is_boolean, "boolean"),
        (pa.types.is_string, "string"), (pa.types.is_large_string, "string"), (pa.types.is_temporal, "string"),
    )  # fmt: skip
    return next((name for fits, name in ways if fits(kind)), None)
