from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.table_columns import table_plan
from dataset_packager.schemas import Schema, load_schema
from dataset_packager.schemas.did_you_mean import KEYWORDS
from dataset_packager.schemas.drafts import DRAFTS, specifications
from dataset_packager.validation.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path

Files = dict[str, Any]


def laid_out(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def gate(folder: Path, files: Files, first: str = "schema/a.json") -> Gate:
    return Gate(load_schema(laid_out(folder, files), first), assert_formats=True)


def loaded(folder: Path, files: Files, first: str = "schema/a.json") -> Schema:
    return load_schema(laid_out(folder, files), first)


def refused(folder: Path, files: Files, first: str = "schema/a.json") -> str:
    with pytest.raises(SetupError) as caught:
        Gate(load_schema(laid_out(folder, files), first), assert_formats=True)
    return str(caught.value)


def columns_of(schema: Schema) -> pa.Schema:
    return table_plan(schema).arrow_schema


STRING = {"type": "string"}


@pytest.mark.parametrize(
    ("dialect", "draft"),
    [
        (None, "2020-12"),
        ("http://json-schema.org/draft-04/schema#", "draft4"),
        ("https://json-schema.org/draft-04/schema", "draft4"),
        ("http://json-schema.org/draft-06/schema", "draft6"),
        ("https://json-schema.org/draft-07/schema#", "draft7"),
        ("http://json-schema.org/draft-07/hyper-schema#", "draft7"),
        ("http://json-schema.org/draft/2019-09/schema", "2019-09"),
        ("https://json-schema.org/draft/2020-12/schema#", "2020-12"),
    ],
)
def test_the_draft_is_the_one_that_the_schema_names(tmp_path: Path, dialect: str | None, draft: str) -> None:
    schema = {"type": "object"} if dialect is None else {"$schema": dialect, "type": "object"}
    assert loaded(tmp_path, {"schema/a.json": schema}).draft == draft


@pytest.mark.parametrize(
    "dialect",
    ["http://json-schema.org/draft-03/schema#", "http://json-schema.org/schema#", "https://example.org/mine", "", 7],
)
def test_an_unknown_draft_is_refused_with_the_known_ones(tmp_path: Path, dialect: Any) -> None:
    message = refused(tmp_path, {"schema/a.json": {"$schema": dialect}})
    assert message.startswith(f"schema/a.json#/$schema: {dialect!r}")
    assert "2020-12" in message


REFERRING: dict[str, tuple[Files, str]] = {
    "by path": ({"schema/b.json": STRING}, "b.json"),
    "by path and pointer": ({"schema/b.json": {"$defs": {"x": STRING}}}, "b.json#/$defs/x"),
    "by path into a folder and back": (
        {
            "schema/sub/b.json": {"$ref": "../c.json"},
            "schema/c.json": {"$ref": "sub/d.json"},
            "schema/sub/d.json": STRING,
        },
        "sub/b.json",
    ),
    "by $id": ({"schema/other name": {"$id": "https://example.org/b", **STRING}}, "https://example.org/b"),
    "by an $id that has a query besides": (
        {"schema/b.json": {"$id": "https://example.org/score.json?20210501", **STRING}},
        "https://example.org/score.json",
    ),
    "by an $id relative to another": (
        {
            "schema/b.json": {"$id": "https://example.org/s/b", "$ref": "c"},
            "schema/z": {"$id": "https://example.org/s/c", **STRING},
        },
        "b.json",
    ),
    "by path from a file with a remote $id": (
        {"schema/b.json": {"$id": "https://example.org/s/b", "$ref": "c.json"}, "schema/c.json": STRING},
        "b.json",
    ),
    "by path to a file with a remote $id": ({"schema/b.json": {"$id": "https://example.org/x/y", **STRING}}, "b.json"),
    "by path with the scheme of files": ({"schema/sub/b.json": STRING}, "file:sub/b.json"),
    "by path with the scheme of files, from a file with a remote $id": (
        {
            "schema/b.json": {"$id": "https://example.org/x/y", "$ref": "file:sub/c.json#/$defs/d"},
            "schema/sub/c.json": {"$id": "https://example.org/q", "$defs": {"d": STRING}},
        },
        "b.json",
    ),
    "by an id in a draft that calls it $id": (
        {"schema/b": {"id": "https://example.org/b", **STRING}},
        "https://example.org/b",
    ),
    "by the id of draft 4": (
        {"schema/b": {"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://example.org/b#", **STRING}},
        "http://example.org/b",
    ),
    "by an $id within a file": (
        {"schema/b.json": {"$defs": {"q": {"$id": "https://example.org/q", "$defs": {"r": STRING}}}}},
        "https://example.org/q#/$defs/r",
    ),
    "by $anchor": ({"schema/b.json": {"$defs": {"q": {"$anchor": "here", **STRING}}}}, "b.json#here"),
    "by an anchor of draft 7": (
        {
            "schema/b.json": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "definitions": {"q": {"$id": "#here", **STRING}},
            }
        },
        "b.json#here",
    ),
    "with characters that a URI may not have": (
        {"schema/b c.json": {"$defs": {"x y|z%": STRING}}},
        "b c.json#/$defs/x y|z%",
    ),
    "with escapes": ({"schema/b c.json": {"$defs": {"x/y~": STRING}}}, "b%20c.json#/%24defs/x~1y~0"),
    "with a percent sign that is part of the name": (
        {"schema/b.json": {"$defs": {"x%20y": STRING}}},
        "b.json#/$defs/x%20y",
    ),
    "to a place that no keyword leads to": ({"schema/b.json": {"components": {"x": STRING}}}, "b.json#/components/x"),
    "to a file without extension": ({"schema/b": STRING}, "b"),
    "to a file with a byte-order mark": ({"schema/b.json": b'\xef\xbb\xbf{"type": "string"}'}, "b.json"),
    "to a part of a file whose other parts are broken": (
        {
            "schema/b.json": {
                "$defs": {"x": STRING, "y": {"$ref": "https://example.org/gone"}, "z": {"$ref": "#/nowhere"}}
            }
        },
        "b.json#/$defs/x",
    ),
    "past siblings, which draft 7 ignores": (
        {
            "schema/b.json": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "$ref": "#/definitions/x",
                "$id": "https://example.org/ignored",
                "properties": {"a": {"$ref": "gone.json"}},
                "definitions": {"x": STRING},
            }
        },
        "b.json",
    ),
}


@pytest.mark.parametrize("name", REFERRING)
def test_a_reference_is_followed(tmp_path: Path, name: str) -> None:
    files, reference = REFERRING[name]
    made = gate(tmp_path, files | {"schema/a.json": {"properties": {"p": {"$ref": reference}}}})
    assert made.accepts({"p": "text"})
    assert not made.accepts({"p": 1})
    assert [(each.path, each.code) for each in made.explain({"p": 1}, "f", 1)] == [("$.p", "type")]


@pytest.mark.parametrize("name", REFERRING)
def test_a_reference_gives_the_column_of_what_it_leads_to(tmp_path: Path, name: str) -> None:
    files, reference = REFERRING[name]
    schema = loaded(tmp_path, files | {"schema/a.json": {"properties": {"p": {"$ref": reference}}}})
    column = columns_of(schema).field("p")
    assert column.type == pa.string()
    assert b"encoding" not in (column.metadata or {}), "text itself, not JSON text of whatever it is"


def test_the_sources_are_the_files_that_the_schema_reaches_and_no_others(tmp_path: Path) -> None:
    files = {
        "schema/a.json": {"$ref": "b.json"},
        "schema/b.json": STRING,
        "schema/c.json": STRING,
        "schema/d.json": b"{",
    }
    schema = loaded(tmp_path, files)
    assert sorted(schema.sources) == ["schema/a.json", "schema/b.json"]
    assert all(len(digest) == 64 for digest in schema.sources.values())


def test_the_meta_schemas_of_the_drafts_can_be_referred_to(tmp_path: Path) -> None:
    for uri in ("http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"):
        made = gate(tmp_path, {"schema/a.json": {"properties": {"s": {"$ref": uri}}}})
        assert made.accepts({"s": {"type": "string"}})
        assert made.explain({"s": {"type": 5}}, "f", 1)[0].path == "$.s.type"


def test_a_recursive_schema_is_followed_as_deep_as_the_record(tmp_path: Path) -> None:
    made = gate(tmp_path, {"schema/a.json": {"properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}})
    record: Any = {"n": "x"}
    for _ in range(200):
        record = {"next": record}
    assert [each.path for each in made.explain(record, "f", 1)] == ["$" + ".next" * 200 + ".n"]


def test_a_dynamic_reference_takes_the_outermost_anchor(tmp_path: Path) -> None:
    tree = {
        "$id": "https://example.org/tree",
        "$dynamicAnchor": "node",
        "properties": {"below": {"items": {"$dynamicRef": "#node"}}},
    }
    strict = {"$ref": "tree.json", "$dynamicAnchor": "node", "unevaluatedProperties": False}
    made = gate(tmp_path, {"schema/a.json": strict, "schema/tree.json": tree})
    assert made.accepts({"below": [{"below": []}]})
    assert [each.path for each in made.explain({"below": [{"belwo": []}]}, "f", 1)] == ["$.below[0].belwo"]


def test_a_meta_schema_of_the_folder_stands_for_the_draft_that_it_names(tmp_path: Path) -> None:
    draft = "https://json-schema.org/draft/2020-12"
    vocabulary = {f"{draft}/vocab/core": True, f"{draft}/vocab/applicator": True}
    own = {
        "$id": "https://example.org/own",
        "$schema": f"{draft}/schema",
        "$vocabulary": vocabulary,
        "$ref": f"{draft}/schema",
    }
    files = {"schema/own.json": own, "schema/a.json": {"$schema": "https://example.org/own", "minimum": 5}}
    assert loaded(tmp_path, files).draft == "2020-12"
    assert gate(tmp_path, files).accepts(1)


UNSOUND: dict[str, tuple[Files, list[str]]] = {
    "remote": (
        {"schema/a.json": {"items": {"$ref": "https://example.org/x.json"}}},
        ["schema/a.json#/items", "https://example.org/x.json", "nothing is ever fetched"],
    ),
    "remote, though a file of that name is there": (
        {"schema/a.json": {"$ref": "https://example.org/x.json"}, "schema/sub/x.json": STRING},
        ["schema/sub/x.json", "$id"],
    ),
    "no such file": ({"schema/a.json": {"$ref": "b.json"}}, ["schema/a.json#", "b.json", "no such file"]),
    "no such place": ({"schema/a.json": {"not": {"$ref": "#/$defs/x"}}}, ["schema/a.json#/not", "#/$defs/x"]),
    "no such anchor": ({"schema/a.json": {"$ref": "b.json#x"}, "schema/b.json": {}}, ["#x", "schema/b.json"]),
    "out of the folder": (
        {"schema/a.json": {"$ref": "../data/b.json"}, "data/b.json": {}},
        ["leads out of the folder schema/"],
    ),
    "out of the project": ({"schema/a.json": {"$ref": "../../../../etc/hostname"}}, ["leads out of the folder"]),
    "out of the project, escaped": ({"schema/a.json": {"$ref": "%2e%2e/%2e%2e/x"}}, ["leads out of the folder"]),
    "a file by its absolute address": (
        {"schema/a.json": {"$ref": "file:///etc/hostname"}},
        ["nothing is ever fetched"],
    ),
    "an address that is none": ({"schema/a.json": {"$ref": "http://[x"}}, ["schema/a.json#", "URI"]),
    "two files of one $id": (
        {
            "schema/a.json": {"$ref": "https://example.org/b"},
            "schema/b.json": {"$id": "https://example.org/b"},
            "schema/c.json": {"$id": "https://example.org/b"},
        },
        ["schema/b.json and schema/c.json"],
    ),
    "broken JSON": ({"schema/a.json": b'{"type": }'}, ["schema/a.json", "not JSON", "line 1"]),
    "not UTF-8": ({"schema/a.json": b'{"title": "\xe9"}'}, ["schema/a.json", "not UTF-8"]),
    "not a number": ({"schema/a.json": b'{"minimum": NaN}'}, ["not JSON"]),
    "nested too deeply": ({"schema/a.json": b'{"not":' * 100_000}, ["schema/a.json", "deep"]),
    "no schema": ({"schema/a.json": ["x"]}, ["an object or a boolean"]),
    "broken JSON in a file referred to": (
        {"schema/a.json": {"$ref": "b.json"}, "schema/b.json": b"{"},
        ["schema/b.json", "not JSON"],
    ),
    "an invalid type": (
        {"schema/a.json": {"properties": {"x y": {"type": "strnig"}}}},
        ["schema/a.json#/properties/x y/type", "strnig"],
    ),
    "invalid in a file referred to": (
        {"schema/a.json": {"$ref": "b.json"}, "schema/b.json": {"required": "a"}},
        ["schema/b.json#/required"],
    ),
    "a keyword of another draft": (
        {
            "schema/a.json": {
                "$schema": "http://json-schema.org/draft-07/schema#",
                "minimum": 1,
                "exclusiveMinimum": True,
            }
        },
        ["schema/a.json#/exclusiveMinimum", "draft7"],
    ),
    "a type that is none": (
        {"schema/a.json": {"properties": {"a": {"type": "any"}}}},
        ["schema/a.json#/properties/a/type", '"any" is no type: where any value may stand, leave "type" out'],
    ),
    "a type by another name": ({"schema/a.json": {"type": "int"}}, ['"int" is no type: did you mean "integer"?']),
    "a type that is misspelt, in a list": (
        {"schema/a.json": {"type": ["strnig", "null"]}},
        ['"strnig" is no type: did you mean "string"?'],
    ),
    "a date as a type": ({"schema/a.json": {"type": "date"}}, ['write "type": "string", "format": "date"']),
    "a member that says itself that it is required": (
        {"schema/a.json": {"properties": {"a": {"required": True}}}},
        ["schema/a.json#/properties/a/required", 'lists the names that are required, as in ["a"]'],
    ),
    "a schema of an older draft that names none": (
        {"schema/a.json": {"properties": {"a": {"minimum": 0, "exclusiveMinimum": True}}}},
        ["names no draft", "is valid in draft4", '"$schema": "http://json-schema.org/draft-04/schema#"'],
    ),
    "a schema of an older draft than it names": (
        {"schema/a.json": {"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}},
        ["valid in 2019-09", '"$schema": "https://json-schema.org/draft/2019-09/schema"'],
    ),
    "a pattern that is none": (
        {"schema/a.json": {"properties": {"x": {"pattern": "(a"}}}},
        ["schema/a.json#/properties/x/pattern", '"(a"'],
    ),
    "a pattern of another dialect": (
        {"schema/a.json": {"pattern": "^a\\Z"}},
        ["schema/a.json#/pattern", "for the end of the text write $"],
    ),
    "a pattern as a name": (
        {"schema/a.json": {"patternProperties": {"[": {}}}},
        ["schema/a.json#/patternProperties/["],
    ),
    "a pattern that grows without bound": (
        {"schema/a.json": {"pattern": "((a{1000}){1000}){1000}"}},
        ["schema/a.json#/pattern"],
    ),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_schema_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    files, words = UNSOUND[name]
    message = refused(tmp_path, files)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("path", ["/etc/hostname", "../a.json", "schema/../../a.json", "schema/none.json", "schema"])
def test_a_schema_outside_of_the_project_or_missing_is_refused(tmp_path: Path, path: str) -> None:
    assert path.strip("/.") in refused(tmp_path, {"schema/a.json": {}}, path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    project = laid_out(tmp_path / "project", {"schema/a.json": {"$ref": "b.json"}})
    (project / "schema/b.json").symlink_to(tmp_path / "outside.json")
    assert "leads out of the folder" in refused(project, {})


def test_files_that_are_not_referred_to_may_be_anything(tmp_path: Path) -> None:
    broken = {
        "schema/b.json": b"{",
        "schema/c.json": {"type": 5},
        "schema/d.json": {"$schema": "unknown"},
        "schema/e": b"\xff",
    }
    more = {"schema/f.json": {"$id": "https://example.org/f", "$defs": {"x": STRING}}}
    assert not gate(tmp_path, broken | more | {"schema/a.json": {"$ref": "https://example.org/f#/$defs/x"}}).accepts(1)


def test_a_schema_in_the_projects_own_folder_sees_the_files_beside_it(tmp_path: Path) -> None:
    files = {"a.json": {"$ref": "b.json"}, "b.json": STRING, "data/c.json": STRING}
    assert not gate(tmp_path, files, "a.json").accepts(1)
    assert "leads out" in refused(tmp_path, {"a.json": {"$ref": "data/c.json"}}, "a.json")


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.json"
        for schema in (
            {"$ref": address},
            {"$schema": address},
            {"$id": address, "$ref": "y.json"},
            {"$dynamicRef": address},
        ):
            refused(tmp_path, {"schema/a.json": schema})
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"^[\w-.]+$", ["a-b.c"], ["a b"]),
        (r"^[a-z\d-_]+$", ["a-1_"], ["a+"]),
        (r"^[^]{2}$", ["a\n"], ["a"]),
        (r"^\${x}$", ["${x}"], ["$x"]),
        (r"^[\b\0]$", ["\b", "\0"], ["b", "0"]),
        (r"^(?:[\ud800-\udbff][\udc00-\udfff]|a)$", ["😀", "a"], ["b"]),
        (r"^(?=.*\d)(?!.*--)(\w)\1$", ["11"], ["12", "aa"]),
        (r"^(?<q>['\"]).*\k<q>$", ["'a'"], ["'a\""]),
        (r"^(x)(?:y)(?<b>z|w)\k<b>0$", ["xyzz0"], ["xyzw0", "xyzx0"]),
    ],
)
def test_a_pattern_as_real_schemas_write_it_is_compiled(
    tmp_path: Path, pattern: str, good: list[str], bad: list[str]
) -> None:
    for schema, wrap in (
        ({"pattern": pattern}, lambda text: text),
        ({"patternProperties": {pattern: False}}, lambda text: {text: 1}),
    ):
        made = gate(tmp_path, {"schema/a.json": schema})
        found = {text: made.accepts(wrap(text)) for text in good + bad}
        assert found == {text: (text in good) is ("pattern" in schema) for text in good + bad}


def test_three_megabytes_of_schema_are_loaded_in_seconds(tmp_path: Path) -> None:
    members = {
        f"m{number}": {"$ref": f"#/definitions/d{number * 7 % 500}", "description": "x" * 250} for number in range(20)
    }
    definitions = {f"d{number}": {"properties": members, "additionalProperties": False} for number in range(500)}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/definitions/d0",
        "definitions": definitions,
    }
    assert len(json.dumps(schema)) > 3_000_000
    start = time.process_time()
    made = gate(tmp_path, {"schema/a.json": schema})
    assert time.process_time() - start < 10
    assert [each.path for each in made.explain({"m1": {"m2": {"z": 1}}}, "f", 1)] == ["$.m1.m2.z"]


DRAFT_7 = "http://json-schema.org/draft-07/schema#"
PART = "https://example.org/p"
LATEST = "https://json-schema.org/draft/2020-12/schema"


def test_two_patterns_that_are_compiled_alike_both_hold(tmp_path: Path) -> None:
    for patterns in ([r"^[\w-.]+$", r"^[\w\-.]+$"], [r"^[\w\-.]+$", r"^[\w-.]+$"], [r"^[\w-.]+$", r"^[\w-\.]+$"]):
        rules = dict(zip(patterns, ({"type": "integer"}, {"minimum": 5}), strict=True))
        made = gate(tmp_path, {"schema/a.json": {"patternProperties": rules}})
        assert [made.accepts({"a-b": value}) for value in (7, 3, "x")] == [True, False, False]
        assert [each.code for each in made.explain({"a-b": 3}, "f", 1)] == ["minimum"]
        assert [each.code for each in made.explain({"a-b": "x"}, "f", 1)] == ["type"]


@pytest.mark.parametrize("number", ["04", "06", "07"])
def test_dependencies_may_mix_schemas_and_lists_in_any_order(tmp_path: Path, number: str) -> None:
    either = {"anyOf": [{"required": ["end"]}, {"required": ["while"]}]}
    for dependencies in ({"begin": either, "end": ["begin"]}, {"end": ["begin"], "begin": either}):
        schema = {"$schema": f"http://json-schema.org/draft-{number}/schema#", "dependencies": dependencies}
        made = gate(tmp_path, {"schema/a.json": schema})
        columns_of(loaded(tmp_path, {"schema/a.json": schema | {"type": "object"}}))
        assert [made.accepts(dict.fromkeys(names, 1)) for names in (["begin", "end"], ["begin"], ["end"])] == [
            True,
            False,
            False,
        ]


def test_a_dynamic_reference_leads_on_from_where_its_anchor_stands(tmp_path: Path) -> None:
    page = {
        "$id": "https://example.org/page",
        "properties": {"items": {"type": "array", "items": {"$dynamicRef": "#entry"}}},
        "$defs": {"entry": {"$dynamicAnchor": "entry", "not": {}}},
    }
    person = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
    entry = {"$dynamicAnchor": "entry", "$ref": "#/$defs/person"}
    persons = {"$id": "https://example.org/persons", "$ref": "page", "$defs": {"entry": entry, "person": person}}
    files = {"schema/a.json": persons | {"type": "object"}, "schema/page.json": page}
    made = gate(tmp_path, files)
    assert [made.accepts({"items": [each]}) for each in ({"name": "a"}, {"name": 1}, {"x": "a"})] == [
        True,
        False,
        False,
    ]
    assert "struct<name: string>" in str(columns_of(loaded(tmp_path, files)).field("items").type)


@pytest.mark.parametrize(
    ("outer", "inner", "good", "bad"),
    [
        (LATEST, {"$schema": DRAFT_7, "$id": PART, "items": [{"type": "integer"}, {}]}, [1], ["a"]),
        (
            DRAFT_7,
            {"$schema": LATEST, "$id": PART, "prefixItems": [{"type": "integer"}]},
            [1],
            ["a"],
        ),
        (
            LATEST,
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "id": PART,
                "minimum": 1,
                "exclusiveMinimum": True,
            },
            2,
            1,
        ),
    ],
)
def test_a_part_that_names_its_own_draft_is_one_of_that_draft(
    tmp_path: Path, outer: str, inner: Any, good: Any, bad: Any
) -> None:
    schema = {"$schema": outer, "properties": {"p": {"$ref": "https://example.org/p"}}, "definitions": {"p": inner}}
    made = gate(tmp_path, {"schema/a.json": schema})
    assert (made.accepts({"p": good}), made.accepts({"p": bad})) == (True, False)
    assert len(made.explain({"p": bad}, "f", 1)) == 1
    columns_of(loaded(tmp_path, {"schema/a.json": schema | {"type": "object"}}))


def test_a_part_of_another_draft_is_held_against_its_own_meta_schema(tmp_path: Path) -> None:
    inner = {"$schema": DRAFT_7, "$id": PART, "items": 1}
    assert "#/$defs/p/items: not valid in draft7" in refused(tmp_path, {"schema/a.json": {"$defs": {"p": inner}}})


def test_parts_with_one_id_are_told_apart_or_the_reference_is_refused(tmp_path: Path) -> None:
    parts = {
        name: {"$id": "https://example.org/part", "type": kind} for name, kind in (("A", "integer"), ("B", "string"))
    }
    by_place = {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/B"}}, "$defs": parts}
    made = gate(tmp_path, {"schema/a.json": by_place})
    assert [made.accepts(each) for each in ({"a": 1, "b": "x"}, {"a": "x"}, {"b": 1})] == [True, False, False]
    assert [each.code for each in made.explain({"a": "x", "b": 1}, "f", 1)] == ["type", "type"]
    by_id = {"properties": {"a": {"$ref": "https://example.org/part"}}, "$defs": parts}
    message = refused(tmp_path, {"schema/a.json": by_id})
    assert all(words in message for words in ("schema/a.json#/$defs/A", "schema/a.json#/$defs/B", "give each its own"))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"propertys": {}}, ['#: the keyword "propertys"', 'did you mean "properties"?']),
        ({"properties": {"a": {"minlength": 1}}}, ["#/properties/a", 'did you mean "minLength"?']),
        ({"additional_properties": False}, ['did you mean "additionalProperties"?']),
        ({"require": ["a"]}, ['did you mean "required"?']),
        ({"ref": "#/$defs/a"}, ['did you mean "$ref"?']),
        ({"divisibleBy": 5}, ['did you mean "multipleOf"?']),  # of draft 3, as the next two
        ({"extends": {"type": "string"}}, ['did you mean "allOf"?']),
        ({"disallow": "null"}, ['did you mean "not"?']),
        ({"$schema": DRAFT_7, "dependentRequired": {"a": ["b"]}}, ["says nothing in draft7", "came with 2019-09"]),
    ],
)
def test_a_keyword_that_says_nothing_and_was_hardly_meant_is_warned_of(
    tmp_path: Path, schema: Any, words: list[str]
) -> None:
    warnings = loaded(tmp_path, {"schema/a.json": schema}).warnings
    assert len(warnings) == 1
    assert [word for word in words if word not in warnings[0]] == []


def test_no_keyword_of_a_draft_and_no_annotation_of_ones_own_is_warned_of(tmp_path: Path) -> None:
    own = ("x-order", "note", "unit", "description_de", "example", "nullable", "source", "label", "meta:enum", "xml")
    for name in ("draft-04", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12"):
        schema = {"$schema": f"http://json-schema.org/{name}/schema#", "properties": {"propertys": {}}}
        schema |= dict.fromkeys(own, 1) | {"title": "a", "default": 1, "definitions": {}, "description": "b"}
        assert loaded(tmp_path, {"schema/a.json": schema}).warnings == ()


def test_the_keywords_that_are_known_are_those_of_the_published_meta_schemas() -> None:
    published = specifications()
    known = [uri for uri in published if "draft-03" not in uri]  # no schema here is of that draft
    names = {name for uri in known for name in published.contents(uri).get("properties", {})}
    of_links = {"links", "base", "anchor"}  # in the meta-schema of hyper-schemas
    assert names - of_links | {"id", "dependencies", "definitions"} == KEYWORDS


def test_the_engine_holds_schemas_against_the_published_meta_schemas() -> None:
    wrong = {"type": "strin", "properties": {"a": {"minimum": "x", "required": True}}, "$defs": 3, "format": 3}
    for draft in DRAFTS.values():
        published, own = specifications().contents(draft.uri), {"$schema": draft.uri, "$ref": draft.uri}
        said = [
            [(each.instance_path, each.message) for each in draft.validator(by, offline=True).iter_errors(wrong)]
            for by in (published, own)
        ]
        assert said[0] == said[1] != []
