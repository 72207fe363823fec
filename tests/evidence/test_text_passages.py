from __future__ import annotations

import pytest

from captures.corpus import Document, Segment
from captures.rows import Row
from captures.text_passages import Passage, paragraphs, quotations, sentences


def document(*parts: tuple[str, str]) -> Document:
    """A document whose segments are these labels and texts."""
    segments, text = [], ""
    for label, part in parts:
        segments.append(Segment(len(text), len(text) + len(part), label))
        text += part
    return Document("d", Row({}, "documents.jsonl", 1), text, tuple(segments), "d.txt")


def passage(text: str) -> Passage:
    (found,) = paragraphs(document(("body", text)), frozenset({"body"}))
    return found


def test_a_note_in_the_middle_does_not_cut_a_sentence() -> None:
    read = document(("body", "He left (so "), ("insertion", "not quite "), ("body", "he said) at once. She stayed.\n"))
    (paragraph,) = paragraphs(read, frozenset({"body"}))

    first, second = sentences(paragraph, "en")

    assert first.text == "He left (so he said) at once."
    assert [read.text[start:end] for start, end in first.pieces] == ["He left (so ", "he said) at once."]
    assert second.text == "She stayed."


def test_a_line_break_or_another_block_ends_a_paragraph() -> None:
    read = document(
        ("body", "One.\n"), ("body", "Two.\n\n"), ("promo", "Buy!\n"), ("body", "Three."), ("chrome", "Menu")
    )

    assert [found.text for found in paragraphs(read, frozenset({"body"}))] == ["One.\n", "Two.\n\n", "Three."]


def test_abbreviations_do_not_end_a_sentence() -> None:
    found = sentences(passage("Gen. Mark A. Miller met the U.S. envoy on Feb. 24. Nobody spoke."), "en")

    assert [sentence.text for sentence in found][-1] == "Nobody spoke."


def test_marks_without_a_word_are_no_sentence() -> None:
    assert list(sentences(passage("… ” ."), "en")) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("“One,” he said. “Two.”", ["One,", "Two."]),
        ('"One," he said. "Two."', ["One,", "Two."]),
        ("“All of ‘the old city’ is ours,” he said.", ["the old city", "All of ‘the old city’ is ours,"]),
        ("The soldiers’ boots weren’t “new”.", ["new"]),
        ("‘No,’ said the captains’ envoy.", ["No,"]),
        ("“It goes on", ["It goes on"]),
        ("it went on,” he said.", ["it went on,"]),
        ('it went on," he said. "Then it stopped."', ["it went on,", "Then it stopped."]),
        ("«Oui», dit-il.", ["Oui"]),
        ('A 5" pipe', ["A 5"]),
        ("“ ” and nothing", []),
    ],
)
def test_quotations_are_what_stands_between_a_pair_of_marks(text: str, quoted: list[str]) -> None:
    assert [found.text for found in quotations(passage(text))] == quoted


def test_a_quotation_knows_where_it_stands_in_the_capture() -> None:
    read = document(("chrome", "Menu\n"), ("body", "He said “we (I) won”.\n"))
    (paragraph,) = paragraphs(read, frozenset({"body"}))
    (quotation,) = quotations(paragraph)

    assert read.text[quotation.start : quotation.end] == "we (I) won"
    assert quotation.touches([(quotation.end - 1, quotation.end + 5)])
    assert not quotation.touches([(0, quotation.start), (quotation.end, quotation.end + 5)])
