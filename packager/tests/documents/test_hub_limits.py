"""What the Hub doesn't take is told while a release is built, with the number and what to do."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dataset_packager.base.hub_lists import hub_lists
from dataset_packager.columns.kinds.files import File, with_bytes
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.documents import hub_limits as limits
from dataset_packager.documents.front_matter import size_category
from dataset_packager.release import release_files
from dataset_packager.release.read_records import release_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

HEAD = """[project]
name = "wide"
version = "1.0.0"
license = "LicenseRef-House"

[tool.dataset-packager]
released = "2026-01-31"
tags = ["format:csv", "weather"]
task_categories = ["text-classification", "text-clasification"]

[tool.dataset-packager.card]
task_ids = ["sentiment-analysis", "guessing"]
viewer = false
annotations_creators = ["expert-generated"]
extra_gated_fields = { Company = "text" }

[tool.dataset-packager.tables.wide]
schema = "wide.schema.json"
records = ["wide.jsonl"]

[tool.dataset-packager.tables.parts]
schema = "parts.schema.json"
records = ["parts.jsonl"]
splits = { column = "part", names = NAMES }
"""
NAMES = [f"p{number}" for number in range(31)]
LONG = "n" * 501
WANTED = (
    "1 rows of row group 0 are over 2,000,000 bytes (the largest has 2,10",
    "1,003 columns, where the Hub's viewer takes 1,000",
    "a column's name has 501 characters",
    "parts has 31 splits",
    "the licence 'LicenseRef-House' is none of the Hub's",
    "'text-clasification' isn't in the Hub's list of",
    "'guessing' isn't in the Hub's list of",
    "the Hub makes tags format:… itself, and drops 'format:csv'",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that breaks limits; no test may change it."""
    folder = tmp_path_factory.mktemp("limits")
    wide = {LONG: {"type": "string"}, **{f"c{number}": {"type": "integer"} for number in range(1000)}}
    (folder / "pyproject.toml").write_text(HEAD.replace("NAMES", json.dumps(NAMES)), "utf-8")
    for name, properties in (("wide", wide), ("parts", {"part": {"enum": NAMES}, "n": {}, "y": {}})):
        (folder / f"{name}.schema.json").write_text(json.dumps({"properties": properties}), "utf-8")
    (folder / "wide.jsonl").write_text(json.dumps({LONG: "x" * 2_100_000}) + "\n", "utf-8")
    (folder / "parts.jsonl").write_text("".join(json.dumps({"part": name}) + "\n" for name in NAMES), "utf-8")
    return folder


def test_a_build_names_each_limit_that_the_release_breaks(
    built: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, opened = release_files._footer, Counter[str]()
    monkeypatch.setattr(
        release_files, "_footer", lambda path, **how: (opened.update([path.name]), read(path, **how))[1]
    )
    ran = cli("--project", built, "--out", built / "dist")
    assert ran.code == 0, ran.err
    assert len(opened) > 1
    assert set(opened.values()) == {1}  # the footers that verifying has read
    told = [line for line in ran.err.splitlines() if "[limit]" in line]
    assert len(told) == len(WANTED), told
    for words in WANTED:
        assert sum(words in line for line in told) == 1, words
    head = yaml.safe_load((built / "dist/wide/README.md").read_text("utf-8").split("\n---\n")[0][4:])
    assert (head["viewer"], head["task_ids"]) == (False, ["sentiment-analysis", "guessing"])
    assert head["extra_gated_fields"] == {"Company": "text"}
    assert head["annotations_creators"] == ["expert-generated"]


def test_what_is_not_in_a_list_of_the_card_is_refused(tmp_path: Path, cli: CommandLine) -> None:
    (tmp_path / "pyproject.toml").write_text(HEAD.replace("NAMES", "[]").replace("expert-", "novice-"), "utf-8")
    ran = cli("--project", tmp_path)
    assert ran.code == 2
    assert "annotations_creators" in ran.err
    assert '"novice-generated" is not one of "found"' in ran.err


def test_too_many_files_and_large_row_groups_are_told(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"files": 10, "files_in_folder": 20, "group_bytes": 2_000_000}
    monkeypatch.setitem(hub_lists(), "limits", hub_lists()["limits"] | small)
    told = "\n".join(finding.message for finding in limits.hub_limits(release_in(built / "dist/wide"), closely=True))
    assert "files, where the Hub takes 10 in a repository" in told
    assert "31 files in one folder, where the Hub takes 20" in told
    assert "row group 0 takes 2,1" in told


@pytest.mark.parametrize(
    ("rows", "mends"),
    [([(9, 1)], ["files", "files"]), ([(1, 9)], ["texts", "texts"]), ([(9, 9)], ["texts", "texts"]),
     ([(9, 1), (1, 9), (1, 1)], ["texts files", "shards"]), ([(1, 1)], [])],
)  # fmt: skip
def test_what_mends_a_large_row_is_told_by_what_makes_it_large(
    rows: list[tuple[int, int]], mends: list[str], tmp_path: Path
) -> None:
    files, texts = ([b"x" * size for size in sizes] for sizes in zip(*rows, strict=True))
    column = with_bytes(pa.array(files, pa.binary()), pa.array(["p"] * len(rows)))
    field = pa.field("f", column.type, metadata={ENCODING: File.name})
    schema = pa.schema([field, pa.field("t", pa.string())])
    table = pa.Table.from_arrays([column, pa.array([text.decode() for text in texts])], schema=schema)
    pq.write_table(table, tmp_path / "a.parquet")
    with pq.ParquetFile(tmp_path / "a.parquet") as file:
        found = list(limits._group("a.parquet", file, 0, {"row_bytes": 5, "group_bytes": 5}))
    words = {"split long texts": "texts", "name smaller files": "files", "shard_input_bytes": "shards"}
    assert [" ".join(told for word, told in words.items() if word in (each.hint or "")) for each in found] == mends


def test_a_word_that_readers_of_yaml_take_for_two_things_is_told(built: Path) -> None:
    card = built / "dist/wide/README.md"
    card.write_text(card.read_text("utf-8").replace("- weather", "- 0o17"), "utf-8")
    (finding,) = [
        each for each in limits.hub_limits(release_in(built / "dist/wide"), closely=False) if each.file == "README.md"
    ]
    assert "'0o17'" in finding.message
    assert card.read_text("utf-8").splitlines()[(finding.line or 0) - 1] == "- 0o17"


@pytest.mark.parametrize(
    ("rows", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1_000, "1K<n<10K"), (999_999_999, "100M<n<1B"), (10**9, "1B<n<10B"),
     (10**12 - 1, "100B<n<1T"), (10**12, "n>1T")],
)  # fmt: skip
def test_sizes_reach_to_the_last_category_of_the_hub(rows: int, category: str) -> None:
    assert size_category(rows) == category


def test_the_bytes_of_rows_are_counted_in_lists_structs_and_slices() -> None:
    rows = [{"a": ["xy", "z"], "b": 1}, {"a": None, "b": 2}, {"a": [], "b": None}, {"a": ["abcd"], "b": 4}]
    array = pa.array(rows, pa.struct({"a": pa.list_(pa.string()), "b": pa.int32()}))
    assert limits.row_bytes(array).tolist() == [7, 4, 4, 8]
    assert limits.row_bytes(array.slice(1, 3)).tolist() == [4, 4, 8]


def test_the_bytes_of_vectors_and_of_extension_types_are_counted() -> None:
    vectors = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2))
    assert limits.row_bytes(vectors).tolist() == [8, 8]
    assert limits.row_bytes(pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}", "[1]"]))).tolist() == [2, 3]
