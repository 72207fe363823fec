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


NULLABLE = {"properties": {"id": {"type": "integer"}, "group": {"type": ["string", "null"]}}}
SPLIT_OF_NONE = splitter(SPLITS)({"group": None})


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
    tells(
        tmp_path / "grouped",
        "drawn by lot (SHA-256 of the seed `v1` and of `group`): rows that agree in `group` are a group and stay "
        "together, and so do all rows that have none there; of the groups 80% go to `train`, 10% to `validation`, "
        "10% to `test`, as far as chance has it.",
    )
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
    assert "change its share or the seed, or add records" in ran.out
    (grouped / "data/b.jsonl").write_text('{"id": 3, "group": 3}\n', "utf-8")
    assert "mend the refused records first" in cli("validate", "--project", grouped).out


def test_rows_without_a_group_are_told_of(grouped: Path, cli: CommandLine) -> None:
    (grouped / "schema/rows.schema.json").write_text(json.dumps({**SCHEMA, "required": ["id"], **NULLABLE}), "utf-8")
    write(grouped, 30)
    told = cli("validate", "--project", grouped).err
    assert "group" not in told
    rows: list[dict[str, object]] = [{"id": 100, "group": None}, {"id": 101}, {"id": 102, "group": None}]
    (grouped / "data/b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    ran = cli("validate", "--project", grouped)
    assert ran.code == 0
    told = f"rows: 3 of 93 rows have no group: they are one group, so all of them are in the split '{SPLIT_OF_NONE}'"
    assert told in ran.err


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


PARTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "part": {"enum": ["train", "dev", "test"]}},
}
BY_COLUMN = PROJECT.replace(
    'train = 0.8, validation = 0.1, test = 0.1, group_by = ["group"], seed = "v1"', 'column = "part"'
)
BY_FILES = PROJECT.replace('records = ["data/*.jsonl"]\n', "").replace(
    'train = 0.8, validation = 0.1, test = 0.1, group_by = ["group"], seed = "v1"',
    'train = ["data/train/**/*.jsonl", "data/a.jsonl"], test = ["data/test.jsonl"]',
)


def lay_down(folder: Path, configuration: str, schema: object, **files: list[dict[str, object]]) -> None:
    (folder / "pyproject.toml").write_text(configuration, "utf-8")
    (folder / "schema/rows.schema.json").write_text(json.dumps(schema), "utf-8")
    for name, rows in files.items():
        path = folder / "data" / f"{name.replace('__', '/')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def tells(release: Path, rule: str) -> None:
    """Hold that card and datasheet say by which rule the rows came into their splits."""
    for document in ("README.md", "DATASHEET.md"):
        assert f"\n- `rows`: {rule}\n" in (release / document).read_text("utf-8")


def ids(release: Path, split: str) -> list[int]:
    shards = sorted((release / "data/rows").glob(f"{split}-*.parquet"))
    return [value for shard in shards for value in pq.read_table(shard)["id"].to_pylist()]


@pytest.mark.parametrize("rows", [30, 30_000])
def test_a_column_names_the_split_of_each_row_in_the_order_of_its_enum(
    grouped: Path, tmp_path: Path, cli: CommandLine, rows: int
) -> None:
    parts = ["test", "train", "train", "dev"]
    lay_down(grouped, BY_COLUMN, PARTS, a=[{"id": n, "part": parts[n % 4]} for n in range(rows)])
    ran = cli("--project", grouped, "--out", tmp_path, "--verify", "full")
    assert ran.code == 0, ran.out + ran.err
    release = tmp_path / "grouped"
    assert ids(release, "train") == [n for n in range(rows) if parts[n % 4] == "train"]
    assert ids(release, "test") == list(range(0, rows, 4))
    published = json.loads((release / "schema/dataset.json").read_text("utf-8"))
    splits = published["tool"]["dataset-packager"]["tables"]["rows"]["splits"]
    assert splits == {"column": "part", "names": ["train", "dev", "test"]}
    tells(release, "the column `part` names each row's split.")


@pytest.mark.parametrize("rows", [30, 30_000])
def test_a_row_of_another_value_and_an_empty_split_are_findings(
    grouped: Path, tmp_path: Path, cli: CommandLine, rows: int
) -> None:
    configuration = BY_COLUMN.replace('"part"', '"part", names = ["train", "test", "extra"]')
    schema = {**PARTS, "properties": {"id": {"type": "integer"}, "part": {"type": ["string", "null"]}}}
    records: list[dict[str, object]] = [{"id": n, "part": "test" if n % 3 else "train"} for n in range(rows)]
    records[5]["part"], records[8] = "Test", {"id": 8}
    lay_down(grouped, configuration, schema, a=records)
    ran = cli("--project", grouped, "--out", tmp_path)
    assert ran.code == 1
    assert 'a.jsonl:6: $.part: [split] it names the row\'s split, but "Test" is none' in ran.out
    assert "a.jsonl:9: $.part: [split] it names the row's split, but there is no value" in ran.out
    assert ran.out.count("[empty-split]") == 1
    assert ran.out.count("[split]") == 2


def test_files_make_the_splits_in_the_order_of_the_input(grouped: Path, tmp_path: Path, cli: CommandLine) -> None:
    write(grouped, 300)
    rows = [{"id": 1000 + n, "group": "x"} for n in range(2000)]
    configuration = BY_FILES.replace('key = ["id"]', 'key = ["id"]\ndisjoint = [["id"]]')
    lay_down(grouped, configuration, SCHEMA, test=rows[:900], train__deep__b=rows[900:1500], train__c=rows[1500:])
    ran = cli("--project", grouped, "--out", tmp_path, "--verify", "full")
    assert ran.code == 0, ran.out + ran.err
    release = tmp_path / "grouped"
    assert ids(release, "test") == list(range(1000, 1900))
    assert ids(release, "train") == [*range(900), *range(2500, 3000), *range(1900, 2500)]
    tells(
        release,
        "its files make the splits: `train` is `data/train/**/*.jsonl`, `data/a.jsonl`; `test` is `data/test.jsonl`. "
        "No two splits have rows that agree in `id`.",
    )


def test_a_file_of_two_splits_is_a_set_up_error(grouped: Path, tmp_path: Path, cli: CommandLine) -> None:
    lay_down(grouped, BY_FILES.replace('"data/test.jsonl"', '"data/*.jsonl"'), SCHEMA, train__c=[{"id": 1}])
    write(grouped, 10)
    ran = cli("--project", grouped, "--out", tmp_path)
    assert ran.code == 2
    assert "data/a.jsonl: belongs to two splits" in ran.err


@pytest.mark.parametrize(
    ("splits", "says"),
    [
        ('{ column = "part", seed = "x" }', "'seed' has no meaning where splits are made by a column"),
        ('{ column = "part", names = ["a", "A"] }', "differ only by case"),
        ('{ column = "part", names = ["train-1"] }', "is no name of a split"),
        ('{ column = "id" }', "has no string in each row"),
        ('{ column = "other" }', "no such column"),
        ('{ train = 0.5, test = ["data/b.jsonl"] }', "'train' is a share, and others are files"),
        ('{ train = ["data/b.jsonl"] }', "the splits name the files already"),
        ("{ train = 1.0 }", "nothing says which rows belong to a split"),
    ],
)
def test_splits_that_make_no_sense_are_a_set_up_error(
    grouped: Path, tmp_path: Path, cli: CommandLine, splits: str, says: str
) -> None:
    configuration = BY_COLUMN.replace('{ column = "part" }', splits)
    lay_down(grouped, configuration, PARTS, a=[{"id": 1, "part": "train"}])
    ran = cli("--project", grouped, "--out", tmp_path)
    assert ran.code == 2
    assert says in ran.err


def test_a_file_beside_those_of_splits_that_belongs_to_none_is_a_finding(grouped: Path, cli: CommandLine) -> None:
    text = (
        PROJECT.partition("records = ")[0]
        + '[tool.dataset-packager.tables.rows.splits]\ntrain = ["data/train*.jsonl"]\n'
    )
    (grouped / "pyproject.toml").write_text(f'{text}test = ["data/test.jsonl"]\n', "utf-8")
    for number, name in enumerate(("train-1.jsonl", "test.jsonl", "held-back.jsonl", ".hidden.jsonl", "notes.json")):
        (grouped / "data" / name).write_text(json.dumps({"id": number, "group": "a"}) + "\n", "utf-8")
    ran = cli("validate", "--project", grouped)
    assert ran.code == 1
    assert "data/held-back.jsonl: $: [split]" in ran.out
    assert "hidden" not in ran.out
    assert "notes" not in ran.out
    (grouped / "data/held-back.jsonl").unlink()
    assert cli("validate", "--project", grouped).code == 0
