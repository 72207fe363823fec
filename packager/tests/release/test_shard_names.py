"""Where shards stand: every order of names is theirs, and no folder has more files than the Hub takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.release import names
from dataset_packager.release.names import SHARD, shard_paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("count", [1, 2, 9_000, 9_001, 10_000, 99_999, 100_000, 100_001, 1_000_001])
def test_names_sort_as_numbers_do_and_folders_stay_below_what_the_hub_takes(count: int) -> None:
    counts = {"train": count, "test": 1}
    paths = shard_paths("t", counts)
    assert {split: len(each) for split, each in paths.items()} == counts
    assert sorted(paths["train"]) == paths["train"]
    numbers = [path.rsplit("/", 1)[1].split("-")[1] for path in paths["train"]]
    assert list(map(int, numbers)) == list(range(count))
    assert all(map(SHARD.fullmatch, paths["train"][::997]))
    assert len(set(map(len, paths["train"]))) == 1
    every = {path for each in paths.values() for path in each}
    entries = Counter(path.rsplit("/", 1)[0] for path in every)
    entries.update(folder.rsplit("/", 1)[0] for folder in list(entries))
    assert max(entries.values()) < 10_000


def test_what_fits_into_one_folder_is_called_as_ever() -> None:
    assert shard_paths("t", {"train": 2})["train"][1] == "data/t/train-00001-of-00002.parquet"


def test_shards_in_folders_load_in_order_and_are_proven(
    project: Path, tmp_path: Path, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "IN_ONE_FOLDER", 3)
    monkeypatch.setattr(names, "IN_EACH", 2)
    configuration = project / "pyproject.toml"
    text = configuration.read_text("utf-8").replace("released =", "shard_input_bytes = 1\nreleased =")
    table = "[tool.dataset-packager.tables.books]"
    text = text.replace(table, f"{table}\nsplits = {{train = 0.5, test = 0.5, group_by = ['book_id']}}")
    configuration.write_text(text, "utf-8")
    book = '{"book_id": "x%d", "title": "Title", "author_ids": ["eliot"], "genre": "novel", "pages": null}\n'
    lines = [book % number for number in range(12)]
    (project / "data/books/more.jsonl").write_text("".join(lines), "utf-8")
    ran_well(cli("--project", project, "--out", tmp_path, "--verify", "full"))
    release = tmp_path / "tiny-library"
    found = sorted(path.relative_to(release).as_posix() for path in (release / "data/books").rglob("*.parquet"))
    assert found[0].startswith("data/books/test-000/test-00000-of-")
    assert any("/train-001/train-00002-of-" in path for path in found)
    assert "data/books/train-*/train-*.parquet" in (release / "README.md").read_text("utf-8")
    (release / found[0]).rename(release / "data/books" / found[0].rsplit("/", 1)[1])
    assert cli("verify", release, "--workers", "1").code == 1
