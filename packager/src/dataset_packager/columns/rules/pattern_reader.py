"""Reads patterns that say of each place of a string which characters may stand there.

Only what is the same in every kind of regular expression is understood.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_OPTIONS, MOST_CHARACTERS, MOST_RANGES = 64, 64, 5
MOST_TIMES = 32  # of what may be repeated without end: longer strings are put to the engine
_DIGITS, _CAPITALS, _SMALL = frozenset(b"0123456789"), frozenset(range(65, 91)), frozenset(range(97, 123))
_NAMED = {"d": _DIGITS, "w": _DIGITS | _CAPITALS | _SMALL | {ord("_")}}
_REPEATED = re.compile(r"\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}")
_SPECIAL, _UNSURE = frozenset("^$\\.*+?()[]{}|"), frozenset("[&~^")

Characters = frozenset[int]
Option = tuple[Characters, ...]


class NotFixed(Exception):  # no error: the engine looks at each value
    """A pattern that isn't understood."""


class Reader:
    """Reads a pattern from left to right; whatever it doesn't know makes the pattern none that is fixed.

    Attributes:
        begins: whether the pattern says only how strings begin.
        longest: up to how many characters a string has that is surely read whole.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0
        self.begins, self.longest = False, np.inf

    def whole(self) -> tuple[Option, ...]:
        """Return the ways in which a string matches, or begins.

        Raises:
            NotFixed: that isn't plain to see.
        """
        self._expect("^")
        options = self._sequence()
        self.begins = not self._skip("$")
        if self._at < len(self._pattern) or "--" in self._pattern:  # which takes characters out of a set in some
            raise NotFixed
        if any(len(ranges(characters)) > MOST_RANGES for option in options for characters in option):
            raise NotFixed
        return tuple(dict.fromkeys(options))

    def _next(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        taken = self._next()
        self._at += 1
        return taken

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise NotFixed

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
            raise NotFixed
        if most == MOST_TIMES:
            self.longest = MOST_TIMES
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
            raise NotFixed
        return frozenset({ord(taken)})

    def _escaped(self) -> Characters:
        taken = self._take()
        if taken in _NAMED:
            return _NAMED[taken]
        if not taken or not taken.isascii() or taken.isalnum() or taken in "_<>" or not taken.isprintable():
            raise NotFixed
        return frozenset({ord(taken)})

    def _set(self) -> Characters:
        found: set[int] = set()
        while not self._skip("]"):
            first = self._member()
            if self._next() == "-" and self._pattern[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                last = self._member()
                if len(first) > 1 or len(last) > 1 or min(first) > min(last):
                    raise NotFixed
                first = frozenset(range(min(first), min(last) + 1))
            found |= first
        if not found:
            raise NotFixed
        return frozenset(found)

    def _member(self) -> Characters:
        taken = self._take()
        if taken == "\\":
            return self._escaped()
        if not taken or taken in _UNSURE or not taken.isascii():
            raise NotFixed
        return frozenset({ord(taken)})


def _joined(options: Sequence[Option], others: Sequence[Option]) -> list[Option]:
    if any(len(one) + len(other) > MOST_CHARACTERS for one in options for other in others):
        raise NotFixed
    return _few([one + other for one in options for other in others])


def _few(options: list[Option]) -> list[Option]:
    if len(options) > MOST_OPTIONS:
        raise NotFixed
    return options


@lru_cache(maxsize=1024)
def ranges(characters: Characters) -> list[tuple[int, int]]:
    """Return the first and last character of each run of neighbours."""
    ordered = sorted(characters)
    breaks = [(one, other) for one, other in pairwise(ordered) if other > one + 1]
    return list(
        zip([ordered[0], *(other for _, other in breaks)], [*(one for one, _ in breaks), ordered[-1]], strict=True)
    )
