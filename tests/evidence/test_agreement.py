from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import agreement
from captures.config import NAME
from captures.pass_alignment import found, mark, pair
from captures.quality import check_fresh
from captures.rows import Row, Tables
from dataset_packager.base.findings import SetupError
from evidence.conftest import Captured, base_config

if TYPE_CHECKING:
    from dataset_packager.project.config import Config


def test_alpha_is_krippendorff_s_own_example() -> None:
    """Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section A: two observers, ten binary units."""
    first, second = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]

    assert agreement.alpha(first, second) == pytest.approx(0.095, abs=0.001)


def test_alpha_of_many_categories_is_the_book_s() -> None:
    """The same paper, section B: two observers, five categories, twelve units."""
    first, second = list("aabbdcccedda"), list("babbbccceddd")

    assert agreement.alpha(first, second) == pytest.approx(0.692, abs=0.001)


@given(st.lists(st.sampled_from(["a", "b", None]), min_size=2).filter(lambda labels: len(set(labels)) > 1))
def test_alpha_of_equal_labels_is_one(labels: list[str | None]) -> None:
    assert agreement.alpha(labels, labels) == 1


def test_alpha_says_nothing_where_only_one_label_is_used() -> None:
    assert agreement.alpha(["a", "a"], ["a", "a"]) is None
    assert agreement.alpha([], []) is None


def test_alpha_of_unequal_units_is_refused() -> None:
    with pytest.raises(ValueError, match="the same units"):
        agreement.alpha(["a"], ["a", "b"])


def test_rows_are_paired_one_to_one_where_they_share_half_of_the_longer_one() -> None:
    first = [mark("d", [(0, 10)]), mark("d", [(20, 30)]), mark("d", [(50, 60), (70, 80)])]
    second = [mark("d", [(0, 4)]), mark("d", [(25, 35)]), mark("d", [(50, 60), (70, 78)]), mark("d", [(1, 9)])]

    assert pair(first, second) == [(0, 3), (1, 1), (2, 2)]


def test_rows_of_different_documents_are_never_paired() -> None:
    assert pair([mark("d", [(0, 10)])], [mark("e", [(0, 10)])]) == []


def test_finer_cuts_are_found_when_pooled() -> None:
    whole, halves = [mark("d", [(0, 10)])], [mark("d", [(0, 4)]), mark("d", [(5, 9)])]

    assert pair(whole, halves) == []
    assert (found(whole, halves), found(halves, whole)) == (1, 2)


KEPT = ("claims", "figures", "segments", "entities", "alterations", "mentions", "links")


def row(**record: Any) -> Row:
    return Row(record, "pass.jsonl", record.get("n", 1))


def at(start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "sha256": ""}


def claim(n: int, start: int, end: int, **change: Any) -> Row:
    record = {
        "claim_id": f"c{n}",
        "document_id": "d",
        "voice": "attributed",
        "speaker_ids": ["s"],
        "mode": "direct",
        "act": "assert",
        "stance": "asserted",
        "kind": None,
        "garbled": False,
        "at": [at(start, end)],
    }
    return row(n=n, **{**record, **change})


def figure(start: int, **change: Any) -> Row:
    record = {
        "document_id": "d",
        "claim_id": "c1",
        "role": "stated",
        "speaker_ids": ["s"],
        "low": 1,
        "high": 1,
        "unit": "boats",
        "unit_code": None,
        "bound": "exact",
        "kind": "count",
        "theme": "other",
        "as_of": None,
        "at": at(start, start + 5),
    }
    return row(**{**record, **change})


def tables(claims: list[Row], figures: list[Row], entities: str = "s") -> Tables:
    segments = [row(document_id="d", **at(0, 30), label="body"), row(document_id="d", **at(30, 40), label="chrome")]
    return {
        "claims": claims,
        "figures": figures,
        "segments": segments,
        "entities": [row(entity_id=name) for name in entities],
        "alterations": [],
        "mentions": [],
        "links": [],
    }


def compared(first: Tables, second: Tables) -> agreement.AgreementResult:
    return agreement.compare(first, second, base_config())


def test_equal_passes_agree_in_everything() -> None:
    both = tables([claim(1, 0, 10), claim(2, 20, 30, act="deny")], [figure(0), figure(20, kind="area")])

    result = compared(both, both)

    assert result.differences == ()
    assert result.measures["partition"]["alpha"] == 1
    claims = result.measures["spans"]["claims"]
    assert (claims["f1"], claims["pooled"]["f1"], claims["labels"]["act"]["alpha"]) == (1, 1, 1)
    assert claims["labels"]["stance"] == {"alpha": None, "same": 1, "pairs": 2}
    assert result.measures["spans"]["figures"]["values"]["speaker"] == {"same": 1, "pairs": 2}


def test_differences_are_counted_and_listed_one_by_one() -> None:
    first = tables([claim(1, 0, 10), claim(2, 20, 30)], [figure(0)])
    second = tables([claim(1, 0, 9, act="deny")], [figure(0, low=2)])

    result = compared(first, second)

    claims = result.measures["spans"]["claims"]
    assert (claims["precision"], claims["recall"], claims["f1"]) == (1, 0.5, pytest.approx(0.6667))
    assert claims["labels"]["act"]["same"] == 0
    assert [item.text() for item in result.differences if item.comparison == "claims"] == [
        "claims: row: pass.jsonl:2 | no such row",
        "claims: act: pass.jsonl:1 'assert' | pass.jsonl:1 'deny'",
    ]
    assert [(item.column, item.values) for item in result.differences if item.comparison == "figures"] == [
        ("low", (1, 2))
    ]


def test_speakers_that_each_pass_named_itself_are_matched_one_to_one() -> None:
    first = tables(
        [claim(1, 0, 5, speaker_ids=["x"]), claim(2, 10, 15, speaker_ids=["x"]), claim(3, 20, 25)],
        [figure(0, speaker_ids=["x"])],
        "sxb",
    )
    second = tables(
        [claim(1, 0, 5, speaker_ids=["y"]), claim(2, 10, 15, speaker_ids=["y"]), claim(3, 20, 25, speaker_ids=["b"])],
        [figure(0, speaker_ids=["y"])],
        "syb",
    )

    spans = compared(first, second).measures["spans"]

    assert spans["claims"]["values"]["speaker"] == {"same": pytest.approx(0.6667), "pairs": 3}
    assert spans["figures"]["values"]["speaker"] == {"same": 1, "pairs": 1}


def test_one_name_cannot_stand_for_two_speakers_of_the_other_pass() -> None:
    first = tables([claim(1, 0, 5, speaker_ids=["x"]), claim(2, 10, 15, speaker_ids=["z"])], [], "xz")
    second = tables([claim(1, 0, 5, speaker_ids=["y"]), claim(2, 10, 15, speaker_ids=["y"])], [], "y")

    assert compared(first, second).measures["spans"]["claims"]["values"]["speaker"]["same"] == 0.5


def test_passes_without_rows_have_no_measures_but_no_error_either() -> None:
    claims = compared(tables([], []), tables([], [])).measures["spans"]["claims"]

    assert (claims["f1"], claims["labels"]["act"]["alpha"], claims["values"]["speaker"]["same"]) == (None, None, None)


def test_a_label_of_the_partition_is_compared_code_point_by_code_point() -> None:
    first = tables([], [])
    other = [row(document_id="d", **at(0, 20), label="body"), row(document_id="d", **at(20, 40), label="chrome")]

    measured = compared(first, {**first, "segments": other}).measures["partition"]

    assert (measured["same"], measured["characters"]) == (0.75, 40)
    assert measured["alpha"] == pytest.approx(0.4733, abs=0.001)


def link(first: str, second: str, relation: str = "denies") -> Row:
    return row(from_claim_id=first, to_claim_id=second, relation=relation)


def test_links_are_paired_where_their_claims_are_in_either_order() -> None:
    claims = [claim(1, 0, 5), claim(2, 10, 15), claim(3, 20, 25)]
    others = [claim(7, 0, 5), claim(8, 10, 15), claim(9, 30, 35)]
    first = {**tables(claims, []), "links": [link("c1", "c2"), link("c1", "c3"), link("c2", "c1", "answers")]}
    second = {
        **tables(others, []),
        "links": [link("c8", "c7", "answers"), link("c7", "c9"), link("c7", "c8", "restates")],
    }

    result = compared(first, second)

    links = result.measures["joins"]["links"]
    assert (links["first"], links["second"], links["paired"], links["f1"]) == (3, 3, 2, pytest.approx(0.6667))
    assert [(item.column, item.values) for item in result.differences if item.comparison == "links"] == [
        ("", (None, None)),
        ("", (None, None)),
        ("relation", ("denies", "restates")),
    ]


def test_several_speakers_agree_in_any_order() -> None:
    first = tables([claim(1, 0, 5, speaker_ids=["x", "s"])], [], "sx")
    second = tables([claim(1, 0, 5, speaker_ids=["s", "y"])], [], "sy")

    assert compared(first, second).measures["spans"]["claims"]["values"]["speaker"] == {"same": 1, "pairs": 1}


def test_what_was_removed_has_no_span_and_is_not_paired() -> None:
    removed = row(document_id="d", kind="removal", effect="none", confidence="likely", at=[])
    both = {**tables([], []), "alterations": [removed]}

    assert compared(both, both).measures["spans"]["alterations"]["first"] == 0


def keep(captured: Captured, name: str) -> None:
    folder = captured.project / "data/quality" / name
    folder.mkdir(parents=True)
    for table in KEPT:
        text = (captured.project / f"data/{table}/ferry.jsonl").read_text(encoding="utf-8")
        (folder / f"{table}.jsonl").write_text(text, encoding="utf-8")


def test_the_kept_passes_are_compared_and_the_measures_bound_to_them(captured: Captured) -> None:
    keep(captured, "first-pass")
    keep(captured, "second-pass")

    result = agreement.run(captured.config, write=True)

    assert [line[2] for line in result.rows()][1:4] == ["1.000", "1.000", "1.000"]
    kept = json.loads((captured.project / agreement.AGREEMENT).read_text(encoding="utf-8"))
    assert kept["spans"]["figures"]["paired"] == 13
    assert list(check_fresh(captured.project, agreement.AGREEMENT, "agreement --write")) == []

    claims = captured.project / "data/quality/second-pass/claims.jsonl"
    claims.write_text(claims.read_text(encoding="utf-8").replace("hedged", "asserted") + "\n", encoding="utf-8")

    assert [finding.code for finding in check_fresh(captured.project, agreement.AGREEMENT, "agreement")] == ["stale"]


def test_a_project_that_keeps_no_passes_is_told_so(captured: Captured) -> None:
    section = {name: value for name, value in captured.config.sections[NAME].items() if name != "agreement"}

    with pytest.raises(SetupError, match="agreement"):
        agreement.run(replace(captured.config, sections={NAME: section}))


def with_agreement(captured: Captured, **change: Any) -> Config:
    section = captured.config.sections[NAME]
    return replace(captured.config, sections={NAME: {**section, "agreement": {**section["agreement"], **change}}})


LATER = {
    "name": "later pass",
    "first": "data/quality/second-pass",
    "second": "data/quality/later-pass",
    "partition": False,
    "joins": [
        {"table": "links", "key": "claim_id", "ends": ["from_claim_id", "to_claim_id"], "labels": ["relation"]},
    ],
}


def test_further_passes_are_compared_under_a_name_and_joins_of_given_rows_by_their_keys(captured: Captured) -> None:
    for name in ("first-pass", "second-pass", "later-pass"):
        keep(captured, name)
    links = captured.project / "data/quality/later-pass/links.jsonl"
    found = [json.loads(line) for line in links.read_text(encoding="utf-8").splitlines()]
    turned = {**found[0], "from_claim_id": found[0]["to_claim_id"], "to_claim_id": found[0]["from_claim_id"]}
    links.write_text("".join(f"{json.dumps(link)}\n" for link in (turned, {**turned, "to_claim_id": "new"})))

    result = agreement.run(with_agreement(captured, again=[LATER]), write=True)

    further = result.measures["again"]["later pass"]
    assert "partition" not in further
    assert (len(found), further["joins"]["links"]["paired"], further["joins"]["links"]["second"]) == (1, 1, 2)
    assert ["later pass: links", "F1 of rows", "0.667", "1 and 2 rows"] in list(result.rows())
    assert [item.comparison for item in result.differences] == ["links"]
    assert (
        "data/quality/later-pass/links.jsonl"
        in json.loads((captured.project / agreement.AGREEMENT).read_text())["files"]
    )


def test_two_further_comparisons_of_one_name_are_refused(captured: Captured) -> None:
    with pytest.raises(SetupError, match="one name"):
        agreement.run(with_agreement(captured, again=[LATER, LATER]))


def test_a_further_comparison_holds_no_further_ones(captured: Captured) -> None:
    with pytest.raises(SetupError, match="again"):
        agreement.run(with_agreement(captured, again=[{**LATER, "again": []}]))
