"""Marks in Markdown that a stranger may have written: what they mean, and that reading them takes linear time."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from dataset_packager.documents.datasheet import check, fill, held, passages, responsible, unanswered
from dataset_packager.documents.markdown_marks import marked, rewritten, without_comments

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!-- slot:a -->x<!-- /slot -->", [("a", "", "x")]),
        ("<!--slot:a  b c -->x<!--/slot-->", [("a", "b c", "x")]),
        ("<!-- slot:a --><!-- slot:b -->x<!-- /slot -->y<!-- /slot -->", [("a", "", "<!-- slot:b -->x")]),
        ("<!-- slot:a --><!-- card:b -->x<!-- /card --><!-- /slot -->", [("a", "", "<!-- card:b -->x<!-- /card -->")]),
        ("<!-- never closed <!-- slot:a -->x<!-- /slot -->", [("a", "", "x")]),
        ("<!-- slot:a -->x", []),
        ("x<!-- /slot -->", []),
        ("<!-- slot: a -->x<!-- /slot -->", []),
        ("<!-- slot:a\nb -->x<!-- /slot -->", []),
    ],
)
def test_what_stands_between_marks(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(one.opening.name, one.opening.argument, one.text) for one in marked(text, "slot")] == found
    assert rewritten(text, "slot", lambda one: text[one.opening.begin : one.closing.end]) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a<!-- b -->c", "ac"),
        ("<!-- a <!-- b -->c-->", "c-->"),
        ("a<!-- b", "a<!-- b"),
        ("-->a<!---->b", "-->ab"),
    ],
)
def test_a_comment_ends_where_the_first_mark_says_so(text: str, plain: str) -> None:
    assert without_comments(text) == plain == re.sub("(?s)<!--.*?-->", "", text)


LONG = "## Q <!-- question:motivation-purpose -->\n\n{}\n"
HOSTILE = {  # pieces that are repeated
    "comments that nothing closes": "<!--",
    "slots that nothing closes": "<!-- slot:a b -->",
    "slots that are empty": "<!-- slot:a --><!-- /slot -->\n",
    "marks of one kind in the other": "<!-- rai:x --><!-- card:x -->",
    "closing marks": "<!-- /slot -->\n",
    "questions": "# <!-- question:x -->\n",
    "headings of blanks": "#" + " " * 60,
    "stress that nothing ends": " *a _b",
    "backticks": "`",
    "brackets": "[",
    "tags": "<a b",
    "links": '[a](b "c',
    "links in links": "[[a](b)",
    "stress in stress": "*a__b*c ",
    "no words": "-*-",
    "blanks": "          ",
    "arguments": "<!-- slot:a                 ",
    "new lines": "\n\n\n\n",
    "bars": "| `a` |",
}


def everything(text: str) -> None:
    """Read a datasheet in every way that it is read."""
    check("DATASHEET.md", text, held(text))
    fill(text, held(text))
    passages(text, "card")
    responsible(text + LONG.format(text))
    unanswered(LONG.format(text))


def seconds(read: Callable[[str], object], text: str) -> float:
    """Return the processor's time that reading takes, the least of three."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        read(text)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_datasheet_four_times_as_long_takes_about_four_times_as_long(case: str) -> None:
    piece = HOSTILE[case]
    short = piece * (20_000 // len(piece))
    assert seconds(everything, short * 4) < 9 * seconds(everything, short) + 0.01  # squared it would be 16
