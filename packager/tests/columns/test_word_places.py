"""Words of a list are found wherever they stand, compiled as by Arrow."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from columns.fast.guarded import Region
from dataset_packager.columns import word_places
from dataset_packager.columns.fast import why_exact
from dataset_packager.columns.fast.kernel_loader import function
from dataset_packager.columns.word_places import as_places, listed_words

if TYPE_CHECKING:
    from collections.abc import Sequence

STEMS = ("", "a", "é", "seven..", "eight...", "nine.....", "fifteen bytes..", "sixteen bytes...", "x" * 17, "x" * 40)


def words(random: Random) -> list[str]:
    """Return different words, of which some differ in their last byte, in one of the middle, or in their size alone."""
    made = [stem + end for stem in STEMS for end in ("", "a", "b")] + ["x" * 20 + "y" + "x" * 19]
    different = sorted(set(made))
    return random.sample(different, random.randint(1, len(different)))


def both_ways(texts: pa.Array, listed: pa.Array, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the same texts as places, as this machine's kernel gives them and as Arrow does."""
    found = [as_places(texts, listed)]
    with monkeypatch.context() as patched:
        patched.setattr(word_places, "function", lambda _: None)
        return [*found, as_places(texts, listed)]


def test_texts_are_the_places_of_their_words_with_and_without_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(300):
        random = Random(seed)  # noqa: S311 - no secret
        listed = words(random)
        nulls = [None] * random.choice([0, 0, 1, 9])
        rows: Sequence[str | None] = random.choices([*listed, *nulls], k=random.randint(0, 60))
        begin = random.randint(0, len(rows))
        texts = pa.array([*rows, "behind"], pa.string()).slice(begin, len(rows) - begin)
        for found in both_ways(texts, pa.array(listed), monkeypatch):
            assert found.to_pylist() == rows[begin:], seed
            assert found.dictionary.to_pylist() == [word for word in listed if word in rows[begin:]]


def test_what_isnt_listed_stands_behind_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["b", "zz", None, "a", "z", "zz", "b"]
    for found in both_ways(pa.array(rows), pa.array(["a", "b", "c"]), monkeypatch):
        assert found.to_pylist() == rows
        assert found.dictionary.to_pylist() == ["a", "b", "zz", "z"]


@pytest.mark.skipif(why_exact() is not None, reason=why_exact() or "")
def test_no_byte_behind_the_last_text_or_word_is_read() -> None:
    look_up, (texts, listed), places = function("look_up"), (Region(), Region()), np.empty(3, np.int32)
    assert look_up is not None
    for size in range(20):
        rows = [b"x" * 9, b"y" * size, b"x" * size]
        words_at_end = [b"x" * 9, b"z", *([b"x" * size] if size != 9 else []), b"y" * size]
        ends = [np.cumsum([0, *map(len, each)]).astype(np.int32) for each in (rows, words_at_end)]
        if size == 0:
            words_at_end, ends[1] = words_at_end[:-1], ends[1][:-1]
        laid_out = (region.put(b"".join(each), at_end=True) for region, each in ((texts, rows), (listed, words_at_end)))
        slots = np.zeros((512, 4), np.int64)
        where = [(place, end.ctypes.data, len(end) - 1) for place, end in zip(laid_out, ends, strict=True)]
        assert look_up(*where[0], *where[1], slots.ctypes.data, places.ctypes.data) == 3
        assert [words_at_end[place] for place in places] == rows


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        (["b", None, "a", 7, "b"], ["b", "a"]),
        (["\ud800", "a"], ["a"]),
        ([str(number) for number in range(200)], 200),
        ([str(number) for number in range(201)], []),
        (["x" * 2**16], 1),
        (["x" * 2**16, "y"], []),
    ],
)
def test_few_and_short_texts_that_a_schema_lists_are_taken_in_its_order(listed: list[Any], found: Any) -> None:
    field = pa.field("a", pa.string(), metadata={"enum": json.dumps(listed)})
    taken = listed_words(field).to_pylist()
    assert (len(taken) if isinstance(found, int) else taken) == found
    assert listed_words(pa.field("a", pa.string())).to_pylist() == []
