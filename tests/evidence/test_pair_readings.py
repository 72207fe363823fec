"""Pairs of rows that share something: each is linked, or was read side by side and found unrelated."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from captures.config import NAME, CapturesConfig
from captures.load_rows import captures_config
from captures.pair_readings import check_pairs, count_pairs, read_pairs, sharing, text_sha256
from captures.rows import Row, Tables
from dataset_packager.base.findings import SetupError

if TYPE_CHECKING:
    from evidence.conftest import Captured

SECTION = {
    "file": "data/quality/pairs.jsonl",
    "table": "claims",
    "key": "claim_id",
    "text": "statement",
    "shared": [["event_ids[]"], ["speaker_ids[]", "about_ids[]"]],
    "through": [
        {
            "table": "figures",
            "key": "claim_id",
            "column": "theme",
            "where": {"column": "role", "values": ["stated"]},
        }
    ],
    "links": {"table": "links", "ends": ["from_claim_id", "to_claim_id"]},
}


@pytest.fixture
def config(captured: Captured) -> CapturesConfig:
    found = captured.config
    return captures_config(replace(found, sections={NAME: {**found.sections[NAME], "pairs": SECTION}}))


def rows(file: str, *records: dict[str, Any]) -> list[Row]:
    return [Row(record, file, line) for line, record in enumerate(records, 1)]


def claim(name: str, **shared: list[str]) -> dict[str, Any]:
    record = {"claim_id": name, "statement": f"What {name} says.", "event_ids": [], "speaker_ids": [], "about_ids": []}
    return {**record, **shared}


def tables(*links: tuple[str, str]) -> Tables:
    """c1 and c2 share an event, c2 is about c3's speaker, c4 and c5 have one theme, c6 has it in a frame only."""
    return {
        "claims": rows(
            "claims.jsonl",
            claim("c1", event_ids=["flood"]),
            claim("c2", event_ids=["flood"], about_ids=["mayor"]),
            claim("c3", speaker_ids=["mayor"]),
            *map(claim, ("c4", "c5", "c6")),
        ),
        "figures": rows(
            "figures.jsonl",
            *({"claim_id": name, "theme": "aid", "role": "stated"} for name in ("c4", "c5", None)),
            {"claim_id": "c6", "theme": "aid", "role": "frame"},
            {"claim_id": "c1", "theme": None, "role": "stated"},
        ),
        "links": rows("links.jsonl", *({"from_claim_id": later, "to_claim_id": earlier} for later, earlier in links)),
    }


def reading(name: str, *unrelated: str) -> dict[str, Any]:
    hashed = text_sha256(f"What {name} says.")
    return {"claim_id": name, "unrelated": list(unrelated), "statement_sha256": hashed}


def found(config: CapturesConfig, kept: Tables, *readings: dict[str, Any]) -> list[tuple[str, int | None, str, str]]:
    findings = check_pairs(kept, config, rows("pairs.jsonl", *readings))
    return [(finding.file, finding.line, finding.path, finding.message) for finding in findings]


def test_rows_share_an_event_a_name_in_any_role_or_a_theme_of_what_they_state(config: CapturesConfig) -> None:
    assert config.pairs is not None

    assert sharing(tables(), config.pairs) == {frozenset(pair) for pair in (("c1", "c2"), ("c2", "c3"), ("c4", "c5"))}
    assert count_pairs(tables(("c2", "c1"), ("c6", "c1")), config) == {"sharing": 3, "linked": 1}


def test_pairs_that_are_linked_or_called_unrelated_in_either_order_have_no_finding(config: CapturesConfig) -> None:
    assert found(config, tables(("c2", "c1")), reading("c2", "c3"), reading("c5", "c4")) == []


def test_a_pair_that_nobody_read_is_found_at_its_later_row(config: CapturesConfig) -> None:
    assert found(config, tables(("c2", "c1")), reading("c3", "c2")) == [
        ("claims.jsonl", 5, "$.claim_id", "'c5' is neither linked to nor called unrelated to 'c4'")
    ]


def test_readings_that_no_longer_hold_are_found(config: CapturesConfig) -> None:
    kept = tables(("c2", "c1"))
    stale = {**reading("c3", "c2"), "statement_sha256": text_sha256("What c3 said.")}

    assert found(config, kept, reading("c1", "c2"), stale, reading("c5", "c4", "c9")) == [
        ("pairs.jsonl", 1, "$.unrelated[0]", "'c1' is called unrelated to 'c2', and is linked to it"),
        ("pairs.jsonl", 2, "$.statement_sha256", "'c3' was read side by side with others when it said something else"),
        ("pairs.jsonl", 3, "$.unrelated[1]", "there is no row 'c9'"),
    ]


def test_a_line_that_is_no_reading_of_pairs_is_named(config: CapturesConfig, captured: Captured) -> None:
    kept = [reading("c1"), {**reading("c2"), "unrelated": "c1"}]
    lines = "".join(f"{json.dumps(record)}\n" for record in kept)
    (captured.project / "data/quality/pairs.jsonl").write_text(lines, encoding="utf-8")

    with pytest.raises(SetupError, match=r"pairs\.jsonl:2: \$\.unrelated"):
        read_pairs(captured.project, config)
