"""Patterns that say of each place of a string which characters may stand there, held against all strings at once.

Most patterns of identifiers, codes and times are such. Only what is the same in every kind of regular expression is
understood, and only of strings of ASCII; all other ones are left to the gate's engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import compress, groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.rules.pattern_reader import NotFixed, Reader, ranges
from dataset_packager.columns.rules.text_words import WORD, masks, text_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_packager.columns.rules.checks import Ints, Mask
    from dataset_packager.columns.rules.pattern_reader import Option
    from dataset_packager.columns.rules.text_words import TextWords, Words

MOST_PARTS, MOST_AT_ONCE = 8, 4
_HIGH = np.uint64(0x8080808080808080)
_PRINTABLE = frozenset(range(0x20, 0x7F))


@dataclass(frozen=True)
class OneSize:
    """Strings of one size, or that begin with one: each place has its characters, in one of several ways."""

    options: tuple[Option, ...]
    begins: bool = False

    def taken(self, texts: TextWords, where: Mask) -> tuple[Ints, Mask]:
        """Return the strings of this size, and whether each of their characters may stand there."""
        size = len(self.options[0])
        bits = masks(np.array(size))
        rows = np.flatnonzero(where & (texts.sizes >= size if self.begins else texts.sizes == size))
        wrong = [np.zeros(len(rows), np.uint64) for _ in self.options]
        for first in [*range(0, size - WORD, WORD), max(size - WORD, 0)] if size else ():
            words = texts.at(texts.starts[rows] + first) if self.begins else texts.of_size(rows, size, first)
            words &= bits
            for outside, option in zip(wrong, self.options, strict=True):
                outside |= _outside(words, _ends(option, first))
        return rows, reduce(np.logical_or, (outside & _HIGH == 0 for outside in wrong))


@dataclass(frozen=True)
class SomeSizes:
    """Strings of some sizes: each place has its characters, and shorter strings end sooner."""

    places: Option
    sizes: frozenset[int]

    @property
    def options(self) -> tuple[Option, ...]:
        """The characters of each place, for each size."""
        return tuple(self.places[:size] for size in sorted(self.sizes))

    def taken(self, texts: TextWords, where: Mask) -> tuple[Ints, Mask]:
        """Return the strings of these sizes, and whether each of their characters may stand there."""
        known = np.zeros(len(self.places) + 2, np.bool_)
        known[list(self.sizes)] = True
        rows = np.flatnonzero(where & known.take(texts.sizes, mode="clip"))
        sizes = texts.sizes[rows]
        wrong = _outside(texts.first[rows], _ends(self.places, 0)) & masks(sizes)
        for first in range(WORD, len(self.places), WORD):
            longer = np.flatnonzero(sizes > first)
            bits = masks(sizes[longer] - first)
            words = texts.at(texts.starts[rows[longer]] + first) & bits
            wrong[longer] |= _outside(words, _ends(self.places, first)) & bits
        return rows, np.asarray(wrong & _HIGH == 0)


@dataclass(frozen=True)
class FixedPattern:
    """The strings that a pattern takes.

    Attributes:
        longest: up to how many characters of ASCII a string has that surely doesn't match if it isn't taken.
    """

    parts: tuple[OneSize | SomeSizes, ...]
    longest: float = -1

    def samples(self) -> Iterator[str]:
        """Yield strings that the pattern takes: with the first and the last character of each range at each place."""
        for part in self.parts:
            behind = ["", "\n~é"] if isinstance(part, OneSize) and part.begins else [""]
            for option in part.options:
                yield from (_first_of(option).decode("ascii") + text for text in behind)
            for option in part.options if isinstance(part, OneSize) else [part.places]:
                for place, characters in enumerate(option):
                    yield from _with(option, place, {end for ends in ranges(characters) for end in ends})

    def neighbours(self) -> Iterator[str]:
        """Yield strings that don't match: one character beside a range, or one too many or too few."""
        found = [""]
        for option in {option for part in self.parts for option in part.options}:
            whole = _first_of(option).decode("ascii")
            found += [whole[1:], whole[:-1], whole + whole[-1:], "~" + whole]
            for place, characters in enumerate(option):
                beside = {end + step for ends in ranges(characters) for end, step in zip(ends, (-1, 1), strict=True)}
                found += _with(option, place, beside & _PRINTABLE)
        texts, everywhere = text_words(pa.array(found)), np.ones(len(found), np.bool_)
        refused = self.refused(texts, everywhere & ~self.taken(texts, everywhere))
        return compress(found, refused.tolist())

    def refused(self, texts: TextWords, where: Mask) -> Mask:
        """Return which of some strings that the pattern doesn't take surely don't match."""
        return where & (texts.sizes <= self.longest) & texts.plain

    def taken(self, texts: TextWords, where: Mask) -> Mask:
        """Return which of some strings the pattern takes; those that aren't of ASCII it never does."""
        taken = np.zeros(len(where), np.bool_)
        for part in self.parts:
            rows, fits = part.taken(texts, where & ~taken)
            taken[rows] = fits
        return taken


def _first_of(option: Option) -> bytes:
    return bytes(ranges(characters)[0][0] for characters in option)


def _with(option: Option, place: int, characters: Iterable[int]) -> Iterator[str]:
    """Yield strings of an option with each of some characters at a place."""
    plain = _first_of(option)
    for character in characters:
        yield (plain[:place] + bytes([character]) + plain[place + 1 :]).decode("ascii")


def _outside(words: Words, ends: list[tuple[Any, Any]]) -> Words:
    """Return words in which the high bit of each byte says whether it lies outside of all ranges, or of ASCII."""
    found: Any = None
    for to_last, to_first in ends:  # no byte of ASCII carries over into the next one
        outside, reaches_first = words + to_last, words + to_first
        np.invert(reaches_first, out=reaches_first)
        outside |= reaches_first
        found = outside if found is None else found & outside
    found |= words
    return np.asarray(found)


@lru_cache(maxsize=1024)
def _ends(places: Option, first: int) -> list[tuple[Any, Any]]:
    """Return what sets the high bits of characters behind a range, and of those from its first one on.

    One pair has a range of each place of the word from one on, the next pair has their other ranges.
    """
    runs = [ranges(characters) for characters in places[first : first + WORD]]
    each = [[one[min(number, len(one) - 1)] for one in runs] for number in range(max(map(len, runs), default=0))]
    free = [(0, 0)] * (WORD - len(runs))  # bytes that are masked
    return [(_word(127 - last for _, last in some + free), _word(128 - one for one, _ in some + free)) for some in each]


def _word(characters: Iterator[int]) -> Any:
    return np.uint64(int.from_bytes(bytes(characters), "little"))


_YEAR, _DAY = "[1-9][0-9]{3}", "(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-8])"
_OTHER_DAYS = "(?:0[1-9]|1[0-2])-19|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[+-]0[0-9]:[0-5][0-9])"
_FORMATS = {
    "date": f"^{_YEAR}-(?:{_DAY}|{_OTHER_DAYS})$",
    "date-time": f"^{_YEAR}-{_DAY}T{_TIME}$",
    "uuid": "^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
}


def pattern_of_format(name: str) -> FixedPattern | None:
    """Return strings that surely have a format, though not all that have it; None for most formats."""
    pattern = fixed_pattern(_FORMATS[name]) if name in _FORMATS else None
    return pattern and FixedPattern(pattern.parts)


@lru_cache(maxsize=1024)
def fixed_pattern(pattern: str) -> FixedPattern | None:
    """Return strings that a pattern takes (all but very long ones), or None where that isn't plain to see."""
    reader = Reader(pattern)
    try:
        options = reader.whole()
    except NotFixed:
        return None
    parts = tuple(_beginnings(options) if reader.begins else _parts(options))
    return FixedPattern(parts, reader.longest) if len(parts) <= MOST_PARTS else None


def _beginnings(options: Sequence[Option]) -> Iterator[OneSize]:
    """Yield the options that strings may begin with, without those that begin like a shorter one."""
    shortest: list[Option] = []
    for option in sorted(options, key=len):
        if not any(option[: len(each)] == each for each in shortest):
            shortest.append(option)
    for _, same in groupby(shortest, len):
        yield OneSize(tuple(same), begins=True)


def _parts(options: Sequence[Option]) -> Iterator[OneSize | SomeSizes]:
    """Yield the options, those together that begin alike, else those of one size."""
    chains: list[list[Option]] = []
    for option in sorted(options, key=len):
        chain = next((chain for chain in chains if option[: len(chain[-1])] == chain[-1]), None)
        if chain is None:
            chains.append(chain := [])
        chain.append(option)
    single = [chain[0] for chain in chains if len(chain) == 1]
    for _, same in groupby(single, len):
        alike = list(same)
        for begin in range(0, len(alike), MOST_AT_ONCE):  # what the first ones take, the others needn't look at
            yield OneSize(tuple(alike[begin : begin + MOST_AT_ONCE]))
    for chain in chains:
        if len(chain) > 1:
            yield SomeSizes(chain[-1], frozenset(map(len, chain)))
