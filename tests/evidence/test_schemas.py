"""The dataset's own schemas: every column is documented, every example is valid, every rule refuses what it names."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate
from evidence.conftest import ROOT, TABLES, Captured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMAS = (*TABLES, "views/overview", "views/accounts", "views/comparisons")
RULES = json.loads((ROOT / "tests/cases/schema/rules.json").read_text(encoding="utf-8"))


@cache
def gate(name: str) -> Gate:
    return Gate(load_schema(ROOT, f"schema/{name}.schema.json"), assert_formats=True)


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / f"schema/{name}.schema.json").read_text(encoding="utf-8"))
    return read


def columns(schema: dict[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every column of a schema, with those inside lists and objects."""
    for name, column in schema.get("properties", {}).items():
        yield f"{where}{name}", column
        yield from columns(column, f"{where}{name}.")
        yield from columns(column.get("items", {}), f"{where}{name}[].")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_has_a_title_a_description_and_an_example(name: str) -> None:
    documented = {
        path: [column.get(member) or f"no {member}" for member in ("title", "description", "examples")]
        for path, column in columns(document(name))
    }

    assert documented
    assert [path for path, told in documented.items() if not str(told[1]).endswith(".") or "no title" in told] == []
    assert [path for path, told in documented.items() if "no examples" in told] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_example_is_a_value_of_its_column(name: str, tmp_path: Path) -> None:
    schema = document(name)
    broken = []
    for column, rules in schema["properties"].items():
        project = tmp_path / "project"
        alone = {"$schema": schema["$schema"], "properties": {column: rules}}
        path = project / f"schema/{name}.schema.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        (project / "schema/common.schema.json").write_bytes((ROOT / "schema/common.schema.json").read_bytes())
        path.write_text(json.dumps(alone), encoding="utf-8")
        one = Gate(load_schema(project, f"schema/{name}.schema.json"), assert_formats=True)
        broken += [(column, example) for example in rules["examples"] if not one.accepts({column: example})]

    assert broken == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_objects_are_closed_and_every_member_is_required(name: str) -> None:
    schema = document(name)
    objects = [schema, *(column.get("items", column) for _, column in columns(schema))]

    for each in (each for each in objects if "properties" in each):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule"] for rule in RULES])
def test_a_rule_of_the_codebook_refuses_what_breaks_it(rule: dict[str, Any], captured: Captured) -> None:
    record = dict(captured.tables[rule["table"]][rule["row"]].record)

    assert gate(rule["table"]).accepts(record)
    for change in rule["refused"]:
        assert not gate(rule["table"]).accepts({**record, **change}), change
    for change in rule.get("accepted", []):
        assert gate(rule["table"]).accepts({**record, **change}), change
