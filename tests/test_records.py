"""What holds of the records as a whole, and can't be said in the schema of one table."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from conftest import ROOT

from captures.extension import CAPTURES
from captures.load_rows import captures_config
from captures.pair_readings import check_pairs, read_pairs
from captures.rows import Row
from dataset_packager.project.read_config import load_config

if TYPE_CHECKING:
    from collections.abc import Iterator

SYMMETRIC = ("same_utterance", "contradicts", "quantifies_same")
KEYS = {"claims": "claim_id", "figures": "figure_id", "alterations": "alteration_id"}


def records(pattern: str) -> list[dict[str, Any]]:
    lines = [line for path in sorted(ROOT.glob(pattern)) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def test_all_claims_that_share_an_event_a_name_or_a_sort_of_figure_are_linked_or_were_found_unrelated() -> None:
    config = captures_config(load_config(ROOT, [CAPTURES]))
    tables = {
        name: [Row(record, name, line) for line, record in enumerate(records(f"data/{name}/*.jsonl"), 1)]
        for name in ("claims", "figures", "links")
    }
    assert [finding.message for finding in check_pairs(tables, config, read_pairs(ROOT, config))] == []


def test_a_link_joins_two_claims_and_a_symmetric_one_goes_to_the_claim_that_sorts_earlier() -> None:
    links = records("data/links/*.jsonl")
    same = [link["link_id"] for link in links if link["from_claim_id"] == link["to_claim_id"]]
    forth = [
        link["link_id"]
        for link in links
        if link["relation"] in SYMMETRIC and link["from_claim_id"] < link["to_claim_id"]
    ]
    assert (same, forth) == ([], [])


def test_every_entity_and_event_is_named_by_another_row() -> None:
    unused = []
    for table, key in (("entities", "entity_id"), ("events", "event_id")):
        rows = records(f"data/{table}/*.jsonl")
        others = [row for path in ROOT.glob("data/*/*.jsonl") if path.parent.name not in (table, "quality")
                  for row in records(path.relative_to(ROOT).as_posix())]  # fmt: skip
        named = {text for row in others for text in strings(row)}
        named |= {row[column] for row in rows for column in ("part_of", "maybe_same_as") if row.get(column)}
        unused += [row[key] for row in rows if row[key] not in named]
    assert unused == []


def test_the_decisions_speak_of_rows_that_exist_or_are_kept_in_a_pass() -> None:
    documents = [row["document_id"] for row in records("data/documents/*.jsonl")]
    known = {
        row[key]
        for table, key in KEYS.items()
        for pattern in (f"data/{table}/*.jsonl", f"data/quality/second-edition/first-pass/{table}.jsonl")
        for row in records(pattern)
    }
    text = (ROOT / "docs/annotation-decisions.md").read_text("utf-8")
    named, document = [], ""
    for found in re.finditer(rf"({'|'.join(documents)})|-([caf]\d\d+)\b", text):
        document = found[1] or document
        if found[2]:
            named.append(f"{document}-{found[2]}")
    assert len(named) > 150
    assert [name for name in named if name not in known] == []
