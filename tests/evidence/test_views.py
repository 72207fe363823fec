"""The dataset's own views, over the tables of the synthetic project as Arrow types them."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from dataset_packager.columns.table_plan import table_plan
from dataset_packager.schemas import load_schema
from dataset_packager.validation.gate import Gate
from evidence.conftest import ROOT, Captured, MakeCaptured

VIEWS = ("overview", "accounts")
SECOND = {
    "claim_id": "river-ferry-c007", "document_id": "river-ferry", "voice": "attributed", "speaker_id": "jane-doe",
    "speaker_at": {"find": "Jane Doe"}, "mode": "indirect", "act": "assert", "stance": "hedged", "kind": None,
    "statement": "The reporter adds a word.", "via_ids": ["tom-reed", "river-gazette"], "said_on": None,
    "event_ids": ["ferry-return-2031"], "parent_id": None, "garbled": False, "at": [{"find": "The ferry"}],
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
    assert (rows[1]["speaker"], rows[1]["speaker_kind"], rows[0]["speaker"]) == ("Tom Reed", "person", None)
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
    assert [(figure["kind"], figure["speaker"]) for figure in row["figures"]][-2:] == [
        ("count", "an official who speaks of sales"),
        ("duration", "an official who speaks of sales"),
    ]
    assert "calendar" not in {figure["kind"] for figure in row["figures"]}


def test_names_stand_in_the_order_of_the_claim(make_captured: MakeCaptured) -> None:
    captured = make_captured([{"table": "claims", "add": SECOND}])

    assert view("overview", captured)[-1]["via"] == ["Tom Reed", "River Gazette"]


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_depends_on_rows_and_not_on_their_order(name: str, captured: Captured) -> None:
    first = view(name, captured)
    for path in sorted((captured.project / "data").glob("[a-f]*/ferry.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(reversed(lines)), encoding="utf-8")

    assert view(name, captured) == first
