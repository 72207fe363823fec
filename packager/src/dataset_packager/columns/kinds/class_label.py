"""Classes: one of the strings that the schema lists, stored as its number in that list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import StringColumn
from dataset_packager.columns.kinds.interface import ColumnType, Plain, Unfit
from dataset_packager.columns.metadata import NAMES, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataset_packager.columns.arrow import Array, ArrowField, DataType


@dataclass(frozen=True)
class ClassLabel(ColumnType):
    """The classes' names, in the order of the schema's enum; ``datasets`` takes numbers of 64 bits only."""

    names: tuple[str, ...]

    name = "class-label"
    noun = "classes"
    profile = "words"
    data_type = "sc:Integer"

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:  # noqa: ARG003 - it has none
        """Return the type of strings that the schema lists."""
        names = tuple(dict.fromkeys(word for word in plain.enum or () if word is not None))
        if not isinstance(plain.column, StringColumn) or not names:
            raise Unfit(f'it fits strings with an "enum" in the schema, and this is {plain.column.why}')
        return cls(names)

    @classmethod
    def read(cls, field: ArrowField) -> Self:
        """Return the type of a field, whose metadata have the names."""
        return cls(tuple(json.loads(said(field, NAMES) or "[]")))

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type int64."""
        return pa.int64()

    @property
    def metadata(self) -> Mapping[str, str]:
        """The names."""
        return {NAMES: json.dumps(list(self.names), ensure_ascii=False, separators=(",", ":"))}

    @property
    def described(self) -> Mapping[str, Any]:
        """The names."""
        return {NAMES: list(self.names)}

    @property
    def classes(self) -> Sequence[str]:
        """The names."""
        return self.names

    @property
    def form(self) -> str:
        """The names."""
        return "one of the strings that the schema lists"

    def encode(self, plain: Array) -> Array:
        """Return the numbers of names."""
        return pc.index_in(plain, pa.array(self.names, pa.string()), skip_nulls=True).cast(pa.int64())

    def decode(self, stored: Array) -> Array:
        """Return the names of numbers."""
        return pa.array(self.names, pa.string()).take(stored)

    def extends(self, former: ColumnType) -> bool:
        """Say whether classes were only added behind the former ones."""
        return isinstance(former, ClassLabel) and self.names[: len(former.names)] == former.names

    @property
    def feature(self) -> dict[str, Any]:
        """The feature ClassLabel."""
        return {"names": list(self.names), "_type": "ClassLabel"}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The feature ClassLabel; names stand under their numbers, which have to be text."""
        return {"dtype": {"class_label": {NAMES: {str(number): name for number, name in enumerate(self.names)}}}}

    def sql(self, value: str) -> str:
        """Return SQL that picks the name."""
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in self.names)
        return f"list_extract([{names}], {value} + 1)"
