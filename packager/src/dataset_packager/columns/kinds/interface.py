"""What a column type is: a form of a plain column's values in Arrow that gives exactly these values back.

A plain column is what the schema alone gives: strings, integers, doubles, lists of them, JSON text. A column type
stores its values in another Arrow type. One rule holds for all types: a value is held only if ``decode`` of what
``encode`` gives is that value again. The rule stands here, once, for the exact and for the quick way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import Column, StringColumn
from dataset_packager.columns.nested import ListColumn, MapColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

_FEATURES = {"double": "float64", "float": "float32", "date32[day]": "date32"}

_INNER: dict[type[Column], str] = {
    ListColumn: ": choose it for the elements (write [] behind the path, or x-column in their schema)",
    MapColumn: ": choose it for the values (write [].value behind the path, or x-column in their schema)",
}


class Unfit(Exception):  # no error here: whoever asks says which column it is
    """The type doesn't fit the column that the schema gives; the text says what it fits."""


@dataclass(frozen=True, slots=True)
class Plain:
    """What a schema says of a column: the column that it gives alone, the values it lists, the length it demands."""

    column: Column
    enum: tuple[Any, ...] | None = None
    length: int | None = None


@dataclass(frozen=True)
class ColumnType(ABC):
    """The type of one column, its options settled: a frozen dataclass with a field for each.

    Attributes:
        name: its word in the configuration and in ``x-column``; in the field's metadata it is the ``encoding``.
        options: its other words there, with what each means.
        noun: what such a column holds, in words.
        fits: the plain column whose values it takes.
        profile: as what the report shows it: ``words``, ``times``, ``numbers``, ``texts``, ``files`` or ``summary``.
        data_type: its name among Croissant's data types.
        replaces: whether it takes any value of JSON, whatever column the schema gives: its plain column is JSON text.
    """

    name: ClassVar[str]
    options: ClassVar[Mapping[str, str]] = {}
    noun: ClassVar[str]
    fits: ClassVar[type[Column]] = StringColumn
    profile: ClassVar[str] = "texts"
    data_type: ClassVar[str] = "sc:Text"
    replaces: ClassVar[bool] = False

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:  # noqa: ARG003 - of others than this one
        """Return the type for a column, with the options that somebody wrote.

        Raises:
            Unfit: it fits no such column, or an option is wrong.
        """
        cls.check(plain)
        return cls()

    @classmethod
    def check(cls, plain: Plain) -> None:
        """Raise Unfit where the schema gives a column that the type doesn't fit."""
        if not isinstance(plain.column, cls.fits):
            mend = next((mend for kind, mend in _INNER.items() if isinstance(plain.column, kind)), "")
            raise Unfit(f"it fits {cls.fits.noun}, and this is {plain.column.why}{mend}")

    @classmethod
    def read(cls, field: ArrowField) -> Self:  # noqa: ARG003 - of others than this one
        """Return the type of a field that has it, from its Arrow type and its metadata alone."""
        return cls()

    @property
    @abstractmethod
    def arrow_type(self) -> DataType:
        """The Arrow type that it stores."""

    @property
    def plain_type(self) -> DataType:
        """The Arrow type of the plain column."""
        return pa.string()

    def plain_column(self, column: Column) -> Column:
        """Return the plain column whose values it stores, for the one that the schema gives."""
        return column

    @property
    def metadata(self) -> Mapping[str, str]:
        """What the field's metadata has to say besides the encoding, so that ``read`` finds all options."""
        return {}

    @property
    def described(self) -> Mapping[str, Any]:
        """All options, as JSON, for the content digest: what a reader needs to know to tell the values."""
        return {}

    @property
    def croissant(self) -> str:
        """The name of its values among Croissant's data types; of a vector that of its numbers."""
        return self.data_type

    @property
    def classes(self) -> Sequence[str]:
        """What its numbers stand for, from 0 on, where they are names of classes."""
        return ()

    @property
    def shown(self) -> str:
        """Its name with what else matters of it, as documents show it."""
        return self.name

    @property
    @abstractmethod
    def form(self) -> str:
        """The form that a value must have to be held, in words, behind "write it as"."""

    @abstractmethod
    def encode(self, plain: Array) -> Array:
        """Return plain values as they are stored; of a value that can't be held, null or anything else."""

    @abstractmethod
    def decode(self, stored: Array) -> Array:
        """Return stored values as plain ones."""

    def held(self, plain: Array) -> tuple[Array, Array | None]:
        """Return plain values as they are stored, and which of them are held; None if all are. Null is held."""
        plain = plain if plain.type == self.plain_type else plain.cast(self.plain_type)
        stored = self.encode(plain)
        same = pc.fill_null(self.equal(self.decode(stored), plain), False)
        fits = pc.or_(same, plain.is_null()) if plain.null_count else same
        return stored, None if pc.all(fits, min_count=0).as_py() else fits

    def equal(self, ours: Array, theirs: Array) -> Array:
        """Return which plain values are the same."""
        return pc.equal(ours, theirs)

    def extends(self, former: ColumnType) -> bool:
        """Say whether whatever stands stored under a former type is the same under this one, which holds more."""
        return self == former

    @property
    def feature(self) -> dict[str, Any]:
        """The feature of ``datasets``, as it stands in a footer."""
        return {"dtype": dtype(self.arrow_type), "_type": "Value"}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The same feature, as it stands in a card."""
        return {"dtype": dtype(self.arrow_type)}

    @abstractmethod
    def sql(self, value: str) -> str:
        """Return the SQL of the plain value of a stored one, whose SQL is given."""


def dtype(kind: DataType) -> str:
    """Return the name of an Arrow type among the features of ``datasets``."""
    return _FEATURES.get(str(kind), str(kind))


def converted(array: Array, convert: Callable[[Array], Array]) -> Array:
    """Return what ``convert`` makes of an array, null for each value that it refuses by raising ``ArrowInvalid``."""
    try:
        return convert(array)
    except pa.ArrowInvalid:
        if len(array) == 1:
            return convert(pa.nulls(1, array.type))
    half = len(array) // 2
    return pa.concat_arrays([converted(array.slice(0, half), convert), converted(array.slice(half), convert)])


def only(options: Mapping[str, Any], name: str, default: int, least: int, greatest: int) -> int:
    """Return an option that is an integer within bounds.

    Raises:
        Unfit: it is none.
    """
    value = options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= greatest:
        raise Unfit(f"{name} must be an integer from {least} to {greatest}")
    return value
