"""Schemas in many files are judged as one document, and no differently than file by file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str, Any] = {
    "tree.json": {
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {"$ref": "parts/leaf.json#/unusual/place/0"},
            "children": {"type": "array", "items": {"$ref": "#"}},
            "$ref": {"const": {"$ref": "#/definitions/text"}},
        },
        "definitions": {"text": {"type": "integer"}},
    },
    "parts/leaf.json": {
        "unusual": {
            "place": [{"anyOf": [{"$ref": "#/definitions/a~1b%20c"}, {"$ref": "../tree.json#/definitions/text"}]}]
        },
        "definitions": {"a/b c": {"type": "string", "minLength": 2}},
    },
}
RECORDS = {
    '{"value": "ab"}': True,
    '{"value": 5, "children": [{"value": "ab", "children": []}]}': True,
    '{"value": 5, "$ref": {"$ref": "#/definitions/text"}}': True,
    '{"value": "a"}': False,
    '{"value": 5, "children": [{"value": null}]}': False,
    '{"value": 5, "$ref": {"$ref": "#/definitions/d0"}}': False,
}


def write(folder: Path, files: dict[str, Any], draft: str) -> None:
    for name, content in files.items():
        path = folder / "schema" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"$schema": draft, **content}), "utf-8")


@pytest.mark.parametrize(
    "draft", ["http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-07/schema#",
              "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"],
)  # fmt: skip
def test_a_bundle_decides_as_the_files_do(tmp_path: Path, draft: str) -> None:
    write(tmp_path, FILES, draft)
    schema = load_schema(tmp_path, "schema/tree.json")
    apart = replace(schema)
    apart.__dict__["bundle"] = None
    assert schema.bundle is not None
    for text, accepted in RECORDS.items():
        record = json.loads(text)
        if "draft-04" in draft and "$ref" in record:
            continue  # draft 4 has no const
        assert (Gate(schema, True).accepts(record), Gate(apart, True).accepts(record)) == (accepted, accepted), text


@pytest.mark.parametrize(
    "part",
    [{"$id": "https://example.org/x"}, {"$anchor": "here"}, {"$dynamicRef": "#"}],
    ids=lambda part: next(iter(part)),
)
def test_identifiers_and_anchors_are_left_to_the_engine(tmp_path: Path, part: dict[str, Any]) -> None:
    files = {"a.json": {"properties": {"x": {"$ref": "b.json"}, "y": {"type": "string", **part}}}, "b.json": {}}
    write(tmp_path, files, "https://json-schema.org/draft/2020-12/schema")
    schema = load_schema(tmp_path, "schema/a.json")
    assert schema.bundle is None
    assert not Gate(schema, True).accepts({"y": 1})


def test_many_files_that_refer_to_one_another_compile_at_once(tmp_path: Path) -> None:
    number = 40
    files = {
        f"{n}.json": {"properties": {f"to{m}": {"$ref": f"{m}.json"} for m in range(number)}, "maxProperties": 2}
        for n in range(number)
    }
    write(tmp_path, files, "http://json-schema.org/draft-07/schema#")
    gate = Gate(load_schema(tmp_path, "schema/0.json"), True)
    assert gate.accepts({"to1": {"to2": {"to3": {}}}})
    assert not gate.accepts({"to1": {"to2": {"a": 1, "b": 2, "c": 3}}})
