"""Records with nulls, and without members, at every place where schemas that are drawn allow them come back equal."""

from __future__ import annotations

import json
import random
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from conftest import packaged

from dataset_packager.release.export import export

if TYPE_CHECKING:
    from pathlib import Path

TABLES, DEPTH, FEW, MOST = 12, 3, 3, 20
SCALARS = {"string": "v", "integer": 3, "boolean": False}
ABSENT = object()
HEAD = (
    '[project]\nname = "log"\nversion = "1.0.0"\ndescription = "x"\n[tool.dataset-packager]\nreleased = "2026-01-31"\n'
)


def schema(draw: random.Random, depth: int) -> dict[str, Any]:
    """Draw a schema that mostly allows null, of objects, maps and lists within each other."""
    kind = draw.choice([*SCALARS, *(("object", "map", "array") if depth else ())])
    name = "object" if kind == "map" else kind
    drawn: dict[str, Any] = {"type": [name, "null"] if draw.random() < 0.7 else name}
    if kind == "object":
        names = "xyz"[: draw.randint(1, 3)]
        drawn |= {"properties": {each: schema(draw, depth - 1) for each in names}, "additionalProperties": False}
        drawn["required"] = [each for each in names if draw.random() < 0.3]
    elif kind == "map":
        drawn["additionalProperties"] = schema(draw, depth - 1)
    elif kind == "array":
        drawn["items"] = schema(draw, depth - 1)
    return drawn


def values(drawn: dict[str, Any]) -> list[Any]:
    """Return values of a schema: null wherever it may stand, and members left out wherever they may be."""
    name, *null = [drawn["type"]] if isinstance(drawn["type"], str) else drawn["type"]
    nulls: list[Any] = [None] if null else []
    if name in SCALARS:
        return [*nulls, SCALARS[name]]
    if name == "array":
        items = values(drawn["items"])[:FEW]
        return [*nulls, [], *([each] for each in items), [*items, items[0]]]
    if "properties" not in drawn:
        members = values(drawn["additionalProperties"])[:FEW]
        return [*nulls, {}, *({"k": each} for each in members), dict(zip("kjl", members, strict=False))]
    choices = [
        [*([] if each in drawn["required"] else [ABSENT]), *values(member)[:FEW]]
        for each, member in drawn["properties"].items()
    ]
    made = (dict(zip(drawn["properties"], chosen, strict=True)) for chosen in islice(product(*choices), MOST))
    return [*nulls, *({each: value for each, value in one.items() if value is not ABSENT} for one in made)]


def test_null_and_absent_come_back_wherever_a_schema_lets_them_stand(tmp_path: Path) -> None:
    draw, project, records = random.Random(16), tmp_path / "project", dict[str, list[Any]]()  # noqa: S311 - no secret
    project.mkdir()
    text = HEAD
    for number in range(TABLES):
        name, drawn = f"t{number}", schema(draw, DEPTH)
        records[name] = [{"id": 0}, *({"id": at, "v": value} for at, value in enumerate(values(drawn), 1))]
        whole = {"type": "object", "required": ["id"], "additionalProperties": False}
        whole["properties"] = {"id": {"type": "integer"}, "v": drawn}
        (project / f"{name}.json").write_text(json.dumps(whole), "utf-8")
        (project / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records[name]), "utf-8")
        text += f'[tool.dataset-packager.tables.{name}]\nschema = "{name}.json"\nrecords = ["{name}.jsonl"]\n'
        text += 'key = ["id"]\n'
    (project / "pyproject.toml").write_text(text, "utf-8")
    packaged(project, tmp_path / "out")
    for name, given in records.items():
        back = [json.loads(line) for line in export(tmp_path / "out/log", name)]
        assert back == given, name
