"""What the README says of data and code is so."""

from __future__ import annotations

import json
import re

from conftest import ROOT

from captures.extension import CAPTURES
from dataset_packager.project.read_config import load_config

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_row_that_is_shown_is_in_the_dataset() -> None:
    row = json.loads(block("json"))
    file = ROOT / f"data/figures/{row['document_id']}.jsonl"
    assert row in [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_config_is_listed_and_the_default_is_marked() -> None:
    config = load_config(ROOT, [CAPTURES])
    listed = re.findall(r"^\| `(\w+)`( \(default\))? \|", README, re.MULTILINE)
    assert {name for name, _ in listed} == set(config.configs)
    assert [name for name, mark in listed if mark] == [config.default_config]


def test_the_targets_of_make_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets
