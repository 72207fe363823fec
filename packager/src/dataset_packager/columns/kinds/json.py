"""Any value of JSON, as text that ``datasets`` gives as the value; what its reader would change isn't held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.columns.encode import Column
from dataset_packager.columns.kinds.interface import ColumnType
from dataset_packager.columns.pandas_json import survives

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType


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
        texts = plain.to_pylist()
        if not all(text is None or survives(text) for text in texts):
            plain = pa.array([text if text is None or survives(text) else None for text in texts], pa.string())
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
