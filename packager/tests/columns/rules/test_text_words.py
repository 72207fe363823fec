"""The bytes of strings, eight at once, are those of the strings."""

from __future__ import annotations

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


def test_first_and_last_bytes_are_those_of_each_string_whatever_stands_beside_it() -> None:
    words = text_words(pa.array(WORDS))
    assert [word.encode()[:8] for word in WORDS] == [
        int(first).to_bytes(8, "little")[:size] for first, size in zip(words.first, words.sizes.tolist(), strict=True)
    ]
    assert [word.encode()[-8:] for word in WORDS] == [
        int(last).to_bytes(8, "little")[:size] for last, size in zip(words.last, words.sizes.tolist(), strict=True)
    ]


def test_plain_strings_have_printable_characters_of_ascii_and_no_others() -> None:
    texts = ["", "a ~", "\x1f", "\x7f", "a\n", "é", "x" * 20, "x" * 20 + "\t"]
    assert text_words(pa.array([None, *texts])[1:]).plain.tolist() == [
        text.isascii() and text.isprintable() for text in texts
    ]
    assert text_words(pa.array(["a", "", "b"])).plain.all()
