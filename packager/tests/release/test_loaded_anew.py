"""`load_dataset` gives the rows of the release that is current, not those that it has cached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conftest import python, ran_well

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

LOAD = """
import json, sys
from datasets import load_dataset

folder, config = sys.argv[1:]
print(json.dumps([row["name"] for row in load_dataset(folder, config, split="train")]))
"""


def loaded(folder: Path, config: str, cache: Path) -> list[str]:
    ran = ran_well(python("-c", LOAD, folder, config, HF_HOME=str(cache), HF_HUB_OFFLINE="1"))
    names: list[str] = json.loads(ran.out)
    return names


def test_a_rebuilt_release_is_loaded_anew_although_path_and_cache_are_the_same(
    project: Path, tmp_path: Path, cli: CommandLine
) -> None:
    out, cache = tmp_path / "dist", tmp_path / "cache"

    def names() -> list[str]:
        ran_well(cli("--project", project, "--out", out))
        return loaded(out / "tiny-library", "authors", cache)

    before = names()
    file = project / "data/authors/authors.jsonl"
    file.write_text(file.read_text("utf-8").replace("George Eliot", "Mary Ann Evans"), "utf-8")
    after = names()

    assert before[1] == "George Eliot"
    assert after[1] == "Mary Ann Evans"
