"""The bytes of strings, eight at once, are those of the strings."""

from __future__ import annotations

from random import Random

import numpy as np
import pyarrow as pa

from dataset_packager.columns.rules.text_words import text_words

WORDS = [
    "",
    "a",
    "\x00",
    "a\x00",
    "card",
    "invoice",
    "persons!",
    "persons!a",
    "a" * 16,
    "é" * 8,
    "ключ",
    "a" * 17,
    "b" * 40,
]


def test_strings_are_equal_to_a_short_one_if_their_bytes_are() -> None:
    random = Random(1)  # noqa: S311 - no secret
    for size in (0, 1, 2, 5, 300):
        texts = random.choices(WORDS, k=size)
        sliced = pa.array([None, "before", *texts, None])[2 : 2 + size]
        for word in (word for word in WORDS if len(word.encode()) <= 16):
            assert text_words(sliced).equal(word.encode()).tolist() == [text == word for text in texts], (texts, word)


def test_first_and_last_bytes_are_those_of_each_string_whatever_stands_beside_it() -> None:
    words = text_words(pa.array(WORDS))
    assert [word.encode()[:8] for word in WORDS] == [
        int(first).to_bytes(8, "little")[:size] for first, size in zip(words.first, words.sizes.tolist(), strict=True)
    ]
    assert [word.encode()[-8:] for word in WORDS] == [
        int(last).to_bytes(8, "little")[:size] for last, size in zip(words.last, words.sizes.tolist(), strict=True)
    ]


def test_a_column_of_nothing_but_empty_strings_has_no_string_of_any_other_size() -> None:
    words = text_words(pa.array(["", ""]))
    assert words.of_size(np.zeros(0, np.int64), 40, 32).tolist() == []


def test_plain_strings_have_printable_characters_of_ascii_and_no_others() -> None:
    texts = ["", "a ~", "\x1f", "\x7f", "a\n", "é", "x" * 20, "x" * 20 + "\t"]
    assert text_words(pa.array([None, *texts])[1:]).plain.tolist() == [
        text.isascii() and text.isprintable() for text in texts
    ]
    assert text_words(pa.array(["a", "", "b"])).plain.all()
