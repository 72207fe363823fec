"""Strings are in one of some ways that they may be if each of their bytes is, whatever stands beside them."""

from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa
import pytest

from dataset_packager.columns import fast as columnar
from dataset_packager.columns.fast.text_ways import TextWays, word_ways

pytestmark = pytest.mark.skipif(columnar.why_exact() is not None, reason=columnar.why_exact() or "")
WORDS = ["", "a", "\x00", "a\x00", "card", "invoice", "persons!", "persons!a", "a" * 16, "é" * 8, "ключ", "a" * 17]
LONG = ["b" * 63, "b" * 64, "b" * 65, "b" * 300]


def test_strings_are_equal_to_a_word_if_their_bytes_are() -> None:
    random = Random(1)  # noqa: S311 - no secret
    for size in (0, 1, 2, 5, 300):
        texts = random.choices(WORDS + LONG, k=size)
        sliced = pa.array([None, "before", *texts, None])[2 : 2 + size]
        for some in ([], WORDS[:3], WORDS, *([word] for word in (*WORDS, LONG[1]))):
            ways = word_ways(word.encode() for word in some)
            asked = np.array([random.random() < 0.8 for _ in texts], np.bool_)
            left = [bool(one) and text not in some for one, text in zip(asked, texts, strict=True)]
            assert ways.left(sliced, asked).tolist() == left, (texts, some)


def test_each_place_has_its_ranges_and_each_size_its_way() -> None:
    even = [((0x30, 0x39), (0x61, 0x66))] * 40
    ways = TextWays([(even, [2, 40], False), ([[(0xC3, 0xC3)], [(0x80, 0xBF)], [(0x21, 0x21)]], [3], False)])
    texts = [
        "",
        "0",
        "0f",
        "0g",
        "0f0",
        "é",
        "é!",
        "e!!",
        "0" * 40,
        "0" * 39 + "/",
        "0" * 17 + ":" + "0" * 22,
        "9" * 41,
    ]
    left = ways.left(pa.array(texts), np.ones(len(texts), np.bool_))
    assert [text for text, one in zip(texts, left, strict=True) if not one] == ["0f", "é!", "0" * 40]


def test_strings_begin_as_a_way_does_whatever_is_behind() -> None:
    ways = TextWays([([[(0x61, 0x63)]] * 20, [20], True)])
    texts = ["abc" * 6, "abc" * 6 + "ab", "abc" * 100, "abc" * 6 + "é" * 50, "abc" * 6 + "ad", "d" + "abc" * 6 + "a"]
    assert ways.left(pa.array(texts), np.ones(len(texts), np.bool_)).tolist() == [True, False, False, True, True, True]
    everything = TextWays([([], [0], True)])
    assert not everything.left(pa.array(["", "a", "é" * 99]), np.ones(3, np.bool_)).any()
