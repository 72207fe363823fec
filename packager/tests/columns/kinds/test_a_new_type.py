"""A column type is one new file: the one that the documentation shows, put into a copy of the packager."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from conftest import PACKAGE, PACKAGER, python, ran_well
from documents_read import blocks

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "visits"
version = "1.0.0"
description = "Who came by"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.visits]
schema = "schema/visits.json"
records = ["data/*.jsonl"]
[tool.dataset-packager.tables.visits.columns]
host = "ipv4"
"""


def with_the_documented_type(folder: Path) -> dict[str, str]:
    """Copy the packager, add the file of the documentation, and return the environment that finds this copy."""
    shutil.copytree(PACKAGE, folder / "dataset_packager", ignore=shutil.ignore_patterns("__pycache__"))
    text = (PACKAGER / "docs/extending.md").read_text("utf-8").partition("## A column type")[2]
    ((_, code),) = [found for found in blocks(text, "python") if "class Ipv4" in found[1]]
    (folder / "dataset_packager/columns/kinds/ipv4.py").write_text(code, "utf-8")
    return {"PYTHONPATH": str(folder)}


def test_the_file_of_the_documentation_makes_a_type_of_columns_that_builds_verifies_and_exports(tmp_path: Path) -> None:
    environment = with_the_documented_type(tmp_path / "copy")
    project = tmp_path / "project"
    for name in ("schema", "data"):
        (project / name).mkdir(parents=True)
    (project / "pyproject.toml").write_text(PROJECT, "utf-8")
    schema = {"type": "object", "properties": {"host": {"type": "string"}}, "required": ["host"]}
    (project / "schema/visits.json").write_text(json.dumps(schema), "utf-8")
    hosts = ["192.0.2.1", "0.0.0.0", "255.255.255.255"]  # noqa: S104 - nobody binds to it
    lines = [json.dumps({"host": host}) + "\n" for host in hosts]
    (project / "data/visits.jsonl").write_text("".join(lines), "utf-8")
    command = ("-m", "dataset_packager")

    ran_well(python(*command, "--project", project, "--out", tmp_path / "out", "--verify", "full", **environment))
    table = pq.read_table(tmp_path / "out/visits/data/visits/train-00000-of-00001.parquet")
    assert str(table.schema.field("host").type) == "uint32"
    assert table.schema.field("host").metadata[b"encoding"] == b"ipv4"
    back = ran_well(python(*command, "export", tmp_path / "out/visits", "visits", **environment)).out
    assert [json.loads(line)["host"] for line in back.splitlines()] == hosts

    (project / "data/visits.jsonl").write_text('{"host": "192.0.2.01"}\n', "utf-8")
    refused = python(*command, "validate", "--project", project, **environment)
    assert refused.code == 1
    assert "data/visits.jsonl:1: $.host: [unrepresentable]" in refused.out
    assert "four numbers from 0 to 255" in refused.out
