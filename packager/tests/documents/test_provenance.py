import hashlib
import json
from pathlib import Path
from typing import Any

import in_toto_attestation.predicates.provenance.v1.provenance_pb2 as provenance_pb
import in_toto_attestation.v1.statement_pb2 as statement_pb
import jsonschema
import pytest
from conftest import PACKAGE
from google.protobuf import json_format
from harbour import Project
from in_toto_attestation.v1.statement import Statement

CONTRACTS = PACKAGE / "contracts"


@pytest.fixture
def told(sound: Path) -> Any:
    """The provenance of the sound release."""
    return json.loads((sound / "provenance.intoto.json").read_text())


def test_the_statement_is_one_for_the_reference_implementation_of_in_toto(sound: Path, told: Any) -> None:
    parsed = json_format.Parse((sound / "provenance.intoto.json").read_text(), statement_pb.Statement())
    Statement.copy_from_pb(parsed).validate()
    predicate = json_format.ParseDict(told["predicate"], provenance_pb.Provenance())
    assert predicate.build_definition.build_type == "https://dataset-packager.invalid/build/v1"
    assert predicate.run_details.builder.version["pyarrow"]


def test_the_statement_keeps_its_contract(told: Any) -> None:
    schema = json.loads((CONTRACTS / "provenance.schema.json").read_text())
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator, format_checker=checker)


def test_every_subject_has_the_digest_of_its_file(sound: Path, told: Any) -> None:
    for subject in told["subject"]:
        data = (sound / subject["name"]).read_bytes()
        assert subject["digest"] == {"sha256": hashlib.sha256(data).hexdigest()}
    names = {subject["name"] for subject in told["subject"]}
    assert {path.relative_to(sound).as_posix() for path in (sound / "data").rglob("*.parquet")} <= names
    assert {"schema/dataset.json", "schema/common.schema.json", "schema/views/visits.sql", "DATASHEET.md"} <= names


def test_every_input_is_named_by_path_and_digest(harbour: Project, tmp_path: Path) -> None:
    release = harbour.build(tmp_path / "dist")
    definition = json.loads((release / "provenance.intoto.json").read_text())["predicate"]["buildDefinition"]
    inputs = {part["name"]: part["digest"]["sha256"] for part in definition["resolvedDependencies"]}
    files = [path for path in harbour.folder.rglob("*.*") if path.is_file() and path.name != "pyproject.toml"]
    expected = {
        path.relative_to(harbour.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert inputs == expected
    uris = [part["uri"] for part in definition["resolvedDependencies"]]
    assert "pkg:generic/harbour-log@1.0.0#data/calls/all.jsonl" in uris


def test_ranges_of_a_table_cover_its_input_without_gap(told: Any) -> None:
    table = told["predicate"]["buildDefinition"]["internalParameters"]["tables"][0]
    ranges = {(part["first_line"], part["last_line"]) for shard in table["shards"] for part in shard["inputs"]}
    lines = [line for first, last in sorted(ranges) for line in range(first, last + 1)]
    assert lines == list(range(1, 91))


def test_equal_projects_in_other_places_have_equal_provenance(sound: Path, harbour: Project, tmp_path: Path) -> None:
    release = harbour.build(tmp_path / "elsewhere")
    assert (release / "provenance.intoto.json").read_bytes() == (sound / "provenance.intoto.json").read_bytes()


def test_what_only_the_code_needs_is_no_part_of_the_provenance(harbour: Project, tmp_path: Path, told: Any) -> None:
    harbour.configure('license = "CC0-1.0"', 'license = "CC0-1.0"\ndependencies = ["something>=1"]')
    release = harbour.build(tmp_path / "dist")
    assert json.loads((release / "provenance.intoto.json").read_text()) == told
