"""Splits keep groups together, meet their shares, and leave every group where it is when records come in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_packager.project.config import Splits
from dataset_packager.shards.split import splitter

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

SPLITS = Splits((("train", 0.8), ("validation", 0.1), ("test", 0.1)), (("group",),), "v1")
SCHEMA = {
    "type": "object",
    "required": ["id", "group"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "group": {"type": "string"}},
}
PROJECT = """
[project]
name = "grouped"
version = "1.0.0"
description = "Rows in groups"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 20000

[tool.dataset-packager.tables.rows]
schema = "schema/rows.schema.json"
records = ["data/*.jsonl"]
key = ["id"]
splits = { train = 0.8, validation = 0.1, test = 0.1, group_by = ["group"], seed = "v1" }
"""


@pytest.fixture
def grouped(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "schema").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    (folder / "schema/rows.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    return folder


def write(folder: Path, groups: int, name: str = "a.jsonl", first: int = 0) -> None:
    rows = ({"id": first + n, "group": f"g{(first + n) // 3}"} for n in range(3 * groups))
    (folder / "data" / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def dealt(release: Path) -> dict[str, str]:
    """Return the split of each group, and fail where a group stands in two."""
    found: dict[str, str] = {}
    for split in ("train", "validation", "test"):
        shards = sorted((release / "data/rows").glob(f"{split}-*.parquet"))
        assert shards
        for group in {value for shard in shards for value in pq.read_table(shard)["group"].to_pylist()}:
            assert found.setdefault(group, split) == split
    return found


def test_no_group_crosses_and_adding_records_moves_none(grouped: Path, tmp_path: Path, cli: CommandLine) -> None:
    write(grouped, 1000)
    assert cli("--project", grouped, "--out", tmp_path, "--workers", "1").code == 0
    before = dealt(tmp_path / "grouped")
    write(grouped, 200, "0-comes-first.jsonl", first=6000)
    assert cli("--project", grouped, "--out", tmp_path, "--workers", "1").code == 0
    after = dealt(tmp_path / "grouped")
    assert len(before) == 1000
    assert len(after) == 1200
    assert {group: after[group] for group in before} == before


def test_shares_are_met_within_what_chance_allows() -> None:
    split, number = splitter(SPLITS), 20_000
    counts = dict.fromkeys(SPLITS.names, 0)
    for group in range(number):
        counts[split({"group": group})] += 1
    for name, share in SPLITS.shares:
        deviation = (number * share * (1 - share)) ** 0.5
        assert abs(counts[name] - number * share) < 4 * deviation


def test_another_seed_deals_the_groups_anew() -> None:
    first, second = splitter(SPLITS), splitter(Splits(SPLITS.shares, SPLITS.group_by, "v2"))
    moved = [group for group in range(1000) if first({"group": group}) != second({"group": group})]
    assert 200 < len(moved) < 500


@given(record=st.dictionaries(st.sampled_from(["group", "x"]), st.integers() | st.text() | st.none()))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_members_beside_the_group_do_not_matter(record: dict[str, object]) -> None:
    split = splitter(SPLITS)
    assert split(record) == split({**record, "x": "another"}) == split({**record, "y": 1})


def test_an_empty_split_is_a_finding(grouped: Path, tmp_path: Path, cli: CommandLine) -> None:
    write(grouped, 1)
    ran = cli("--project", grouped, "--out", tmp_path)
    assert ran.code == 1
    assert ran.out.count("[empty-split]") == 2


@pytest.mark.parametrize(
    ("names", "says"), [("all = 0.5, test = 0.5", "'all' is reserved"), ("Train = 0.5, train = 0.5", "only by case")]
)
def test_a_name_that_no_loader_tells_from_another_is_a_set_up_error(
    grouped: Path, tmp_path: Path, cli: CommandLine, names: str, says: str
) -> None:
    write(grouped, 10)
    configuration = PROJECT.replace("train = 0.8, validation = 0.1, test = 0.1", names)
    (grouped / "pyproject.toml").write_text(configuration, "utf-8")
    ran = cli("--project", grouped, "--out", tmp_path)
    assert ran.code == 2
    assert says in ran.err
