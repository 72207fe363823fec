"""Patterns that say of each place of a string which characters may stand there, held against all strings at once.

Most patterns of identifiers, codes and times are such. Only what is the same in every kind of regular expression is
understood, and only strings of ASCII are taken; all other ones are left to the gate's engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.fast.text_ways import text_ways

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.columns.fast.text_ways import TextWays

MOST_OPTIONS, MOST_CHAINS, MOST_RANGES = 64, 32, 5
MOST_CHARACTERS = layout.MOST_PLACES
MOST_TIMES = 32  # of what may be repeated without end: longer strings are put to the engine
_DIGITS, _CAPITALS, _SMALL = frozenset(b"0123456789"), frozenset(range(65, 91)), frozenset(range(97, 123))
_NAMED = {"d": _DIGITS, "w": _DIGITS | _CAPITALS | _SMALL | {ord("_")}}
_REPEATED = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}")
_SPECIAL, _UNSURE = frozenset("^$\\.*+?()[]{}|"), frozenset("[&~^")

Characters = frozenset[int]
Option = tuple[Characters, ...]


class _NotFixed(Exception):  # no error: the engine looks at each value
    """A pattern that isn't understood."""


@dataclass(frozen=True)
class Chain:
    """Strings of some sizes: each place has its characters, and shorter strings end sooner."""

    places: Option
    sizes: frozenset[int]

    @property
    def options(self) -> tuple[Option, ...]:
        """The characters of each place, for each size."""
        return tuple(self.places[:size] for size in sorted(self.sizes))


@dataclass(frozen=True)
class FixedPattern:
    """The strings that a pattern takes."""

    chains: tuple[Chain, ...]

    def samples(self) -> Iterator[str]:
        """Yield strings that the pattern takes: with the first and the last character of each range at each place."""
        for chain in self.chains:
            for option in chain.options:
                yield bytes(_ranges(characters)[0][0] for characters in option).decode("ascii")
            plain = [_ranges(characters)[0][0] for characters in chain.places]
            for place, characters in enumerate(chain.places):
                for end in {end for ends in _ranges(characters) for end in ends}:
                    yield bytes([*plain[:place], end, *plain[place + 1 :]]).decode("ascii")

    @cached_property
    def ways(self) -> TextWays | None:
        """What looks for strings that the pattern doesn't take; None where there is no kernel."""
        return text_ways([(list(map(_ranges, chain.places)), chain.sizes) for chain in self.chains])


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
        chains = tuple(_chains(_Parser(pattern).whole()))
    except _NotFixed:
        return None
    return FixedPattern(chains) if len(chains) <= MOST_CHAINS else None


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
