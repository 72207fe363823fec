"""The dataset's own views, over the tables of the synthetic project as Arrow types them."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from dataset_packager.columns.table_columns import table_plan
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate
from evidence.conftest import ROOT, Captured, MakeCaptured

VIEWS = ("overview", "accounts", "comparisons")
SECOND = {
    "claim_id": "river-ferry-c007", "document_id": "river-ferry", "voice": "attributed",
    "speaker_ids": ["jane-doe"], "speaker_basis": "capture", "speaker_as": None, "speaker_at": {"find": "Jane Doe"},
    "mode": "indirect", "act": "assert", "stance": "hedged", "kind": None, "statement": "The reporter adds a word.",
    "about_ids": [], "via_ids": ["tom-reed", "river-gazette"], "said_on": None, "said_on_basis": None,
    "event_ids": ["ferry-return-2031"], "parent_id": None, "garbled": False, "doubt": None,
    "at": [{"find": "The ferry"}],
}  # fmt: skip


def view(name: str, captured: Captured) -> list[dict[str, Any]]:
    """The view's rows, each accepted by the view's schema."""
    connection = duckdb.connect(config={"threads": 1})
    for table, rows in captured.tables.items():
        plan = table_plan(load_schema(ROOT, f"schema/{table}.schema.json"), provenance=False)
        typed, refused = plan.encode([row.record for row in rows], None)
        assert refused == []
        connection.register(table, typed)
    result = connection.sql((ROOT / f"schema/views/{name}.sql").read_text(encoding="utf-8")).to_arrow_table()
    schema = load_schema(ROOT, f"schema/views/{name}.schema.json")
    assert result.schema.names == table_plan(schema, provenance=False).arrow_schema.names
    gate = Gate(schema, assert_formats=True)
    assert [row for row in result.to_pylist() if not gate.accepts(row)] == []
    return list(result.to_pylist())


def test_the_overview_has_a_row_for_each_claim_with_names_beside_it(captured: Captured) -> None:
    rows = view("overview", captured)

    assert [row["claim_id"][-4:] for row in rows] == ["c001", "c002", "c003", "c004", "c005", "c006"]
    assert (rows[1]["speakers"], rows[1]["speaker_kinds"], rows[0]["speakers"]) == (["Tom Reed"], ["person"], [])
    assert (rows[0]["carrier"], rows[0]["origin"], rows[0]["published"]) == (
        "River Gazette",
        "River Gazette",
        "2031-03-12",
    )
    assert (rows[0]["events"], rows[5]["events"], rows[0]["carried"]) == (["A boat starts again"], [], None)
    assert [figure["measures"] for figure in rows[0]["figures"]] == [
        "day of the first trip", "how long the work took", "price of the work", "crowd at the river",
    ]  # fmt: skip


def test_accounts_put_a_document_s_claims_and_figures_on_an_event_together(make_captured: MakeCaptured) -> None:
    captured = make_captured([{"table": "claims", "add": SECOND}])

    (row,) = view("accounts", captured)

    assert (row["event"], row["places"], row["document_id"]) == ("A boat starts again", ["River Port"], "river-ferry")
    assert row["speakers"] == ["Jane Doe", "Tom Reed", "an official who speaks of sales"]
    assert [claim["claim_id"][-4:] for claim in row["claims"]] == ["c001", "c007", "c002", "c005"]
    assert [(figure["kind"], figure["speakers"]) for figure in row["figures"]][-2:] == [
        ("count", ["an official who speaks of sales"]),
        ("duration", ["an official who speaks of sales"]),
    ]
    assert row["told"] == ["2031-03-10"]
    assert "calendar" not in {figure["kind"] for figure in row["figures"]}


def test_names_stand_in_the_order_of_the_claim(make_captured: MakeCaptured) -> None:
    captured = make_captured([{"table": "claims", "add": SECOND}])

    assert view("overview", captured)[-1]["via"] == ["Tom Reed", "River Gazette"]


def test_a_link_is_shown_at_both_of_its_ends(captured: Captured) -> None:
    ends = {row["claim_id"][-4:]: row["links"] for row in view("overview", captured) if row["links"]}

    assert {name: [(link["direction"], link["claim_id"][-4:]) for link in links] for name, links in ends.items()} == {
        "c002": [("incoming", "c004")],
        "c004": [("outgoing", "c002")],
    }


def second_page(captured: Captured) -> None:
    """Give the project a second document with one claim and one figure, joined to the first one's path of 30 km."""
    data = captured.project / "data"

    def add(table: str, position: int, **change: Any) -> None:
        path = data / table / "ferry.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([*lines, json.dumps(json.loads(lines[position]) | change)]) + "\n", encoding="utf-8")

    add("documents", 0, document_id="sea-page")
    add("claims", 4, claim_id="sea-page-c001", document_id="sea-page", event_ids=[])
    add("figures", 12, figure_id="sea-page-f001", document_id="sea-page", claim_id="sea-page-c001",
        low=20000, high=20000, unit="m", unit_code="m", si_low=20000, si_high=20000)  # fmt: skip
    add("links", 0, link_id="sea-page-c001-quantifies-same-river-ferry-c006", from_claim_id="sea-page-c001",
        to_claim_id="river-ferry-c006", relation="quantifies_same", from_figure_id="sea-page-f001",
        to_figure_id="river-ferry-f013")  # fmt: skip


def test_comparisons_put_figures_of_two_documents_in_one_unit(captured: Captured) -> None:
    second_page(captured)

    (row,) = view("comparisons", captured)

    assert (row["from_document_id"], row["to_document_id"]) == ("sea-page", "river-ferry")
    assert (row["from_unit"], row["to_unit"], row["common_unit"]) == ("m", "km", "m")
    assert (row["common_from_low"], row["common_to_high"]) == (20000, 30000)
    assert (row["from_speakers"], row["to_speakers"]) == (["an official who speaks of sales"], [])


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_depends_on_rows_and_not_on_their_order(name: str, captured: Captured) -> None:
    second_page(captured)
    first = view(name, captured)
    for path in sorted((captured.project / "data").glob("[a-l]*/ferry.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(reversed(lines)), encoding="utf-8")

    assert view(name, captured) == first
