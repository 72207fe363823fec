"""Croissant: what its reference reader takes from the release is what the records say."""

from __future__ import annotations

import json
import math
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import mlcroissant as mlc  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, own_config

from dataset_packager.documents.croissant import CONFORMS_TO, identifier
from dataset_packager.project.read_config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import CommandLine

    from dataset_packager.project.config import Config

Json = dict[str, Any]
REQUIRED = ("name", "description", "license", "url", "creator", "datePublished", "version", "citeAs")

TYPES = {"string": "sc:Text", "int64": "sc:Integer", "double": "sc:Float", "bool": "sc:Boolean"}


@pytest.fixture(params=["real", "hostile"])
def described(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """Project and release."""
    if request.param == "real":
        return ROOT, request.getfixturevalue("release")
    return request.getfixturevalue("hostile"), request.getfixturevalue("hostile_release")


def config_of(project: Path) -> Config:
    return own_config() if project == ROOT else load_config(project)


def document(release: Path) -> Json:
    found: Json = json.loads((release / "croissant.json").read_text("utf-8"))
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its libraries, about its use of them
def test_mlcroissant_has_nothing_to_say_against_it_and_reads_every_row(
    described: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    _, release = described
    dataset = mlc.Dataset(jsonld=str(release / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert not dataset.metadata.ctx.issues.warnings
    assert dataset.metadata.ctx.is_latest_version()
    for record_set in document(release)["recordSet"]:
        found = [flat(row, record_set) for row in dataset.records(record_set["@id"])]
        expected = [leaf_values(row, record_set) for row in rows(release, record_set["name"])]
        assert found == expected, record_set["name"]
    assert not [message for message in caplog.messages if "WARNING" in message or "not standard" in message]


def rows(release: Path, config: str) -> Iterator[Json]:
    """Yield the rows of a config, shards by name; the split goes with them where there are several."""
    paths = sorted((release / "data" / config).glob("*.parquet"))
    for path in paths:
        for row in pq.read_table(path).to_pylist():
            yield row | {"~split": path.name.rsplit("-", 3)[0]}


def leaf_fields(record_set: Json) -> Iterator[tuple[list[str], Json]]:
    """Yield the names that lead to each leaf field, and the field."""

    def within(field: Json, names: list[str]) -> Iterator[tuple[list[str], Json]]:
        if "subField" not in field:
            yield names, field
        for child in field.get("subField", ()):
            yield from within(child, [*names, child["name"]])

    for field in record_set["field"]:
        name = "~split" if field["@id"].endswith("~split") else field["name"]
        yield from within(field, [name])


def leaf_values(row: Json, record_set: Json) -> Json:
    return {field["@id"]: normal(followed(row, names), names) for names, field in leaf_fields(record_set)}


def followed(value: Any, names: list[str]) -> Any:
    for name in names:
        value = [each.get(name) for each in value] if isinstance(value, list) else (value or {}).get(name)
    return value


def flat(row: Json, record_set: Json) -> Json:
    """Return what mlcroissant gave, leaf by leaf: an inner object stands beside the outer one, not in it."""
    found: Json = {}
    for key, value in row.items():
        for part in value if isinstance(value, list) else [value]:
            for leaf, held in part.items() if isinstance(part, dict) else ():
                found[leaf] = [*found.get(leaf, []), held] if isinstance(value, list) else held
        found.setdefault(key, value)
    # of an empty list of objects no leaf is seen
    return {field["@id"]: normal(found.get(field["@id"], []), names) for names, field in leaf_fields(record_set)}


def normal(value: Any, names: list[str]) -> Any:
    """Return text as text and NaN as null; a missing list of objects is to mlcroissant one object without values."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, list):
        plain = [normal(each, names) for each in value]
        return None if plain == [None] and len(names) > 1 else plain
    return None if isinstance(value, float) and math.isnan(value) else value


def test_it_has_what_the_specification_requires(described: tuple[Path, Path]) -> None:
    project, release = described
    found, config = document(release), config_of(project)
    assert [name for name in REQUIRED if not found.get(name)] == []
    assert found["conformsTo"] == list(CONFORMS_TO)
    assert found["@context"]["@vocab"] == found["@context"]["sc"] == "https://schema.org/"
    assert (found["version"], found["datePublished"]) == (config.version, config.released)
    assert [part["name"] for part in found["recordSet"]] == list(config.configs)


def test_every_shard_stands_in_it_with_its_hash_and_size(described: tuple[Path, Path]) -> None:
    _, release = described
    objects = [entry for entry in document(release)["distribution"] if entry["@type"] == "cr:FileObject"]
    shards = {path.relative_to(release).as_posix(): path.read_bytes() for path in release.glob("data/*/*.parquet")}
    assert {entry["contentUrl"]: (entry["sha256"], entry["contentSize"]) for entry in objects} == {
        name: (sha256(data).hexdigest(), f"{len(data)} B") for name, data in shards.items()
    }


def test_its_fields_are_the_columns_of_the_parquet_files_with_their_types(described: tuple[Path, Path]) -> None:
    _, release = described
    for record_set in document(release)["recordSet"]:
        schema = pq.read_schema(next((release / "data" / record_set["name"]).glob("*.parquet")))
        told = {tuple(names): field for names, field in leaf_fields(record_set) if names != ["~split"]}
        columns = dict(parquet_leaves(schema))
        assert set(told) == {names for names, (_, lists) in columns.items() if lists is not None}
        for names, field in told.items():
            kind, lists = columns[names]
            assert field["dataType"] == TYPES[str(kind)]
            assert field["source"]["extract"]["column"] == names[0]
            assert field.get("arrayShape") == (",".join(["-1"] * lists) if lists else None)


def parquet_leaves(schema: pa.Schema) -> Iterator[tuple[tuple[str, ...], tuple[pa.DataType, int | None]]]:
    """Yield each leaf with its lists; None instead of their number where objects stand in a list inside another."""

    def within(field: pa.Field, names: tuple[str, ...], far: bool) -> Iterator[Any]:
        kind, lists = field.type, 0
        while pa.types.is_list(kind):
            kind, lists = kind.value_type, lists + 1
        if not pa.types.is_struct(kind):
            yield names, (kind, None if far else lists)
            return
        for child in kind:
            yield from within(child, (*names, child.name), far or lists > 1 or (lists > 0 and len(names) > 1))

    for field in schema:
        yield from within(field, (field.name,), False)


def test_what_croissant_cannot_tell_is_named(release: Path) -> None:
    fields = {field["@id"]: field for part in document(release)["recordSet"] for field in part["field"]}
    assert "Not here: at." in fields["documents/chain"]["description"]
    assert "Not here: at." in fields["documents/dates"]["description"]
    assert sum("Not here" in field.get("description", "") for field in fields.values()) == 2


def test_keys_are_those_of_the_configuration(described: tuple[Path, Path]) -> None:
    project, release = described
    config = config_of(project)
    for record_set in document(release)["recordSet"]:
        keys = {table.name: table.key for table in config.tables} | {view.name: view.key for view in config.views}
        key = keys[record_set["name"]]
        told = [part["@id"] for part in record_set.get("key", [])]
        assert told == [identifier(record_set["name"], *map(str, path)) for path in key]
        assert set(told) <= {field["@id"] for field in record_set["field"]}


def test_references_name_the_key_column_of_the_other_table(described: tuple[Path, Path]) -> None:
    project, release = described
    config = config_of(project)
    found = {
        (part["name"], *names): (field["references"], field["description"])
        for part in document(release)["recordSet"]
        for names, field in leaf_fields(part)
        if "references" in field
    }
    expected = {
        (table.name, *(step for step in column if step)): (reference.table, key[0])
        for table in config.tables
        for reference in table.references
        for column, key in zip(reference.columns, reference.key, strict=True)
        if config.table[reference.table].key == (key,) and column[-1] is not None
    }
    assert found.keys() == expected.keys()
    for place, (references, description) in found.items():
        table, key = expected[place]
        source = references.get("fileObject") or references["fileSet"]
        assert source["@id"].startswith(f"data/{table}/")
        assert references["extract"] == {"column": key}
        assert f"Refers to {key} in {table}" in description


def test_rows_say_where_they_come_from_and_how_they_were_made(release: Path) -> None:
    found = document(release)
    tables = {part["name"]: part for part in found["recordSet"]}
    origin = [entity["prov:label"] for entity in tables["claims"]["prov:wasDerivedFrom"]]
    assert origin == sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("data/claims/*.jsonl"))
    assert {"@id": "claims"} in tables["overview"]["prov:wasDerivedFrom"]
    assert "Language models" in found["rai:dataAnnotationProtocol"]
    assert "few" in found["rai:dataLimitations"]
    assert not [text for name, text in found.items() if name.startswith("rai:") and ("<!--" in text or "|" in text)]


def test_provenance_and_bag_cover_it(release: Path) -> None:
    digest = sha256((release / "croissant.json").read_bytes()).hexdigest()
    assert f"{digest}  croissant.json" in (release / "tagmanifest-sha256.txt").read_text("utf-8").splitlines()
    statement = json.loads((release / "provenance.intoto.json").read_text("utf-8"))
    assert {"name": "croissant.json", "digest": {"sha256": digest}} in statement["subject"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its libraries, about its use of them
def test_a_column_without_a_name_is_left_out_with_a_word_as_croissant_cannot_name_it(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    (project / "schema/nameless.schema.json").write_text(json.dumps(NAMELESS_SCHEMA), "utf-8")
    (project / "data/nameless.jsonl").write_text('{"": 1, "a": {"": "x", "b": "y"}}\n', "utf-8")
    with (project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(NAMELESS_TABLE)
    ran = cli("--project", project, "--out", tmp_path / "dist", "--verify", "full")
    assert ran.code == 0, ran.err
    (release,) = (path for path in (tmp_path / "dist").iterdir() if not path.name.startswith("."))
    dataset = mlc.Dataset(jsonld=str(release / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    (row,) = dataset.records("nameless")
    assert row["nameless/a"] == {"nameless/a/b": b"y"}
    told = next(each for each in document(release)["recordSet"] if each["name"] == "nameless")
    assert "name is empty" in told["description"]


NAMELESS_TABLE = """
[tool.dataset-packager.tables.nameless]
schema = "schema/nameless.schema.json"
records = ["data/nameless.jsonl"]
key = ['""']
"""
NAMELESS_SCHEMA = {
    "type": "object",
    "required": [""],
    "additionalProperties": False,
    "properties": {
        "": {"type": "integer"},
        "a": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"": {"type": "string"}, "b": {"type": "string"}},
        },
    },
}
