from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.drafts import resolve, resolve_partition
from captures.locators import LocatorError, locator, occurrences, resolves
from captures.relocation import Relocation

TEXT = "Zwölf Boote — “zwölf”!\r\nZwölf 🚢 Boote\n"


@given(st.text(min_size=1), st.data())
def test_a_locator_resolves_in_its_own_text_whatever_the_text(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-8", "ignore").decode("utf-8") or "x"
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    found: Any = locator(text, start, end)

    assert resolves(text, found["start"], found["end"], found["sha256"])


@given(st.text(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_any_span_is_refused_or_resolves_there_alone_and_its_words_are_found(
    text: str, start: int, length: int
) -> None:
    text = text.encode("utf-8", "ignore").decode("utf-8")
    end = start + length
    try:
        made = locator(text, start, end)
    except LocatorError:
        assert not 0 <= start < end <= len(text)
        return
    assert resolves(text, start, end, str(made["sha256"]))
    assert not resolves(text, start, end + len(text), str(made["sha256"]))
    assert start in occurrences(text, text[start:end])


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 99)])
def test_a_span_that_is_empty_or_outside_has_no_locator(start: int, end: int) -> None:
    with pytest.raises(LocatorError, match="empty or outside"):
        locator(TEXT, start, end)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ({"find": "🚢"}, "🚢"),
        ({"find": "Zwölf", "nth": 2}, "Zwölf"),
        ({"from": "Boote —", "to": "”"}, "Boote — “zwölf”"),
        ({"find": "Boote", "after": "zwölf"}, "Boote"),
        ({"from": "Zwölf", "to": "Boote", "nth": 2}, "Zwölf 🚢 Boote"),
        ({"find": "!\r\nZ"}, "!\r\nZ"),
    ],
)
def test_quoted_words_become_the_locator_of_their_span(draft: dict[str, Any], words: str) -> None:
    found = resolve(draft, TEXT)

    assert TEXT[found["start"] : found["end"]] == words
    assert resolves(TEXT, **found)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        ({"find": "Boat"}, "quote it exactly"),
        ({"find": "Zwölf"}, "more than once"),
        ({"find": "Zwölf", "nth": 3}, "quote it exactly"),
        ({"find": "Boote", "after": "nie"}, "no 'nie'"),
        ({"from": "🚢", "to": "Zwölf"}, "behind"),
    ],
)
def test_words_that_do_not_name_one_span_are_refused(draft: dict[str, Any], message: str) -> None:
    with pytest.raises(LocatorError, match=message):
        resolve({"at": [draft]}, TEXT)


def test_a_record_is_resolved_all_the_way_down() -> None:
    record = resolve({"id": "x", "span": {"find": "🚢"}, "at": [{"find": "!"}], "none": None}, TEXT)

    assert (record["id"], record["none"], TEXT[record["start"]]) == ("x", None, "🚢")
    assert TEXT[record["at"][0]["start"]] == "!"


def test_a_partition_reaches_from_each_beginning_to_the_next() -> None:
    rows = list(resolve_partition([{"begins": "Zw", "label": "a"}, {"begins": "“zw", "label": "b"}], TEXT))

    assert [TEXT[row["start"] : row["end"]] for row in rows] == ["Zwölf Boote — ", TEXT[14:]]


@pytest.mark.parametrize("begins", [["Boote"], ["Zwölf", "nie"], []])
def test_a_partition_that_does_not_begin_with_the_capture_is_refused(begins: list[str]) -> None:
    with pytest.raises(LocatorError):
        list(resolve_partition([{"begins": words} for words in begins], TEXT))


def test_spans_are_found_again_by_their_hashes_after_the_text_moved() -> None:
    old = "Menu\nThe boat left. Nobody saw the boat.\nEnd"
    new = "A longer menu\nThe boat left. Few saw it, but they knew the boat.\n"
    spans = [(5, 19, "The boat left."), (9, 13, "boat"), (35, 39, "boat"), (20, 26, "Nobody")]
    hashed = {words: (start, end, str(locator(old, start, end)["sha256"])) for start, end, words in spans[:1]}
    near, far = (9, 13, str(locator(old, 9, 13)["sha256"])), (35, 39, str(locator(old, 35, 39)["sha256"]))
    gone = (20, 26, str(locator(old, 20, 26)["sha256"]))

    moved = Relocation(new, [*hashed.values(), near, far, gone]).moved

    assert new[slice(*moved[hashed["The boat left."]])] == "The boat left."
    assert moved[near] == (18, 22)
    assert gone not in moved
