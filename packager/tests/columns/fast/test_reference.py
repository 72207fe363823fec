"""The build and a slow way through other tools accept the same records and give the same content digest."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.digest import content_digest
from dataset_packager.records.reader import Lines

from . import reference
from .drawn import lines, schema
from .test_same_verdict import RANDOMS, bounded
from .two_ways import FILE, Both, job_of

if TYPE_CHECKING:
    from conftest import CommandLine

# What the two validators differ in by design: other dialects of patterns, formats, decimal fractions, and what one of
# them isn't right about; and members of which only some branches speak, for which the Arrow schema tells too little.
LEFT_OUT = {"pattern", "format", "unevaluatedProperties", "dependencies"}


def agreed(rule: Any) -> Any:
    """Return a schema without what the two validators differ in by design."""
    if isinstance(rule, list):
        return [agreed(each) for each in rule]
    if not isinstance(rule, dict):
        return rule
    kept = {name: agreed(value) for name, value in rule.items() if name not in LEFT_OUT}
    if isinstance(kept.get("multipleOf"), float):
        del kept["multipleOf"]
    for word in ("oneOf", "anyOf"):
        if isinstance(kept.get(word), list) and any("properties" in each for each in kept[word] if "type" not in each):
            del kept[word]
    return kept


def compare(random: Random) -> Counter[str]:
    """Judge the same lines quickly and slowly; fail where that differs, else count."""
    document = agreed(schema(random))
    with tempfile.TemporaryDirectory() as folder:
        both = Both.of(job_of(Path(folder), document, formats=False, provenance=False))
    drawn = lines(random, document, random.choice([1, 5, 15]), bent=random.choice([0, 0.02, 0.05]))
    (judged,) = both.quick.lines(FILE, Lines(1, b"".join(line + b"\n" for line in drawn)))
    numbers, rows = reference.rows_of(drawn, document, judged.table.schema)
    assert judged.lines[judged.accepted].tolist() == numbers, document
    assert content_digest(judged.table) == reference.digest(rows, judged.table.schema), document
    return Counter(lines=len(drawn), accepted=len(rows))


@bounded(60)
@given(RANDOMS)
def test_random_records_have_the_digest_that_the_slow_way_gives(random: Random) -> None:
    try:
        compare(random)
    except SetupError:
        assume(condition=False)


def test_the_example_of_the_documentation_has_its_digest() -> None:
    items = pa.list_(pa.struct([("c", pa.string())]))
    rows: list[dict[str, Any]] = [{"a": 5, "b": [{"c": "x"}, {"c": None}]}, {"a": None, "b": []}, {"a": -1, "b": None}]
    told = Path(__file__).parents[3] / "docs/formats.md"
    assert reference.digest(rows, pa.schema([("a", pa.int64()), ("b", items)])) in told.read_text("utf-8")


CONFIGURATION = """
[project]
name = "drawn"
version = "1.0.0"
description = "Random records"

[tool.dataset-packager]
released = "2026-01-31"

[tool.dataset-packager.tables.t]
schema = "schema/main.json"
records = ["data/*.jsonl"]
assert_formats = false
"""


@pytest.mark.parametrize("seed", [3, 11])
def test_a_release_has_the_digest_that_the_slow_way_gives(
    seed: int, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("dataset_packager.build"), "WORTH_COLUMNS", 0)
    random = Random(seed)  # noqa: S311 - no secret
    document = agreed(schema(random))
    drawn = lines(random, document, 300, bent=0.01)
    job_of(tmp_path / "project", document)
    (tmp_path / "project/pyproject.toml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "project/data").mkdir()
    (tmp_path / "project/data/x.jsonl").write_bytes(b"".join(line + b"\n" for line in drawn))

    ran = cli("--project", tmp_path / "project", "--out", tmp_path / "out", "--workers", "1", "--quarantine")

    assert ran.code == 0, ran.err
    (shard,) = (tmp_path / "out/drawn/data/t").glob("*.parquet")
    stored = pq.read_schema(shard)
    content = pa.schema([field for field in stored if field.name != "provenance"])
    _, rows = reference.rows_of(drawn, document, content)
    told = json.loads(pq.read_metadata(shard).metadata[b"provenance"])
    assert told["content_digest"] == reference.digest(rows, content)
    assert len(rows) > 30
