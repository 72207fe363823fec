"""A small project with everything that a release can hold, and releases of it to look at and to damage."""

import json
import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dataset_packager.cli import main
from dataset_packager.release.local_releases import current

NAME = "harbour-log"
PROJECT = """
[project]
name = "harbour-log"
version = "1.0.0"
description = "Ships that came in, and what was noted of them"
license = "CC0-1.0"

[tool.dataset-packager]
released = "2026-03-01"
shard_input_bytes = 4000

[tool.dataset-packager.tables.calls]
schema = "schema/calls.schema.json"
records = ["data/calls/*.jsonl"]
key = ["call_id"]
references = [{ columns = ["ship.imo"], table = "ships", key = ["imo"] }]
splits = { train = 0.7, test = 0.3, group_by = ["ship.imo"], seed = "v1" }

[tool.dataset-packager.tables.ships]
schema = "schema/ships.schema.json"
records = ["data/ships/*.jsonl"]
key = ["imo"]

[tool.dataset-packager.tables.notes]
schema = "schema/notes.schema.json"
records = ["data/notes/*.jsonl"]

[tool.dataset-packager.views.visits]
query = "schema/views/visits.sql"
schema = "schema/views/visits.schema.json"
key = ["imo"]
"""
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def closed(**members: Any) -> dict[str, Any]:
    """Return the schema of an object with exactly these members."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


SCHEMAS = {
    "calls": closed(
        call_id=STRING,
        ship=closed(imo=INTEGER, flag={"type": ["string", "null"]}),
        cargo={"type": "array", "items": closed(goods=STRING, tonnes={"type": "number", "minimum": 0})},
        berth={"$ref": "common.schema.json#/$defs/berth"},
    ),
    "ships": closed(imo=INTEGER, name={"type": "string", "title": "Name", "description": "As painted on the bow."}),
    "notes": {"type": "object", "properties": {"text": STRING, "weight": {"type": "number"}}},
    "views/visits": closed(imo=INTEGER, calls=INTEGER),
    "common": {"$defs": {"berth": {"type": "string", "enum": ["north", "south"]}}},
}
SHIPS: list[dict[str, Any]] = [{"imo": 9_000_000 + number, "name": f"Ship {number}"} for number in range(12)]
CALLS: list[dict[str, Any]] = [
    {
        "call_id": f"c{number:03}",
        "ship": {"imo": 9_000_000 + number * 5 % 12, "flag": None if number % 3 else "NO"},
        "cargo": [{"goods": goods, "tonnes": number / 4} for goods in ("grain", "timber")[: number % 3]],
        "berth": ("north", "south")[number % 2],
    }
    for number in range(90)
]
NOTES: list[dict[str, Any]] = [
    {"text": "fog"},
    {"text": "ice ÿ 𝄞", "weight": 0.1},
    {"text": "fog"},
    {"n": 2**70, "weight": -1e300},
]


class Project:
    """A project in a folder, whose parts tests change before they build it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.schemas = deepcopy(SCHEMAS)
        self.records: dict[str, list[dict[str, Any]]] = deepcopy({"calls": CALLS, "ships": SHIPS, "notes": NOTES})
        self.text = PROJECT

    def configure(self, old: str, new: str) -> None:
        """Replace a part of the configuration."""
        assert old in self.text
        self.text = self.text.replace(old, new)

    def write(self) -> None:
        """Write all files of the project."""
        (self.folder / "schema/views").mkdir(parents=True, exist_ok=True)
        (self.folder / "pyproject.toml").write_text(self.text)
        for name, schema in self.schemas.items():
            (self.folder / f"schema/{name}.schema.json").write_text(json.dumps(schema))
        query = "SELECT ship.imo AS imo, count(*) AS calls FROM calls GROUP BY ship.imo"
        (self.folder / "schema/views/visits.sql").write_text(query)
        for table, records in self.records.items():
            path = self.folder / f"data/{table}/all.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(json.dumps(record) + "\n" for record in records))

    def build(self, out: Path, *words: str) -> Path:
        """Build the project and return the folder of its release."""
        self.write()
        code = main(["build", "--project", str(self.folder), "--out", str(out), "--workers", "1", *words])
        assert code == 0
        release = current(out, NAME)
        assert release is not None
        return release


@pytest.fixture
def harbour(tmp_path: Path) -> Project:
    """The project, not yet written."""
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound release of the project, which no test may change."""
    folder = tmp_path_factory.mktemp("harbour")
    return Project(folder / "project").build(folder / "dist")


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """A copy of the sound release, to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "release"))


Edit = Callable[[Path], None]
