"""Which column types fit every value seen so far: the types themselves say so, batch by batch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.canonical_json import canonical
from dataset_packager.columns.kinds.base64 import Base64
from dataset_packager.columns.kinds.date import Date
from dataset_packager.columns.kinds.decimal import MOST_DIGITS, Decimal
from dataset_packager.columns.kinds.numbers import Float32
from dataset_packager.columns.kinds.timestamp import Timestamp
from dataset_packager.columns.kinds.uuid import Uuid
from dataset_packager.columns.pandas_json import survives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.columns.kinds.interface import ColumnType

BATCH = 256
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?Z")
_DECIMAL = re.compile(r"-?\d+\.(\d+)")
_ENCODED = 20  # characters from which on a text of both cases is taken for base64 without padding
SINGLE = 2**24  # up to here every integer is a number of 32 bits


class TextEvidence:
    """What strings may be held as, besides text: types that still hold all of them."""

    def __init__(self) -> None:
        self._types: list[ColumnType] | None = None
        self._waiting: list[str] = []
        self._longest = 0
        self._encoded, self._padded = True, False

    def add(self, text: str) -> None:
        """Take another string."""
        if self._types is None:
            self._types = list(_likely(text))
        if self._types:
            self._waiting.append(text)
            if len(self._waiting) >= BATCH:
                self._try()

    def absorb(self, other: TextEvidence) -> None:
        """Take what other strings showed."""
        if other._types is None:
            return
        if self._types is None:
            self.__dict__.update(other.__dict__)
            return
        self._try()
        other._try()
        self._types = [each for each in self._types if each in other._types]
        self._longest = max(self._longest, other._longest)
        self._encoded, self._padded = self._encoded and other._encoded, self._padded or other._padded

    def types(self) -> Sequence[ColumnType]:
        """Return the types that hold every string, the likeliest first; a decimal with room for longer numbers."""
        self._try()
        found = [each for each in self._types or () if each.name != Base64.name or self._padded or self._encoded]
        return [self._sized(each) if isinstance(each, Decimal) else each for each in found]

    def _try(self) -> None:
        texts, self._waiting = self._waiting, []
        if texts and self._types:
            array = pa.array(texts, pa.string())
            self._types = [each for each in self._types if each.held(array)[1] is None]
            self._longest = max(self._longest, *map(len, texts))
            self._padded = self._padded or any(text.endswith("=") for text in texts)
            self._encoded = self._encoded and all(map(_is_of_both_cases, texts))

    def _sized(self, found: Decimal) -> Decimal:
        precision = next((most for most in (9, 18) if self._longest < most), MOST_DIGITS)
        return Decimal(precision, found.scale)


def _likely(text: str) -> Sequence[ColumnType]:
    """Return the types that one string speaks for."""
    if instant := _INSTANT.fullmatch(text):
        digits = len(instant[1] or "")
        return [Timestamp("ms" if digits <= 3 else "us" if digits <= 6 else "ns", digits)]
    if number := _DECIMAL.fullmatch(text):
        return [Decimal(MOST_DIGITS, len(number[1]))] if len(number[1]) <= MOST_DIGITS else []
    array = pa.array([text], pa.string())
    return [each for each in (Date(), Uuid(), Base64()) if each.held(array)[1] is None]


def _is_of_both_cases(text: str) -> bool:
    """Say whether a text looks like encoded bytes; words and digests in hexadecimal are base64 only by chance."""
    return len(text) >= _ENCODED and text.lower() != text != text.upper() and any(map(str.isdigit, text))


class NumberEvidence:
    """Whether every number is one of 32 bits, and whether readers of JSON leave every one as it is."""

    def __init__(self) -> None:
        self._waiting: list[float] = []
        self._single = self._read = True

    def add(self, number: float) -> None:
        """Take another number."""
        if (self._single or self._read) and (isinstance(number, float) or abs(number) > SINGLE):
            self._waiting.append(number)
            if len(self._waiting) >= BATCH:
                self._try()

    def absorb(self, other: NumberEvidence) -> None:
        """Take what other numbers showed."""
        self._single, self._read = self.single and other.single, self.read and other.read

    @property
    def single(self) -> bool:
        """Whether every number comes back from 32 bits."""
        self._try()
        return self._single

    @property
    def read(self) -> bool:
        """Whether every number is the same to readers that decode JSON."""
        self._try()
        return self._read

    def _try(self) -> None:
        numbers, self._waiting = self._waiting, []
        if numbers:
            self._single = self._single and _are_single(numbers)
            self._read = self._read and survives(canonical(numbers))


def _are_single(numbers: list[Any]) -> bool:
    try:
        return Float32().held(pa.array([float(each) for each in numbers], pa.float64()))[1] is None
    except OverflowError:
        return False
