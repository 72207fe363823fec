"""Patterns that say of each place of a string which characters may stand there, held against all strings at once.

Most patterns of identifiers, codes and times are such. Only what is the same in every kind of regular expression is
understood, and only of strings of ASCII; all other ones are left to the gate's engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dataset_packager.columns.fast.text_ways import TextWays
from dataset_packager.columns.fast.texts import plain_sizes
from dataset_packager.columns.rules.pattern_reader import NotFixed, Reader, ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dataset_packager.columns.fast.texts import Doubles
    from dataset_packager.columns.rules.checks import Mask
    from dataset_packager.columns.rules.pattern_reader import Option

MOST_CHAINS = 32
_PRINTABLE = frozenset(range(0x20, 0x7F))


@dataclass(frozen=True)
class Chain:
    """Strings of some sizes, or that begin with one: each place has its characters, and shorter strings end sooner."""

    places: Option
    sizes: frozenset[int]
    begins: bool = False

    @property
    def options(self) -> tuple[Option, ...]:
        """The characters of each place, for each size."""
        return tuple(self.places[:size] for size in sorted(self.sizes))


@dataclass(frozen=True)
class FixedPattern:
    """The strings that a pattern takes.

    Attributes:
        longest: up to how many characters of ASCII a string has that surely doesn't match if it isn't taken.
    """

    chains: tuple[Chain, ...]
    longest: float = -1

    def samples(self) -> Iterator[str]:
        """Yield strings that the pattern takes: with the first and the last character of each range at each place."""
        for chain in self.chains:
            behind = ["", "\n~é"] if chain.begins else [""]
            for option in chain.options:
                yield from (_first_of(option).decode("ascii") + text for text in behind)
            for place, characters in enumerate(chain.places):
                yield from _with(chain.places, place, {end for ends in ranges(characters) for end in ends})

    def neighbours(self) -> Iterator[str]:
        """Yield strings that don't match: one character beside a range, or one too many or too few."""
        found = [""]
        for option in {option for chain in self.chains for option in chain.options}:
            whole = _first_of(option).decode("ascii")
            found += [whole[1:], whole[:-1], whole + whole[-1:], "~" + whole]
            for place, characters in enumerate(option):
                beside = {end + step for ends in ranges(characters) for end, step in zip(ends, (-1, 1), strict=True)}
                found += _with(option, place, beside & _PRINTABLE)
        texts = pa.array(found)
        left = self.ways.left(texts, np.ones(len(found), np.bool_))
        return compress(found, self.refused(plain_sizes(texts), left).tolist())

    def refused(self, sizes: Doubles, where: Mask) -> Mask:
        """Return which of some strings that the pattern doesn't take surely don't match, by their ``plain_sizes``."""
        return where & (sizes <= self.longest)

    @cached_property
    def ways(self) -> TextWays:
        """What looks for strings that the pattern doesn't take; those that aren't of ASCII it never does."""
        return TextWays([(list(map(ranges, chain.places)), chain.sizes, chain.begins) for chain in self.chains])


def _first_of(option: Option) -> bytes:
    return bytes(ranges(characters)[0][0] for characters in option)


def _with(option: Option, place: int, characters: Iterable[int]) -> Iterator[str]:
    """Yield strings of an option with each of some characters at a place."""
    plain = _first_of(option)
    for character in characters:
        yield (plain[:place] + bytes([character]) + plain[place + 1 :]).decode("ascii")


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
    return pattern and FixedPattern(pattern.chains)


@lru_cache(maxsize=1024)
def fixed_pattern(pattern: str) -> FixedPattern | None:
    """Return strings that a pattern takes (all but very long ones), or None where that isn't plain to see."""
    reader = Reader(pattern)
    try:
        options = reader.whole()
    except NotFixed:
        return None
    chains = tuple(_beginnings(options) if reader.begins else _chains(options))
    return FixedPattern(chains, reader.longest) if len(chains) <= MOST_CHAINS else None


def _beginnings(options: Sequence[Option]) -> Iterator[Chain]:
    """Yield the options that strings may begin with, without those that begin like a shorter one."""
    shortest: list[Option] = []
    for option in sorted(options, key=len):
        if not any(option[: len(each)] == each for each in shortest):
            shortest.append(option)
            yield Chain(option, frozenset([len(option)]), begins=True)


def _chains(options: Sequence[Option]) -> Iterator[Chain]:
    """Yield the options, those together that begin alike."""
    chains: list[list[Option]] = []
    for option in sorted(options, key=len):
        chain = next((chain for chain in chains if option[: len(chain[-1])] == chain[-1]), None)
        if chain is None:
            chains.append(chain := [])
        chain.append(option)
    for chain in chains:
        yield Chain(chain[-1], frozenset(map(len, chain)))
