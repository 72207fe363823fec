"""Patterns that say of each place of a string which characters may stand there, held against all strings at once.

Most patterns of identifiers, codes and times are such. Only what is the same in every kind of regular expression is
understood, and only strings of ASCII are taken; all other ones are left to the gate's engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.rules.text_words import WORD, masks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.columns.rules.checks import Ints, Mask
    from dataset_packager.columns.rules.text_words import TextWords, Words

MOST_OPTIONS, MOST_PARTS, MOST_CHARACTERS, MOST_RANGES, MOST_AT_ONCE = 64, 8, 64, 5, 4
MOST_TIMES = 32  # of what may be repeated without end: longer strings are put to the engine
_HIGH = np.uint64(0x8080808080808080)
_DIGITS, _CAPITALS, _SMALL = frozenset(b"0123456789"), frozenset(range(65, 91)), frozenset(range(97, 123))
_NAMED = {"d": _DIGITS, "w": _DIGITS | _CAPITALS | _SMALL | {ord("_")}}
_REPEATED = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}")
_SPECIAL, _UNSURE = frozenset("^$\\.*+?()[]{}|"), frozenset("[&~^")

Characters = frozenset[int]
Option = tuple[Characters, ...]


class _NotFixed(Exception):  # no error: the engine looks at each value
    """A pattern that isn't understood."""


@dataclass(frozen=True)
class OneSize:
    """Strings of one size: each place has its characters, in one of several ways."""

    options: tuple[Option, ...]

    def taken(self, texts: TextWords, where: Mask) -> tuple[Ints, Mask]:
        """Return the strings of this size, and whether each of their characters may stand there."""
        size = len(self.options[0])
        bits = masks(np.array(size))
        rows = np.flatnonzero(where & (texts.sizes == size))
        wrong = [np.zeros(len(rows), np.uint64) for _ in self.options]
        for first in [*range(0, size - WORD, WORD), max(size - WORD, 0)] if size else ():
            words = texts.of_size(rows, size, first) & bits
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
    """The strings that a pattern takes."""

    parts: tuple[OneSize | SomeSizes, ...]

    def samples(self) -> Iterator[str]:
        """Yield strings that the pattern takes: with the first and the last character of each range at each place."""
        for part in self.parts:
            for option in part.options:
                yield bytes(_ranges(characters)[0][0] for characters in option).decode("ascii")
            for option in part.options if isinstance(part, OneSize) else [part.places]:
                plain = [_ranges(characters)[0][0] for characters in option]
                for place, characters in enumerate(option):
                    for end in {end for ends in _ranges(characters) for end in ends}:
                        yield bytes([*plain[:place], end, *plain[place + 1 :]]).decode("ascii")

    def taken(self, texts: TextWords, where: Mask) -> Mask:
        """Return which of some strings the pattern takes; those that aren't of ASCII it never does."""
        taken = np.zeros(len(where), np.bool_)
        for part in self.parts:
            rows, fits = part.taken(texts, where & ~taken)
            taken[rows] = fits
        return taken


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
    ranges = [_ranges(characters) for characters in places[first : first + WORD]]
    each = [[one[min(number, len(one) - 1)] for one in ranges] for number in range(max(map(len, ranges), default=0))]
    free = [(0, 0)] * (WORD - len(ranges))  # bytes that are masked
    return [(_word(127 - last for _, last in some + free), _word(128 - one for one, _ in some + free)) for some in each]


def _word(characters: Iterator[int]) -> Any:
    return np.uint64(int.from_bytes(bytes(characters), "little"))


@lru_cache(maxsize=1024)
def _ranges(characters: Characters) -> list[tuple[int, int]]:
    """Return the first and last character of each run of neighbours."""
    ordered = sorted(characters)
    breaks = [(one, other) for one, other in pairwise(ordered) if other > one + 1]
    return list(
        zip([ordered[0], *(other for _, other in breaks)], [*(one for one, _ in breaks), ordered[-1]], strict=True)
    )


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
    return fixed_pattern(_FORMATS.get(name, ""))


@lru_cache(maxsize=1024)
def fixed_pattern(pattern: str) -> FixedPattern | None:
    """Return strings that a pattern takes (all but very long ones), or None where that isn't plain to see."""
    try:
        parts = tuple(_parts(_Parser(pattern).whole()))
    except _NotFixed:
        return None
    return FixedPattern(parts) if len(parts) <= MOST_PARTS else None


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


class _Parser:
    """Reads a pattern from left to right; whatever it doesn't know makes the pattern none that is fixed."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def whole(self) -> tuple[Option, ...]:
        self._expect("^")
        options = self._sequence()
        self._expect("$")
        if self._at < len(self._pattern) or "--" in self._pattern:  # which takes characters out of a set in some
            raise _NotFixed
        if any(len(_ranges(characters)) > MOST_RANGES for option in options for characters in option):
            raise _NotFixed
        return tuple(dict.fromkeys(options))

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        taken = self._next()
        self._at += 1
        return taken

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise _NotFixed

    def _skip(self, text: str) -> bool:
        there = self._pattern.startswith(text, self._at)
        self._at += len(text) * there
        return there

    def _sequence(self) -> list[Option]:
        options: list[Option] = [()]
        while self._next() not in ("", "$", "|", ")"):
            options = _joined(options, self._repeated(self._item()))
        return options

    def _item(self) -> list[Option]:
        if self._skip("("):
            self._skip("?:")
            options = self._sequence()
            while self._skip("|"):
                options += self._sequence()
            self._expect(")")
            return _few(options)
        return [(self._set() if self._skip("[") else self._character(),)]

    def _repeated(self, item: list[Option]) -> list[Option]:
        if self._skip("?"):
            least, most = 0, 1
        elif self._next() in ("+", "*"):
            least, most = int(self._take() == "+"), MOST_TIMES
        elif found := _REPEATED.match(self._pattern, self._at):
            self._at = found.end()
            least = int(found[1])
            most = int(found[3]) if found[3] else MOST_TIMES if found[2] else least
        else:
            return item
        if self._next() in tuple("?*+{") or least > most:
            raise _NotFixed
        options: list[Option] = []
        repeated: list[Option] = [()]
        for times in range(most + 1):
            if times:
                repeated = _joined(repeated, item)
            if times >= least:
                options = _few(options + repeated)
        return options

    def _character(self) -> Characters:
        taken = self._take()
        if taken == "\\":
            return self._escaped()
        if taken in _SPECIAL or not taken.isascii():
            raise _NotFixed
        return frozenset({ord(taken)})

    def _escaped(self) -> Characters:
        taken = self._take()
        if taken in _NAMED:
            return _NAMED[taken]
        if not taken or not taken.isascii() or taken.isalnum() or taken in "_<>" or not taken.isprintable():
            raise _NotFixed
        return frozenset({ord(taken)})

    def _set(self) -> Characters:
        found: set[int] = set()
        while not self._skip("]"):
            first = self._member()
            if self._next() == "-" and self._pattern[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                last = self._member()
                if len(first) > 1 or len(last) > 1 or min(first) > min(last):
                    raise _NotFixed
                first = frozenset(range(min(first), min(last) + 1))
            found |= first
        if not found:
            raise _NotFixed
        return frozenset(found)

    def _member(self) -> Characters:
        taken = self._take()
        if taken == "\\":
            return self._escaped()
        if not taken or taken in _UNSURE or not taken.isascii():
            raise _NotFixed
        return frozenset({ord(taken)})


def _joined(options: Sequence[Option], others: Sequence[Option]) -> list[Option]:
    if any(len(one) + len(other) > MOST_CHARACTERS for one in options for other in others):
        raise _NotFixed
    return _few([one + other for one in options for other in others])


def _few(options: list[Option]) -> list[Option]:
    if len(options) > MOST_OPTIONS:
        raise _NotFixed
    return options
