"""Threads of linked rows: who says it first, and how what follows stands to it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from .conftest import built

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "echoes"
version = "1.0.0"
[tool.dataset-packager]
released = "2026-03-01"
[tool.dataset-packager.tables.sayings]
schema = "sayings.schema.json"
records = ["sayings.jsonl"]
key = ["saying"]
[tool.dataset-packager.tables.ties]
schema = "ties.schema.json"
records = ["ties.jsonl"]
[[tool.dataset-packager.report.browsers]]
title = "All sayings"
table = "sayings"
text = "text"
filters = ["unsure"]
marks = ["unsure", "remark"]
[[tool.dataset-packager.report.threads]]
title = "Echoes"
table = "sayings"
text = "text"
date = "day"
who = "who[]"
by = "page"
links = { table = "ties", from = "later", to = "earlier", relation = "how", details = ["note"] }
"""
TEXT = {"type": "string"}
SCHEMAS = {
    "sayings": {
        "saying": TEXT, "text": TEXT, "day": TEXT, "page": TEXT, "who": {"type": "array", "items": TEXT},
        "unsure": {"type": "boolean", "title": "Not certain"}, "remark": {"type": "string", "title": "Remarked on"},
    },
    "ties": {"later": TEXT, "earlier": TEXT, "how": TEXT, "note": TEXT},
}  # fmt: skip
SAYINGS = [
    {"saying": "b", "text": "It <b>fell</b>.", "day": "2025-02", "page": "Gazette", "who": ["Mayor"], "unsure": True},
    {"saying": "a", "text": "It fell again.", "day": "2025-01-07", "page": "Herald", "who": [], "unsure": False},
    {"saying": "c", "text": "It stands.", "day": "2025-03-01", "page": "Gazette", "who": ["Engineer"], "remark": "odd"},
    {"saying": "d", "text": "Nobody links this.", "day": "2024", "page": "Herald", "who": []},
    {"saying": "e", "text": "Rain.", "day": "2025-01", "page": "Herald", "who": []},
    {"saying": "f", "text": "Rain, too.", "day": "2025-01-02", "page": "Herald", "who": []},
]
TIES = [
    {"later": "c", "earlier": "b", "how": "flatly_denies", "note": "in part"},
    {"later": "b", "earlier": "a", "how": "restates"},
    {"later": "f", "earlier": "e", "how": "restates"},
    {"later": "c", "earlier": "nowhere", "how": "answers"},
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("echoes")
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    for name, properties in SCHEMAS.items():
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        (folder / f"{name}.schema.json").write_text(json.dumps(schema), "utf-8")
    for name, records in (("sayings", SAYINGS), ("ties", TIES)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return (built(folder, folder / "dist", "--verify", "full") / "report.html").read_text("utf-8")


def threads(page: str) -> list[str]:
    section = page.split('<h2 id="threads-1">', 1)[1].split("</section>", 1)[0]
    return section.split("<details")[1:]


def test_linked_rows_stand_in_the_order_of_their_dates_and_the_threads_over_several_pages_come_first(page: str) -> None:
    found = [re.findall(r"<p>([^<]*)", thread) for thread in threads(page)]
    assert found == [["It fell again. ", "It &lt;b&gt;fell&lt;/b&gt;. ", "It stands. "], ["Rain. ", "Rain, too. "]]
    assert "3 rows, Herald, Gazette; restates, flatly denies" in threads(page)[0]


def test_each_row_says_who_says_it_and_how_it_stands_to_which_other(page: str) -> None:
    rows = threads(page)[0].split("<li>")[1:]
    told = [re.sub(r"<[^>]+>|\s+", " ", row) for row in rows]
    plain = [" ".join(each.split()) for each in told]
    assert plain[0].startswith("1 Herald, 2025-01-07 first It fell again.")
    assert "2 Mayor Gazette, 2025-02" in plain[1]
    assert plain[1].endswith("restates 1")
    assert "3 Engineer Gazette, 2025-03-01" in plain[2]
    assert "flatly denies 2 (in part)" in plain[2]


def test_a_row_is_marked_by_the_titles_of_what_it_holds(page: str) -> None:
    marks = dict(
        re.findall(
            r'<li id="sayings-(\w)"[^>]*>\n<p class="text">[^\n]*?((?: <span class="badge mark">[^<]+</span>)*)</p>',
            page,
        )
    )
    assert re.findall(r">([^<]+)<", marks["b"]) == ["Not certain"]
    assert re.findall(r">([^<]+)<", marks["c"]) == ["Remarked on"]
    assert marks["a"] == marks["d"] == ""
    assert 'Not certain <select name="unsure"' in page
