import json
from pathlib import Path

import jsonschema
import pytest
from conftest import PACKAGE
from harbour import Project

from dataset_packager.cli import main

CONTRACTS = PACKAGE / "contracts"


@pytest.mark.parametrize("contract", sorted(CONTRACTS.glob("*.schema.json")), ids=lambda path: path.name)
def test_each_contract_is_a_schema(contract: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(contract.read_text()))


@pytest.mark.parametrize("words", [["build"], ["build", "--quarantine"], ["validate"]])
def test_findings_and_summary_keep_their_contracts(
    words: list[str], harbour: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harbour.records["calls"][3]["berth"] = "east"
    harbour.records["ships"][3]["length"] = 12
    harbour.write()
    out = ["--out", str(tmp_path / "dist")] if words[0] == "build" else []
    main([*words, "--project", str(harbour.folder), *out, "--workers", "1", "--format", "json"])
    *findings, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert {finding["file"] for finding in findings} >= {"data/calls/all.jsonl", "data/ships/all.jsonl"}
    for name, values in (("finding", findings), ("summary", [summary])):
        schema = json.loads((CONTRACTS / f"{name}.schema.json").read_text())
        for value in values:
            jsonschema.validate(value, schema, jsonschema.Draft202012Validator)
    assert summary["summary"]["tables"]["calls"] == {"read": 90, "accepted": 89, "rejected": 1}
