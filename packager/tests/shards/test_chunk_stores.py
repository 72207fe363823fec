"""What a former build left of a chunk: taken over where it is whole and of that chunk, proven if asked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine, ran_well

from dataset_packager.base.console import Reporter
from dataset_packager.build import prepare
from dataset_packager.project.read_config import load_config
from dataset_packager.records.chunk_plan import Plan
from dataset_packager.records.inputs import list_inputs
from dataset_packager.release.folder_digest import folder_digest
from dataset_packager.shards.chunk import make_shards
from dataset_packager.shards.chunk_folder import ChunkFolder, chunk_in
from dataset_packager.shards.chunk_name import chunk_name
from dataset_packager.shards.chunk_results import ChunkResult
from dataset_packager.shards.project_schemas import load_schemas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRUTH, POISON = "Moby-Dick", "Moby-Dock"
NAME = "tiny-library"


def chunks_of(project: Path) -> dict[str, str]:
    """Return the name of the one chunk of each table."""
    config = load_config(project)
    jobs = prepare(config, load_schemas(config), quick=False, reporter=Reporter())
    plan = Plan(list_inputs(project, config.tables), config.shard_input_bytes).complete()
    return {chunk.table: chunk_name(jobs[chunk.table], chunk) for chunk in plan.known}


def poison(project: Path, store: ChunkFolder, scratch: Path) -> None:
    """Put a chunk into the store whose rows aren't what the records give; all that it says of itself fits."""
    other = shutil.copytree(project, scratch / "other")
    file = other / "data/books/a.jsonl"
    file.write_text(file.read_text("utf-8").replace(TRUTH, POISON), "utf-8")
    planned = []
    for folder in (project, other):
        config = load_config(folder)
        [chunk] = [
            each
            for each in Plan(list_inputs(folder, config.tables), config.shard_input_bytes).chunks()
            if each.table == "books"
        ]
        planned.append(chunk)
    truth, false = planned
    pieces = tuple(replace(old, check=new.check) for old, new in zip(truth.pieces, false.pieces, strict=True))
    config = load_config(other)
    job = prepare(config, load_schemas(config), quick=False, reporter=Reporter())["books"]
    name = chunks_of(project)["books"]
    with store.making() as made:
        result = make_shards(job, replace(truth, pieces=pieces), made)
        result.name = name
        store.put(name, made, result)


def test_a_chunk_with_other_rows_than_its_records_give_gets_into_no_release_that_is_proven(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    out = tmp_path / "out"
    assert TRUTH in (project / "data/books/a.jsonl").read_text("utf-8")
    ran_well(cli("--project", project, "--out", out))
    sound, store = folder_digest(out / NAME), ChunkFolder(out / f".releases/{NAME}/.chunks")
    for shortcut in (False, True):  # the release that stands may be made of such a chunk, too
        poison(project, store, tmp_path / str(shortcut))
        (out / f".releases/{NAME}/.origin").unlink()
        if shortcut:
            ran_well(cli("--project", project, "--out", out))
            assert POISON in ran_well(cli("export", out / NAME, "books")).out, "taken for what it says"
        ran = ran_well(cli("--project", project, "--out", out, "--verify", "full"))
        assert "warning: 1 chunks of a former build weren't what their records give: made anew" in ran.err
        assert folder_digest(out / NAME) == sound
        assert (
            "2 of 2 chunks are as a former build made them"
            in ran_well(cli("--project", project, "--out", out, "--verify", "full")).err
        )


def swapped(books: Path, authors: Path) -> None:
    books.rename(books.with_name("waiting"))
    authors.rename(books)
    books.with_name("waiting").rename(authors)


def with_result(change: Callable[[dict[str, object]], object]) -> Callable[[Path, Path], None]:
    def damage(books: Path, _: Path) -> None:
        told = json.loads((books / "result.json").read_text("utf-8"))
        change(told)
        (books / "result.json").write_text(json.dumps(told), "utf-8")

    return damage


def truncated(books: Path, _: Path) -> None:
    shard = next(books.glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])


DAMAGES: dict[str, Callable[[Path, Path], None]] = {
    "two chunks in each other's place": swapped,
    "a shard cut short": truncated,
    "a result that names another file": with_result(lambda told: told["files"].update({"../x": ""})),  # type: ignore[attr-defined]
    "a result without its findings": with_result(lambda told: told.pop("first")),
    "a result of other records": with_result(lambda told: told["records"].update({"data/x.jsonl": 1})),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_not_that_chunk_is_made_anew(
    damage: Callable[[Path, Path], None], project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    ran_well(cli("--project", project, "--out", tmp_path))
    sound, chunks = folder_digest(tmp_path / NAME), chunks_of(project)
    store = tmp_path / f".releases/{NAME}/.chunks"
    damage(store / chunks["books"], store / chunks["authors"])
    (tmp_path / f".releases/{NAME}/.origin").unlink()
    ran = ran_well(cli("--project", project, "--out", tmp_path))
    assert "2 of 2 chunks" not in ran.err
    assert folder_digest(tmp_path / NAME) == sound
    assert chunk_in(store / chunks["books"]) is not None


def test_a_result_comes_back_as_it_was(project: Path, tmp_path: Path, cli: CommandLine) -> None:
    ran_well(cli("--project", project, "--out", tmp_path))
    for folder in (tmp_path / f".releases/{NAME}/.chunks").iterdir():
        data = (folder / "result.json").read_bytes()
        assert ChunkResult.from_json(data).as_json() == data
