"""Strings have the same code only if they are the same, and a size only if they are plain."""

from __future__ import annotations

import math
from random import Random

import pyarrow as pa
import pytest

from dataset_packager.columns.fast import kernel_loader as compiled
from dataset_packager.columns.fast.texts import plain_sizes, text_codes

WORDS = [
    "", "a", "\x00", "a\x00", "\x00\x00", "b" * 7, "b" * 8, "b" * 8 + "\x00", "b" * 9, "é" * 8, "ключ", "a" * 300,
    "a" * 299 + "b", "b" + "a" * 299, "a" * 150 + "b" + "a" * 149, *map(str, range(3000)),
]  # fmt: skip


@pytest.mark.parametrize("kernel", ["compiled", "none"])
def test_strings_have_the_same_code_if_they_are_the_same(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kernel == "none":
        monkeypatch.setattr(compiled, "found", lambda: ({}, "pretended"))
    random = Random(2)  # noqa: S311 - no secret
    for count in (0, 1, 2, 4000):
        texts = random.choices(WORDS, k=count)
        codes = text_codes(pa.array([None, "before", *texts, None])[2 : 2 + count]).tolist()
        assert len(codes) == count
        assert len(set(codes)) == len(set(texts)) == len(set(zip(codes, texts, strict=True)))


def test_plain_strings_have_printable_characters_of_ascii_and_no_others() -> None:
    texts = ["", "a ~", "\x1f", "\x7f", "a\n", "é", "x" * 20, "x" * 20 + "\t"]
    sizes = plain_sizes(pa.array([None, *texts])[1:]).tolist()
    assert [None if math.isnan(size) else size for size in sizes] == [
        len(text) if text.isascii() and text.isprintable() else None for text in texts
    ]
    assert plain_sizes(pa.array(["a", "", "b"])).tolist() == [1, 0, 1]
    assert plain_sizes(pa.array([], pa.string())).tolist() == []
