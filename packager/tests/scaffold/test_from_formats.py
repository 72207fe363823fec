"""`new --from` takes records as people have them, and says of their columns what their values and types show."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import CommandLine, ran_well

if TYPE_CHECKING:
    from pathlib import Path

CELLS = """id;zip;price;sold;day;place.lat;note
1;007;1.50;True;2024-01-01;1.5;"a; b"
2;120;2;False;2024-01-02;;
3;5;;True;2024-01-03;2;x
"""


def schema_of(project: Path, table: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project / f"schema/{table}.schema.json").read_text("utf-8"))
    return found["properties"]


def kinds_of(part: dict[str, Any]) -> str:
    return part["type"] if isinstance(part["type"], str) else " ".join(sorted(part["type"]))


def test_every_format_becomes_a_table_of_one_project_that_builds(tmp_path: Path, cli: CommandLine) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "shops.csv").write_bytes(CELLS.encode("cp1252"))
    rows = [{"n": n, "label": n % 2, "share": float(n), "none": None, "tags": [2, -1][n % 2 :]} for n in range(4)]
    tags = {"feature": {"names": ["O", "B", "I"], "_type": "ClassLabel"}, "_type": "List"}
    features = {"n": {"dtype": "int64", "_type": "Value"}, "label": {"names": ["pos", "neg"], "_type": "ClassLabel"}}
    features |= {"share": {"dtype": "float64", "_type": "Value"}, "none": {"dtype": "string", "_type": "Value"}}
    kinds = pa.schema(
        {
            "n": pa.int64(), "label": pa.int64(), "share": pa.float64(), "none": pa.string(),
            "tags": pa.list_(pa.int64()),
        }.items()
    )  # fmt: skip
    kinds = kinds.with_metadata({"huggingface": json.dumps({"info": {"features": features | {"tags": tags}}})})
    pq.write_table(pa.Table.from_pylist(rows, kinds), there / "rows.parquet")
    (there / "wrapped.json").write_text(json.dumps({"data": {"items": [{"id": 1}, {"id": 2}]}, "next": None}), "utf-8")
    feature = {"type": "Feature", "geometry": None, "properties": {"n": 1}}
    (there / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature] * 2}), "utf-8")
    project, names = tmp_path / "project", ("shops.csv", "rows.parquet", "wrapped.json", "areas.geojson")
    made = ran_well(cli("new", project, "--from", *(there / name for name in names)))
    assert "the records are the 2 objects in its member data.items" in made.err
    tables = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["dataset-packager"]["tables"]
    assert tables["shops"]["csv"] == {"delimiter": ";", "true": ["True"], "false": ["False"]}
    assert tables["wrapped"]["records_at"] == "data.items"
    shops = schema_of(project, "shops")
    assert {name: kinds_of(part) for name, part in shops.items()} == {
        "id": "integer", "zip": "string", "price": "null number", "sold": "boolean", "day": "string",
        "place": "null object", "note": "null string",
    }  # fmt: skip
    assert shops["day"]["format"] == "date"
    assert shops["place"]["properties"]["lat"]["type"] == "number"
    rows_schema = schema_of(project, "rows")
    assert rows_schema["share"]["type"] == "number"
    assert kinds_of(rows_schema["none"]) == "null string"
    assert rows_schema["label"] == {"type": "string", "enum": ["pos", "neg"], "x-column": "class-label"}
    assert rows_schema["tags"]["items"]["enum"] == ["O", "B", "I", None]
    ran_well(cli("--project", project, "--out", project / "dist"))
    back = ran_well(cli("export", project / "dist/project", "rows")).out.splitlines()
    assert [json.loads(line)["label"] for line in back] == ["pos", "neg", "pos", "neg"]
    assert [json.loads(line)["tags"] for line in back[:2]] == [["I", None], [None]]
    footer = pq.read_schema(next((project / "dist/project/data/rows").glob("*.parquet"))).metadata[b"huggingface"]
    assert json.loads(footer)["info"]["features"] | features == json.loads(footer)["info"]["features"]
    back = ran_well(cli("export", project / "dist/project", "shops")).out.splitlines()
    assert [json.loads(line)["zip"] for line in back] == ["007", "120", "5"]
    back = ran_well(cli("export", project / "dist/project", "areas")).out.splitlines()
    assert [json.loads(line) for line in back] == [feature] * 2
