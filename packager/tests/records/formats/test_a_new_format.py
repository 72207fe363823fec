"""A format of records is one file: the page on extending says how, and adding one as it says is enough."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import PACKAGE
from extended import extended_by

from dataset_packager.records.formats import formats

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "logs"
version = "1.0.0"
[tool.dataset-packager]
released = "2026-11-22"
[tool.dataset-packager.tables.log]
schema = "log.schema.json"
records = ["*.logfmt*"]
"""
SCHEMA = {"type": "object", "properties": {"level": {"enum": ["info", "warn"]}, "text": {"type": "string"}}}


@pytest.fixture
def extended(tmp_path: Path) -> Any:
    """Return what runs the packager with the format of the page's example beside the others."""
    return extended_by("records/formats/logfmt.py", tmp_path)


def test_the_format_of_the_page_is_read_cut_and_refused_as_any_other(tmp_path: Path, extended: Any) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT + "\n", "utf-8")
    (tmp_path / "log.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    (tmp_path / "a.logfmt").write_text('level=info text="it starts"\n\nlevel=warn text=late\n', "utf-8")
    (tmp_path / "b.logfmt.gz").write_bytes(gzip.compress(b"level=info\n"))
    built = extended()
    assert built.returncode == 0, built.stderr
    back = [json.loads(line) for line in extended("export", "dist/logs", "log").stdout.splitlines()]
    assert back == [{"level": "info", "text": "it starts"}, {"level": "warn", "text": "late"}, {"level": "info"}]
    (tmp_path / "a.logfmt").write_text('level=info\nlevel=bad\ntext="open\n', "utf-8")
    refused = extended("validate")
    assert refused.returncode == 1
    assert "a.logfmt:2: $.level: [enum]" in refused.stdout
    assert "a.logfmt:3: $: [logfmt] not logfmt: No closing quotation" in refused.stdout


def test_every_format_has_its_endings_to_itself() -> None:
    modules = {type(each).__module__ for each in formats().values()}
    assert sum(len(each.suffixes) for each in {id(each): each for each in formats().values()}.values()) == len(
        formats()
    )
    assert {name.rpartition(".")[0] for name in modules} == {"dataset_packager.records.formats"}
    there = {path.stem for path in (PACKAGE / "records" / "formats").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert {name.rpartition(".")[2] for name in modules} == there - {"__init__", "__pycache__", "interface"}
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in formats())
