"""Rows of two splits that are equal where they must not be are found with both places; further keys are keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

PROJECT = """
[project]
name = "leaking"
version = "1.0.0"

[tool.dataset-packager]
released = "2026-01-31"
shard_input_bytes = 300

[tool.dataset-packager.tables.rows]
schema = "schema/rows.schema.json"
splits = { train = ["data/train.jsonl"], dev = ["data/dev.jsonl"], test = ["data/test.jsonl"] }
disjoint = [["text"], ["author.id", "n"]]
unique = [["n", "text"]]
"""
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"type": ["string", "null"]},
        "n": {"type": "integer"},
        "author": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"id": {"type": ["string", "integer", "null"]}},
        },
    },
}


@pytest.fixture
def rows() -> dict[str, list[dict[str, Any]]]:
    return {
        split: [{"text": f"{split} {n}", "n": n, "author": {"id": f"{split} {n}"}} for n in range(20)]
        for split in ("train", "dev", "test")
    }


def built(tmp_path: Path, cli: CommandLine, rows: dict[str, list[dict[str, Any]]]) -> tuple[int, list[str]]:
    project = tmp_path / "project"
    for folder in ("schema", "data"):
        (project / folder).mkdir(parents=True)
    (project / "pyproject.toml").write_text(PROJECT, "utf-8")
    (project / "schema/rows.schema.json").write_text(json.dumps(SCHEMA), "utf-8")
    for split, records in rows.items():
        text = "".join(json.dumps(record) + "\n" for record in records)
        (project / f"data/{split}.jsonl").write_text(text, "utf-8")
    ran = cli("--project", project, "--out", tmp_path / "dist", "--verify", "full")
    assert ran.code < 2, ran.err
    return ran.code, [line for line in ran.out.splitlines() if line.startswith("data/")]


def test_splits_that_share_nothing_pass(tmp_path: Path, cli: CommandLine, rows: dict[str, list[Any]]) -> None:
    assert built(tmp_path, cli, rows) == (0, [])


@pytest.mark.parametrize("part", [16_000_000, 2])
def test_a_leak_is_told_with_both_places(
    tmp_path: Path, cli: CommandLine, rows: dict[str, list[Any]], part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataset_packager.shards.keys.PART_ROWS", part)
    rows["test"][3]["text"] = rows["dev"][7]["text"] = rows["train"][12]["text"]
    rows["dev"][5]["text"] = rows["dev"][6]["text"]  # within one split nothing leaks
    rows["test"][9]["author"]["id"], rows["train"][9]["author"]["id"] = 9, 9
    rows["test"][10]["author"]["id"], rows["train"][10]["author"]["id"] = "10", 10
    assert built(tmp_path, cli, rows) == (
        1,
        [
            (
                "data/dev.jsonl:8: $.text: [leak] text 'train 12' stands in the split dev here, and in train at "
                "data/train.jsonl:13"
            ),
            (
                "data/test.jsonl:4: $.text: [leak] text 'train 12' stands in the split test here, and in train at "
                "data/train.jsonl:13"
            ),
            (
                "data/test.jsonl:10: $: [leak] author.id 9, n 9 stands in the split test here, and in train at "
                "data/train.jsonl:10"
            ),
        ],
    )


def test_a_further_key_is_unique_and_never_null(tmp_path: Path, cli: CommandLine, rows: dict[str, list[Any]]) -> None:
    rows["dev"][0]["text"] = None
    rows["test"][4] |= {"text": rows["test"][5]["text"], "n": 5}
    assert built(tmp_path, cli, rows) == (
        1,
        [
            "data/dev.jsonl:1: $: [key] the key's text is null",
            "data/test.jsonl:6: $: [key] n 5, text 'test 5' stands already at data/test.jsonl:5",
        ],
    )
