"""Files and folders that are called after splits become the splits of one table, and people are told."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from conftest import ran_well

from dataset_packager.scaffold.split_names import split_called

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def write(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps({"id": number, "from": name}) + "\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("train.jsonl", "test.jsonl"), {"train": ["train.jsonl"], "test": ["test.jsonl"]}),
        (
            ("training-1.jsonl", "training-2.jsonl", "valid.jsonl", "a_test.jsonl"),
            {
                "train": ["training-1.jsonl", "training-2.jsonl"],
                "validation": ["valid.jsonl"],
                "test": ["a_test.jsonl"],
            },
        ),
        (
            ("train/a.jsonl", "dev/b.jsonl", "eval/c[1].jsonl"),
            {"train": ["train/a.jsonl"], "validation": ["dev/b.jsonl"], "test": ["eval/c[1].jsonl"]},
        ),
    ],
)
def test_files_called_after_splits_make_these_splits(
    names: tuple[str, ...], splits: dict[str, list[str]], tmp_path: Path, cli: CommandLine
) -> None:
    made = ran_well(cli("new", tmp_path / "made", "--from", write(tmp_path / "poems", *names)))
    assert "poems: splits as the files are called: train: " in made.err
    ran_well(cli("--project", tmp_path / "made", "--out", tmp_path / "out", "--workers", "1"))
    shards = sorted((tmp_path / "out/made/data/poems").glob("*.parquet"))
    found = {path.name.partition("-")[0]: pq.read_table(path).column("from").to_pylist() for path in shards}
    assert found == splits


def test_where_some_files_name_no_split_people_are_warned(tmp_path: Path, cli: CommandLine) -> None:
    made = ran_well(cli("new", tmp_path / "made", "--from", write(tmp_path / "poems", "train.jsonl", "more.jsonl")))
    assert "warning: poems: some files are called after splits, but more.jsonl names none" in made.err


def test_splits_given_one_by_one_are_said_to_become_tables(tmp_path: Path, cli: CommandLine) -> None:
    folder = write(tmp_path / "poems", "train.jsonl", "test.jsonl")
    made = ran_well(cli("new", tmp_path / "made", "--from", folder / "train.jsonl", folder / "test.jsonl"))
    assert "warning: train, test become tables of their own" in made.err


@pytest.mark.parametrize("name", ["latest.jsonl", "constrain.jsonl", "train-test.jsonl", "contest/a.jsonl"])
def test_a_name_that_only_contains_the_word_is_no_split(name: str) -> None:
    assert split_called(name) is None


def test_a_column_that_names_splits_makes_them(tmp_path: Path, cli: CommandLine) -> None:
    parts = ["dev", "train", "test", "train"]
    rows = [{"id": n, "Part": part, "kind": "test"} for n, part in enumerate(parts)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    made = ran_well(cli("new", tmp_path / "made", "--from", tmp_path / "r.jsonl"))
    assert 'splits as the column "Part" names them: train, dev, test' in made.err
    config = tomllib.loads((tmp_path / "made/pyproject.toml").read_text("utf-8"))["tool"]["dataset-packager"]
    assert config["tables"]["r"]["splits"] == {"column": "Part", "names": ["train", "dev", "test"]}
