"""Findings summed up: by table, code and member, in memory and lines that their number doesn't change."""

from __future__ import annotations

import tracemalloc

from dataset_packager.base.finding_summary import FIRST, MOST_MEMBERS, OTHERS, FindingSummary
from dataset_packager.base.finding_text import MOST_LINES, finding_lines
from dataset_packager.base.findings import Finding


def summed(*findings: Finding) -> FindingSummary:
    summary = FindingSummary({"a.jsonl": "books", "b.jsonl": "books"})
    assert list(summary.take(findings)) == list(findings)
    return summary


def test_findings_are_alike_that_have_table_code_and_member_in_common() -> None:
    summary = summed(
        *(Finding("a.jsonl", line, f"$.tags[{line}].name", "type", f"{line} is wrong") for line in range(1, 6)),
        Finding("b.jsonl", 9, "$.tags[0].name", "type", "9 is wrong"),
        Finding("b.jsonl", 9, "$.tags[0].name", "pattern", "9 is wrong"),
        Finding("c.md", None, "$", "stale", "old"),
    )
    told = [(kind.table, kind.code, kind.member, kind.count, len(kind.first)) for kind in summary.kinds]
    assert told == [
        ("books", "type", "$.tags[].name", 6, 3),
        ("books", "pattern", "$.tags[].name", 1, 1),
        ("c.md", "stale", "$", 1, 1),
    ]


def test_members_that_are_missing_are_told_apart() -> None:
    summary = summed(*(Finding("a.jsonl", n, "$", "required", f"{'xy'[n % 2]} is missing") for n in range(10)))
    assert [kind.count for kind in summary.kinds] == [5, 5]


def test_few_findings_are_told_one_by_one_in_their_order() -> None:
    summary = summed(*(Finding("a.jsonl", n, f"$.m{n % 4}", "type", "w", hint="h") for n in range(1, 9)))
    lines, told = finding_lines(summary)
    assert [line.split(": ")[0] for line in lines] == [f"a.jsonl:{n}" for n in range(1, 9)]
    assert told == 8


def test_many_kinds_of_findings_end_with_the_rarest_untold() -> None:
    many = [Finding("a.jsonl", n, f"$.m{kind}", "type", "w", hint="h") for kind in range(50) for n in range(kind + 1)]
    lines, told = finding_lines(summed(*many))
    assert sum(line.count("\n") + 1 for line in lines) == MOST_LINES
    assert lines[0] == "a.jsonl:0: $.m49: [type] 50 times in books, also a.jsonl:1, a.jsonl:2, …: w\n    h"
    assert told == sum(range(33, 51))


def test_memory_stays_as_it_is_while_findings_go_on() -> None:
    summary = FindingSummary()
    summary.first.extend([Finding("a.jsonl", 1, "$", "type", "w")] * FIRST)
    for number in range(5_000):
        summary.add(Finding("a.jsonl", number, f"$.name{number}", "additionalProperties", "w"))
    tracemalloc.start()
    for number in range(50_000):
        summary.add(Finding("a.jsonl", number, f"$.other{number}", "additionalProperties", "w"))
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 10_000
    assert len(summary.kinds) == MOST_MEMBERS + 1
    assert (summary.kinds[0].member, summary.kinds[0].count) == (OTHERS, 55_000 - MOST_MEMBERS)
