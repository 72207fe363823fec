"""Columns of a column type: a plain column, stored in another form that gives the same values back."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.columns.encode import ABSENT, Column, DoesNotFit, JsonColumn, Misfit, Place, excerpt
from dataset_packager.columns.kinds import column_types
from dataset_packager.columns.kinds.interface import ColumnType, Plain, Unfit
from dataset_packager.columns.metadata import ENCODING
from dataset_packager.project.column_choices import OTHERWISE, ColumnChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.arrow import Array, DataType


@dataclass(frozen=True)
class TypedColumn(Column):
    """Values of a plain column, as a column type stores them."""

    plain: Column = field(kw_only=True)
    kind: ColumnType = field(kw_only=True)

    @cached_property
    def arrow_type(self) -> DataType:
        """The Arrow type that the column type stores."""
        return self.kind.arrow_type

    @cached_property
    def metadata(self) -> dict[str, str]:
        """What the field's metadata say of the type."""
        return {ENCODING: self.kind.name, **self.kind.metadata}

    def _build(self, values: list[Any], _: frozenset[type]) -> Array:
        if self.plain.keeps_null:  # JSON text, in which null would be text
            values = [ABSENT if value is None else value for value in values]
        stored, held = self.kind.held(self.plain.build(values))
        if held is not None:
            raise DoesNotFit
        return stored

    def misfits(self, value: Any, place: Place) -> Iterator[Misfit]:
        """Yield what of ``value``, which stands at ``place``, the column can't hold."""
        if value is None:
            return
        found = list(self.plain.misfits(value, place))
        if not found and self.kind.held(self.plain.build([value]))[1] is not None:
            message = f"{excerpt(value)} is valid, but the column holds {self.kind.noun}"
            hint = f'write it as {self.kind.form}, or keep other values beside the column with {OTHERWISE} = "keep"'
            found = [Misfit(place, "unrepresentable", message, hint)]
        yield from found


def replaces(choice: ColumnChoice | None) -> bool:
    """Say whether a column of the chosen type is one, whatever the schema says of its members or elements."""
    return choice is not None and _type(choice).replaces


def typed(choice: ColumnChoice, plain: Plain) -> TypedColumn:
    """Return the column of the chosen type for a column that the schema gives.

    Raises:
        SetupError: there is no such type, it doesn't fit the column, or an option is wrong.
    """
    chosen = _type(choice)
    options = dict(choice.options)
    for name in options:
        if name not in chosen.options:
            raise SetupError(f"{choice.where}: {chosen.name}: {_unknown(name, [*chosen.options, OTHERWISE])}")
    if chosen.replaces:
        plain = Plain(JsonColumn(plain.column.why), plain.enum, plain.length)
    try:
        kind = chosen.settle(plain, options)
    except Unfit as error:
        raise SetupError(f"{choice.where}: {chosen.name}: {error}") from error
    why = f"{plain.column.why}, held as {kind.noun}"
    return TypedColumn(why, plain=kind.plain_column(plain.column), kind=kind)


def _type(choice: ColumnChoice) -> type[ColumnType]:
    if choice.type not in column_types():
        raise SetupError(f"{choice.where}: {_unknown(choice.type, list(column_types()), 'column type')}")
    return column_types()[choice.type]


def _unknown(name: str, known: list[str], what: str = "option") -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    mend = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"no {what} is called {name!r}: {mend}"
