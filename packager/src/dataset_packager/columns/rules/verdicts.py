"""What the gate's engine says of the values of a column: all distinct ones at once, or only the least and greatest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import cells_of, places_of
from dataset_packager.columns.decode import values_of
from dataset_packager.columns.encode import ABSENT, JsonColumn, StringColumn
from dataset_packager.columns.fast.kernel_abi import MOST_PLACES
from dataset_packager.columns.fast.kernel_loader import function
from dataset_packager.columns.fast.text_ways import word_ways
from dataset_packager.columns.fast.texts import plain_sizes
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.columns.rules.bounds import least_and_greatest
from dataset_packager.columns.rules.checks import COMBINED, FEW, MANY, Check

if TYPE_CHECKING:
    from collections.abc import Callable

    import jsonschema_rs

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.fast.text_ways import TextWays
    from dataset_packager.columns.fast.texts import Doubles
    from dataset_packager.columns.rules.bounds import Bounds
    from dataset_packager.columns.rules.checks import Columns, Mask
    from dataset_packager.columns.rules.multiples import Multiples
    from dataset_packager.columns.rules.patterns import FixedPattern

_WINDOW, _SAMPLE, _UNLIKE = 16_384, 4096, 0.95
_FEW_DISTINCT, _FEW_OF = 64, 8
_MOST_WORDS = 24  # that are sooner compared with each string than all strings are told apart
_LONG, _VERY_LONG = 256, 2**28
_MOST_BYTES = 4  # of a character in UTF-8
_CELLS = pa.int64(), pa.float64()
_EXACT = 2**53  # below which a double holds every integer
_RUN = 64  # values that are looked at one by one where one of them is refused


class Verdicts:
    """The gate's engine for one subschema, compiled when there is a first value: ``make`` gives that of arrays."""

    def __init__(self, make: Callable[[], jsonschema_rs.Validator]) -> None:
        self._make = make
        self._proven: bool | None = None

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        return self._make()

    def accept(self, values: list[Any]) -> bool:
        """Say whether all values are valid."""
        return self._validator.is_valid(values)

    @cached_property
    def least_length(self) -> int:
        """How many characters a string has to have; very many where that are many."""
        return next((length for length in range(_LONG) if self.accept(["a" * length])), _VERY_LONG)

    def prove(self, pattern: FixedPattern) -> bool:
        """Say whether a pattern is understood as the engine does it, as far as its samples and neighbours show."""
        if self._proven is None:
            self._proven = self.accept(list(pattern.samples()))
            self._proven = self._proven and not self.of_each(list(pattern.neighbours())).any()
        return self._proven

    def of_each(self, values: list[Any]) -> Mask:
        """Say of each value whether it is valid."""
        valid, accepts = np.ones(len(values), np.bool_), self._validator.is_valid
        if accepts(values):
            return valid
        for start in range(0, len(values), _RUN):
            run = values[start : start + _RUN]
            if not accepts(run):
                valid[start : start + _RUN] = [accepts([value]) for value in run]
        return valid


@dataclass(frozen=True)
class ScalarRule:
    """What a subschema asks of scalars.

    Attributes:
        verdicts: the engine's, of values other than null.
        takes_null: whether null is valid.
        few: whether the rule looks as if it would be quick to tell.
        ends: whether a rule that holds for the shortest and the longest string (of integers: for the least and the
            greatest one) holds for all between them.
        pattern: which strings are valid, if the engine says so of its samples.
        words: all strings that may be valid, none of which is long.
        multiples: numbers of which all others are invalid.
        bounds: of numbers, or of those multiples, the valid ones, where the rule asks for nothing else.
        numbers: all numbers that may be valid.
    """

    verdicts: Verdicts
    takes_null: bool = False
    few: bool = False
    ends: bool = False
    pattern: FixedPattern | None = None
    words: tuple[str, ...] | None = None
    multiples: Multiples | None = None
    bounds: Bounds | None = None
    numbers: tuple[float, ...] | None = None

    @cached_property
    def valid_words(self) -> TextWays:
        """The words that are valid."""
        words = self.words or ()
        valid = self.verdicts.of_each(list(words))
        return word_ways(word.encode() for word, is_valid in zip(words, valid, strict=True) if is_valid)

    @cached_property
    def valid_numbers(self) -> list[float]:
        """The numbers that are valid."""
        numbers = self.numbers or ()
        return list(compress(numbers, self.verdicts.of_each(list(numbers))))


def words_listed(asked: dict[str, Any]) -> tuple[str, ...] | None:
    """Return all strings that keywords leave valid, where they list few and short ones."""
    listed = asked.get("enum", [asked["const"]] if "const" in asked else None)
    words = [value for value in listed or () if isinstance(value, str)]
    short = len(words) <= _MOST_WORDS and all(len(word.encode(errors="surrogatepass")) <= MOST_PLACES for word in words)
    whole = not any("\ud800" <= character <= "\udfff" for word in words for character in word)
    return tuple(words) if listed is not None and short and whole else None


def numbers_listed(asked: dict[str, Any]) -> tuple[float, ...] | None:
    """Return all numbers that keywords leave valid, where no integer is one of them only when it is rounded."""
    listed = asked.get("enum", [asked["const"]] if "const" in asked else None)
    numbers = [value for value in listed or () if isinstance(value, int | float) and not isinstance(value, bool)]
    exact = all(abs(number) < _EXACT for number in numbers)
    return tuple(map(float, numbers)) if listed is not None and exact else None


def scalar_check(node: Node, rule: ScalarRule) -> Check:
    """Return the check of a scalar node."""
    if isinstance(node.column, JsonColumn):
        return Check(MANY, lambda columns, where: _parsed(columns, node, rule.verdicts, where))

    def run(columns: Columns, where: Mask) -> Mask:
        present = columns.present(node)
        here = where & present
        valid = _valid(columns, node, rule, here) if here.any() else here
        return valid | (where & ~present) if rule.takes_null else valid

    return Check(FEW if rule.few else MANY, run)


def _valid(columns: Columns, node: Node, rule: ScalarRule, here: Mask) -> Mask:
    if rule.words is not None and isinstance(node.column, StringColumn) and function("unlike") is not None:
        return here & ~rule.valid_words.left(columns.values(node), here)
    if (rule.multiples or rule.bounds or rule.numbers is not None) and columns.values(node).type in _CELLS:
        return _valid_numbers(columns, node, rule, here)
    if rule.ends and _ends_are_valid(columns, node, rule.verdicts, here):
        return here
    left = here
    if rule.pattern is not None and function("unlike") is not None and rule.verdicts.prove(rule.pattern):
        left = rule.pattern.ways.left(columns.values(node), here)
        if left.any():
            refused = rule.pattern.refused(_plain_sizes(columns, node), left)
            here, left = here & ~refused, left & ~refused
        if not left.any():
            return here
    valid = _each(columns, node, rule.verdicts, left)
    return here if valid is left else here & (valid | ~left)


def _valid_numbers(columns: Columns, node: Node, rule: ScalarRule, here: Mask) -> Mask:
    values, left = columns.values(node), np.zeros(len(here), np.bool_)
    numbers = cells_of(values).view(values.type.to_pandas_dtype())
    if rule.numbers is not None:
        return here & np.isin(numbers, rule.valid_numbers)
    if rule.multiples is not None:
        multiples, told = rule.multiples.among(numbers)
        here, left = here & multiples, here & ~told
    valid = rule.bounds.valid(numbers, here, rule.verdicts.accept) if rule.bounds is not None else None
    if valid is None:
        valid, left = np.zeros(len(here), np.bool_), left | here
    return valid | _each(columns, node, rule.verdicts, left) if left.any() else valid


def _plain_sizes(columns: Columns, node: Node) -> Doubles:
    key = ("plain sizes", node.number)
    if key not in columns.made:
        columns.made[key] = plain_sizes(columns.values(node))
    sizes: Doubles = columns.made[key]
    return sizes


def _ends_are_valid(columns: Columns, node: Node, verdicts: Verdicts, here: Mask) -> bool:
    values = columns.values(node)
    if isinstance(node.column, StringColumn):
        return _lengths_are_valid(values, verdicts, here)
    ends = pc.min_max(_chosen(values, here)).as_py().values()
    return verdicts.accept(plain(pa.array(list(ends), values.type)))


def _lengths_are_valid(texts: Array, verdicts: Verdicts, here: Mask) -> bool:
    """Say whether all strings are as long as they may be; a character takes one to four bytes."""
    sizes = np.diff(places_of(texts))
    least, greatest = map(int, least_and_greatest(sizes, here))
    if verdicts.accept(["a" * -(-least // _MOST_BYTES), "a" * greatest]):
        return True
    if verdicts.accept(["a" * greatest]):  # some may be too short
        here = here & (sizes <= _MOST_BYTES * (verdicts.least_length - 1))
        if not here.any():
            return True
    lengths = pc.min_max(pc.utf8_length(_chosen(texts, here))).as_py()
    return verdicts.accept(["a" * length for length in lengths.values()])


def _each(columns: Columns, node: Node, verdicts: Verdicts, here: Mask) -> Mask:
    """Put each distinct value to the engine, or simply each."""
    few = ("codes", node.number) not in columns.made and _FEW_OF * np.count_nonzero(here) < len(here)
    coded = None if few else coded_values(columns, node)
    if coded is None:  # nearly all differ, and looking for those that don't costs more than it spares
        values = _chosen(columns.written(node), here)
        valid = (
            _of_distinct(columns, node, verdicts, values) if few else verdicts.of_each(columns.as_json(node, values))
        )
        return here if valid.all() else _spread(here, valid)
    distinct = np.ones(len(coded.distinct) + 1, np.bool_)
    if len(distinct) > _FEW_DISTINCT:
        distinct[:] = False
        distinct[coded.codes[here]] = True
    distinct[-1] = False
    valid = verdicts.of_each(columns.as_json(node, _chosen(coded.distinct, distinct[:-1])))
    if valid.all():
        return here
    distinct[np.flatnonzero(distinct)] = valid
    return np.asarray(here & distinct[coded.codes])


def _of_distinct(columns: Columns, node: Node, verdicts: Verdicts, values: Array) -> Mask:
    coded: Any = values.dictionary_encode(null_encoding="encode")
    return np.asarray(verdicts.of_each(columns.as_json(node, coded.dictionary))[coded.indices.to_numpy()])


@dataclass(frozen=True)
class Coded:
    """The values of a node, of which many are the same: what differs, and which each is; -1 for null."""

    distinct: Array
    codes: np.ndarray[Any, np.dtype[np.int32]]


def coded_values(columns: Columns, node: Node) -> Coded | None:
    """Return the distinct values of a node, or None where there are nearly as many of them as values."""
    key = ("codes", node.number)
    if key not in columns.made:
        values = columns.written(node)
        columns.made[key] = _coded(values.dictionary_encode()) if _repeats(values) else None
    found: Coded | None = columns.made[key]
    return found


def _coded(values: Array) -> Coded:
    return Coded(values.dictionary, values.indices.fill_null(-1).to_numpy())


def plain(values: Array) -> list[Any]:
    """Return values of scalar columns as JSON has them, which knows no decimals."""
    if values.type in _CELLS and not values.null_count:
        numbers: list[Any] = values.to_numpy().tolist()
        return numbers
    listed: list[Any] = values.to_pylist()
    return [None if value is None else int(value) for value in listed] if pa.types.is_decimal(values.type) else listed


def _repeats(values: Array) -> bool:
    some = values.slice(0, _WINDOW).drop_null().slice(0, _SAMPLE)
    return len(pc.unique(some)) < _UNLIKE * max(len(some), 1)


def _chosen(values: Array, here: Mask) -> Array:
    if here.all():
        return values
    some = _FEW_OF * np.count_nonzero(here) < len(here)
    return values.take(pa.array(np.flatnonzero(here))) if some else values.filter(pa.array(here))


def _spread(here: Mask, valid: Mask) -> Mask:
    """Return which of all entries are valid, when it is known which of those that are ``here`` are."""
    spread = np.zeros(len(here), np.bool_)
    spread[np.flatnonzero(here)[valid]] = True
    return spread


def _parsed(columns: Columns, node: Node, verdicts: Verdicts, where: Mask) -> Mask:
    """Put each value of a column of JSON text to the engine, as it was read."""
    values = columns.parsed(node)
    chosen = values if where.all() else [values[index] for index in np.flatnonzero(where)]
    return where if verdicts.accept(chosen) else _spread(where, verdicts.of_each(chosen))


def value_check(node: Node, verdicts: Verdicts) -> Check:
    """Return the check that puts the JSON value of each entry of a node to the engine, with all that is in it."""

    def run(columns: Columns, where: Mask) -> Mask:
        valid = verdicts.of_each(json_values(node, _chosen(columns.values(node), where)))
        return where if valid.all() else _spread(where, valid)

    return Check(COMBINED, run)


def json_values(node: Node, array: Array) -> list[Any]:
    """Return the JSON values of some entries of a node; numbers of a column of doubles as doubles."""
    encoding = node.column.encoding
    field = pa.field("value", array.type, metadata={ENCODING: encoding} if encoding else None)
    return [None if value is ABSENT else value for value in values_of(field, array)]
