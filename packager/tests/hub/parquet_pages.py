"""Where a Parquet file's data pages begin, and what stands in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.records.parquet_pages import DATA, DATA_V2, pages

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Page:
    """A data page: the first of its values, counted from 0, and the SHA-256 of its bytes as they stand in the file."""

    first: int
    sha256: str


def data_pages(file: bytes, column: Any) -> Iterator[Page]:
    """Yield the data pages of a column chunk, which its metadata (of pyarrow) describe."""
    first = 0
    for page in pages(file, column):
        if page.kind in (DATA, DATA_V2):
            yield Page(first, hashlib.sha256(file[page.begin : page.begin + page.size]).hexdigest())
            first += page.values
