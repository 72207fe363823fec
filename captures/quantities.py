"""Numbers in running English text: where they stand and what they are worth.

Spelled numbers and ordinals are recognised by ``text2num``. This module adds what it leaves out: digits with thousands
separators, multipliers behind digits (2.5 million, 3bn), plural magnitudes (tens of thousands), dozens, fractions.
Digits that belong to a name (T-72, G7) are no numbers.

Measured on 37 forms found in news: ``quantulum3`` (24 MB) takes 3bn for barn newtons, averages ranges and passes over
plural magnitudes and ordinals; ``word2number`` and ``number-parser`` give no places and have not changed for years.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from text_to_num import find_numbers  # type: ignore[import-untyped]  # it has no stubs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

EXACT, VAGUE, ORDINAL = "exact", "vague", "ordinal"

_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]|\s+|_")
_IN_NAME = re.compile(r"(?:[^\W\d_]|\b[A-Z][A-Za-z]{0,3}-)$")
_MAGNITUDES = {"dozens": 12, "tens": 10, "hundreds": 100, "thousands": 1e3, "millions": 1e6, "billions": 1e9}
_MULTIPLIERS = {"dozen": 12, "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_FUSED = {"k": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "bn": 1e9, "tn": 1e12}
_PART = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_PARTS = _PART | {f"{name}s": part for name, part in _PART.items() if name != "half"}
_ALSO_ORDINAL = frozenset({"third", "fifth", "tenth"})  # what text2num finds, as ordinals
_ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
_CURRENCIES = frozenset("$£€¥₴₽")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``start..end`` (code points): its value, and how it is meant: exact, ordinal or vague.

    ``vague`` is a plural magnitude (thousands), whose value is the least that it can mean. ``factor`` is the multiplier
    that the value includes; ``word`` is what is printed.
    """

    start: int
    end: int
    value: float
    sort: str
    word: str
    factor: float = 1


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a number in digits, a mark or white space, in the form that ``find_numbers`` asks for."""

    word: str
    start: int
    end: int

    def text(self) -> str:
        """Return the word, with a mark in place of what is read here and not there."""
        return "#" if self.word[0].isdigit() or self.word.lower() in _MAGNITUDES else self.word

    def nt_separated(self, _previous: _Token) -> bool:
        """Say that nothing but the text separates words."""
        return False

    def not_a_number_part(self) -> bool:
        """Say that no word is ruled out beforehand."""
        return False


def numbers(text: str) -> list[Number]:
    """Return every number in the text, in order; what multiplies or divides a number belongs to it."""
    tokens = [_Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
    atoms = sorted([*_spelled(text, tokens), *_words(tokens), *_digits(text, tokens)], key=lambda atom: atom.start)
    found: list[Number] = []
    for atom in atoms:
        joined = _joined(found[-1], text[found[-1].end : atom.start], atom) if found else None
        if joined:
            found[-1] = joined
        elif not found or atom.start >= found[-1].end:
            found.append(atom)
    return [number for number in found if number.word.lower() not in _ONLY_BEHIND_A_NUMBER]


_ONLY_BEHIND_A_NUMBER = frozenset({"quarter", "quarters", "tenths", "fifths", "thirds"})


def _spelled(text: str, tokens: list[_Token]) -> Iterator[Number]:
    for found in find_numbers(tokens, "en", 0.0):
        start, end = tokens[found.start].start, tokens[found.end - 1].end
        word = text[start:end]
        pronoun = word.lower() == "one" and re.search(r"\bno\s$", text[:start], re.IGNORECASE)
        if not pronoun and word.lower() not in _PARTS.keys() - _ALSO_ORDINAL:
            factor = _MULTIPLIERS.get(word.split()[-1].lower(), 1)
            yield Number(start, end, found.value, ORDINAL if found.is_ordinal else EXACT, word, factor)


def _words(tokens: Iterable[_Token]) -> Iterator[Number]:
    """Yield the words that ``text2num`` doesn't take for numbers: plural magnitudes, dozen, half, plural parts."""
    for token in tokens:
        word = token.word.lower()
        if word in _MAGNITUDES:
            yield Number(token.start, token.end, _MAGNITUDES[word], VAGUE, token.word)
        elif word == "dozen":
            yield Number(token.start, token.end, 12, EXACT, token.word)
        elif word in _PARTS and word not in _ALSO_ORDINAL:
            yield Number(token.start, token.end, 1 / _PARTS[word], EXACT, token.word)


def _digits(text: str, tokens: list[_Token]) -> Iterator[Number]:
    for token, following in zip_longest(tokens, tokens[1:]):
        if not token.word[0].isdigit() or _IN_NAME.search(text, 0, token.start):
            continue
        value = float(token.word.replace(",", ""))
        behind = following.word.lower() if following else ""
        if following and behind in _ORDINAL_ENDINGS:
            yield Number(token.start, following.end, value, ORDINAL, text[token.start : following.end])
        elif following and behind in _FUSED and (behind != "m" or text[token.start - 1 : token.start] in _CURRENCIES):
            factor = _FUSED[behind]
            yield Number(token.start, following.end, value * factor, EXACT, token.word, factor)
        else:
            yield Number(token.start, token.end, value, EXACT, token.word)


def _joined(left: Number, between: str, right: Number) -> Number | None:
    """Return the one number that two neighbours make together, or None where they are two."""
    gap, word = re.sub(r"\s+", " ", between.lower()), right.word.lower()
    if left.sort == VAGUE:
        return _scaled(left, right) if right.sort == VAGUE and gap == " of " else None
    if left.sort == EXACT and word in _MULTIPLIERS and gap in {" ", "-"}:
        return _scaled(left, right)
    if left.word.lower() == "half" and gap == " a " and right.sort == EXACT:
        return _scaled(left, right)
    if left.sort == EXACT and gap == " and a " and word in {"half", "quarter", "third"}:
        return replace(left, end=right.end, value=left.value + 1 / _PARTS[word])
    if left.sort == EXACT and gap in {" ", "-"} and word in _PARTS and (left.value == 1) != word.endswith("s"):
        return replace(left, end=right.end, value=left.value / _PARTS[word], word=f"{left.word} {word}")
    return None


def _scaled(left: Number, right: Number) -> Number:
    return replace(left, end=right.end, value=left.value * right.value, factor=left.factor * right.value)
