"""Any value of JSON, as text that ``datasets`` gives as the value; what its reader would change isn't held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.encode import Column
from dataset_packager.columns.kinds.interface import ColumnType
from dataset_packager.columns.pandas_json import survives

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType

_DOUBTFUL = r"[0-9][.eE]|[0-9]{19}"  # what may be a number that is changed; all others are not
_SHORT = 1000  # bytes: such a text isn't nested too deeply for the reader


@dataclass(frozen=True)
class Json(ColumnType):
    """Canonical JSON text under Arrow's extension type for it."""

    name = "json"
    noun = "JSON that readers give as values"
    profile = "summary"
    data_type = "sc:Text"
    fits = Column
    replaces = True

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type arrow.json over strings."""
        return pa.json_()

    @property
    def form(self) -> str:
        """What the reader leaves as it is."""
        return "JSON whose integers have up to 64 bits and whose other numbers have few digits, or numbers as strings"

    def encode(self, plain: Array) -> Array:
        """Return texts under the extension type, null for those whose values the reader changes."""
        doubtful = pc.or_(pc.match_substring_regex(plain, _DOUBTFUL), pc.greater(pc.binary_length(plain), _SHORT))
        doubtful = pc.fill_null(doubtful, False)
        if pc.any(doubtful, min_count=0).as_py():
            changed = [not survives(text) for text in plain.filter(doubtful).to_pylist()]
            if any(changed):
                where = np.flatnonzero(doubtful.to_numpy(zero_copy_only=False))[changed]
                mask = np.zeros(len(plain), np.bool_)
                mask[where] = True
                plain = pc.if_else(pa.array(mask), pa.scalar(None, plain.type), plain)
        return pa.ExtensionArray.from_storage(self.arrow_type, plain)

    def decode(self, stored: Array) -> Array:
        """Return the texts."""
        return stored.storage

    @property
    def feature(self) -> dict[str, Any]:
        """The feature Json."""
        return {"_type": "Json"}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The feature Json."""
        return {"dtype": "json"}

    def sql(self, value: str) -> str:
        """Return SQL that says that it is JSON."""
        return f"CAST({value} AS JSON)"
