"""What readers make of typed columns: the intended features and values, whichever way a release is loaded."""

from __future__ import annotations

import datetime
import decimal
import html
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import datasets
import duckdb
import pandas
import polars
import pyarrow.parquet as pq
import pytest
from conftest import packaged, python, ran_well
from hub.double import Double
from hub.double.store import MAIN, Repository, large, regular

from dataset_packager.documents.report.profile import profiles
from dataset_packager.documents.report.shown_values import shown
from dataset_packager.release.folder_digest import release_files

from .values_of_types import CLASSES, COLUMNS, FEATURES, HELD

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

PROJECT = """
[project]
name = "types"
version = "1.0.0"
description = "A column of each type"
license = "CC0-1.0"
[tool.dataset-packager]
released = "2026-11-22"
shard_input_bytes = 4000
[tool.dataset-packager.tables.t]
schema = "schema/t.json"
records = ["data/*.jsonl"]
key = ["id"]
[tool.dataset-packager.views.v]
query = "schema/v.sql"
schema = "schema/v.json"
key = ["id"]
[tool.dataset-packager.tables.t.columns]
"""
MANY = 60


def row(number: int) -> dict[str, Any]:
    """Return a record: the first third has nothing but nulls, so that the first shard does."""
    if number < MANY // 3:
        return {"id": number}
    values = {name: held[number % len(held)] for name, held in HELD.items() if number % 7}
    return {"id": number, **values, "inner": [values] * (number % 3)}


def toml(choice: Any) -> str:
    if isinstance(choice, str):
        return json.dumps(choice)
    return "{ " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in choice.items()) + " }"


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with a column of each type, in several shards of which the first has nulls alone, and a view of it."""
    project = tmp_path_factory.mktemp("types")
    for name in ("schema", "data"):
        (project / name).mkdir()
    members = {name: rule for name, (rule, _) in COLUMNS.items()}
    inner = {"type": "array", "items": {"type": "object", "properties": members, "additionalProperties": False}}
    schema = {
        "type": "object", "properties": {"id": {"type": "integer"}, **members, "inner": inner}, "required": ["id"],
        "additionalProperties": False,
    }  # fmt: skip
    (project / "schema/t.json").write_text(json.dumps(schema), "utf-8")
    stated = {name: {**rule, "x-column": choice} for name, (rule, choice) in COLUMNS.items()}
    view = {**schema, "properties": {"id": {"type": "integer"}, **stated}}
    (project / "schema/v.json").write_text(json.dumps(view), "utf-8")
    (project / "schema/v.sql").write_text('SELECT * EXCLUDE (provenance, "inner") FROM t WHERE id >= 0', "utf-8")
    choices = [f"{name} = {toml(choice)}\n" for name, (_, choice) in COLUMNS.items()]
    choices += [f'"inner[].{name}" = {toml(choice)}\n' for name, (_, choice) in COLUMNS.items()]
    (project / "pyproject.toml").write_text(PROJECT + "".join(choices), "utf-8")
    lines = [json.dumps(row(number)) + " " * 200 * (number < MANY // 3) + "\n" for number in range(MANY)]
    (project / "data/t.jsonl").write_text("".join(lines), "utf-8")
    packaged(project, project / "out")
    return project / "out/types"


def wanted() -> datasets.Features:
    """Return the features of the table, made by ``datasets`` of its own words."""
    members = {name: datasets.features.features.generate_from_dict(told) for name, told in FEATURES.items()}
    place = {"file": datasets.Value("string"), "line": datasets.Value("int64")}
    rest = {"additional_properties": datasets.Value("string")}
    inner = datasets.List({**members, **rest})
    return datasets.Features({"id": datasets.Value("int64"), **members, "inner": inner, **rest, "provenance": place})


def test_datasets_gives_the_intended_features_from_the_card_and_from_a_footer_alone(
    types: Path, tmp_path: Path
) -> None:
    shards = sorted((types / "data/t").glob("*.parquet"))
    assert len(shards) > 2
    assert pq.read_table(shards[0]).column("label").null_count == pq.read_table(shards[0]).num_rows
    cache = {"cache_dir": str(tmp_path)}
    by_card = datasets.load_dataset(str(types), "t", **cache)["train"]
    assert by_card.features == wanted()
    for files in ([str(path) for path in shards], str(shards[0]), str(shards[-1])):
        assert datasets.load_dataset("parquet", data_files=files, **cache)["train"].features == wanted()
    streamed = datasets.load_dataset(str(types), "t", streaming=True, **cache)["train"]
    assert streamed.features == wanted()
    rows = [{**each, "provenance": None} for each in streamed]
    assert rows == [{**each, "provenance": None} for each in by_card]
    assert [each["any"] for each in rows] == [row(number).get("any") for number in range(MANY)]
    labels = [each["label"] for each in rows]
    names = [row(number).get("label") for number in range(MANY)]
    assert [None if label is None else wanted()["label"].int2str(label) for label in labels] == names
    view = datasets.load_dataset(str(types), "v", **cache)["train"]
    assert view.features["ns"] == wanted()["ns"]
    assert view.column_names == ["id", *COLUMNS, "additional_properties"]


FROM_HUB = """
import json, sys
from datasets import load_dataset
loaded, streamed = (load_dataset("org/types", "t", split="train", streaming=on) for on in (False, True))
assert loaded.to_list() == list(streamed)
print(json.dumps([loaded.features.to_dict(), streamed.features.to_dict(), loaded["id"][:]]))
"""


def test_datasets_gives_the_intended_features_and_rows_from_the_hub(types: Path, tmp_path: Path) -> None:
    with Double() as double:
        hub = double.repositories["org/types"] = Repository("org/types")
        files = {path: (types / path).read_bytes() for path in release_files(types)}
        hub.objects.update({large(data).sha256: data for data in files.values()})
        blobs = {path: large(data) if path.endswith(".parquet") else regular(data) for path, data in files.items()}
        hub.commit(MAIN, "Release", "", hub.files | blobs)
        ran = ran_well(python("-c", FROM_HUB, **double.environment(str(tmp_path), token=None)))
        assert double.unknown == []
    by_map, by_stream, numbers = json.loads(ran.out)
    assert by_map == by_stream == wanted().to_dict()
    assert numbers == list(range(MANY))


def test_pandas_polars_and_duckdb_read_the_same_values(types: Path) -> None:
    files = str(types / "data/t/*.parquet")
    at = next(number for number in range(MANY) if row(number).get("day") == "9999-12-31")
    day, price = datetime.date(9999, 12, 31), decimal.Decimal(row(at)["price"])
    frame = pandas.concat(map(pandas.read_parquet, sorted((types / "data/t").glob("*.parquet"))))
    found = frame[frame["id"] == at].iloc[0]
    assert (found["day"], found["price"], bytes(found["data"])) == (day, price, found["data"])
    (line,) = polars.read_parquet(files).filter(polars.col("id") == at).to_dicts()
    assert (line["day"], line["price"]) == (day, price)
    assert line["vector"] == pytest.approx(row(at)["vector"])
    sql = "SELECT day, price, uid::BLOB, vector, uint64 FROM read_parquet($1) WHERE id = $2"
    read = duckdb.execute(sql, [files, at]).fetchone()
    assert read is not None
    assert read[:2] == (day, price)
    assert list(read[3]) == pytest.approx(row(at)["vector"])
    assert read[4] == row(at)["uint64"]


def test_a_release_with_a_column_of_each_type_is_sound_and_exports_what_went_in(types: Path, cli: CommandLine) -> None:
    ran = cli("verify", types)
    assert ran.code == 0, ran.out + ran.err
    back = [json.loads(line) for line in cli("export", types, "t").out.splitlines()]
    assert back == [row(number) for number in range(MANY)]
    view = [json.loads(line) for line in cli("export", types, "v").out.splitlines()]
    assert view == [{name: value for name, value in row(number).items() if name != "inner"} for number in range(MANY)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mlcroissant_reads_each_type(types: Path) -> None:
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=str(types / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert (set(issues.errors), set(issues.warnings)) == (set(), set())
    rows = list(dataset.records("t"))
    assert [each["t/id"] for each in rows] == list(range(MANY))
    assert [each["v/id"] for each in dataset.records("v")] == list(range(MANY))
    classes = dataset.records("t/label/~classes")
    names = {each["t/label/~classes/number"]: each["t/label/~classes/name"] for each in classes}
    assert [names.get(each["t/label"]) for each in rows] == [row(number).get("label") for number in range(MANY)]


DATA_TYPES = {
    "label": "sc:Integer", "day": "sc:Date", "ms": "sc:DateTime", "ns": "sc:DateTime", "price": "sc:Float",
    "data": "sc:Text", "uid": "sc:Text", "f32": "cr:Float32", "f64": "cr:Float64", "int8": "cr:Int8",
    "int64": "sc:Integer", "uint8": "cr:UInt8", "uint64": "sc:Integer", "vector": "cr:Float32", "bytes": "cr:UInt8",
    "any": "sc:Text",
}  # fmt: skip


def test_croissant_has_the_data_types_of_the_hub_and_enumerates_classes(types: Path) -> None:
    document = json.loads((types / "croissant.json").read_text("utf-8"))
    sets = {each["@id"]: each for each in document["recordSet"]}
    fields = {field["name"]: field for field in sets["t"]["field"]}
    assert {name: fields[name]["dataType"] for name in DATA_TYPES} == DATA_TYPES
    assert (fields["vector"]["isArray"], fields["vector"]["arrayShape"]) == (True, "3")
    assert {each for each in sets if each.endswith("~classes")} == {
        "t/label/~classes", "t/inner/label/~classes", "v/label/~classes",
    }  # fmt: skip
    assert "cr:Enumeration" in sets["t/label/~classes"]["dataType"]
    assert [line["t/label/~classes/name"] for line in sets["t/label/~classes"]["data"]] == CLASSES
    assert fields["label"]["references"] == {"field": {"@id": "t/label/~classes/number"}}


SHOWN = {
    "label": "class-label", "day": "date", "ms": "timestamp[ms]", "ns": "timestamp[ns]", "price": "decimal(12, 2)",
    "data": "base64", "uid": "uuid", "f32": "float32", "f64": "float64", "uint64": "uint64",
    "vector": "vector<float32, 3>", "bytes": "vector<uint8, 3>", "any": "json",
}  # fmt: skip


def test_report_card_datasheet_and_explain_schema_know_every_type(types: Path, cli: CommandLine) -> None:
    found = {each.path: each for each in profiles(pq.read_table(types / "data/t"))}
    assert {name: found[name].type for name in SHOWN} == SHOWN
    labels = Counter(row(number).get("label") for number in range(MANY))
    assert dict(found["label"].frequent) == {shown(name): labels[name] for name in CLASSES}
    for name in ("day", "ms", "us", "ns"):  # over time
        assert (found[name].measure, sum(count for _, count in found[name].bars)) == ("year", found[name].values)
    assert (found["int32"].low, found["price"].low) == (shown(-(2**31)), "-9,999,999,999.99")
    assert (found["vector"].low, found["vector"].high, "vector[]" in found) == ("-0", "3", False)
    page = html.unescape((types / "report.html").read_text("utf-8"))
    card = (types / "README.md").read_text("utf-8")
    explained = cli("explain-schema", types.parents[1] / "schema/t.json").out
    for name, text in SHOWN.items():
        assert f"`{name}` | `{text}` |" in card
        assert text in page
        assert re.search(
            rf"^{name} .*\({text.partition('[')[0].partition('(')[0].partition('<')[0]}\): ", explained, re.MULTILINE
        )
