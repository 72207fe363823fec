"""Bytes that are written as base64, stored as they are."""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.columns.kinds.interface import ColumnType

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, DataType


@dataclass(frozen=True)
class Base64(ColumnType):
    """Base64 as RFC 4648 has it in section 4: one text for the same bytes, padded, without line ends."""

    name = "base64"
    noun = "bytes, written as base64"
    profile = "summary"
    data_type = "sc:Text"

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type binary."""
        return pa.binary()

    @property
    def form(self) -> str:
        """As RFC 4648."""
        return "base64 of the standard alphabet, padded with = and without white space (RFC 4648, section 4)"

    def encode(self, plain: Array) -> Array:
        """Return the bytes that strings say."""
        return pa.array(list(map(_bytes, plain.cast(pa.binary()).to_pylist())), pa.binary())

    def decode(self, stored: Array) -> Array:
        """Return bytes as base64."""
        texts = [None if each is None else b2a_base64(each, newline=False) for each in stored.to_pylist()]
        return pa.array(texts, pa.binary()).cast(pa.string())

    def sql(self, value: str) -> str:
        """Return SQL that writes the bytes."""
        return f"to_base64({value})"


def _bytes(text: bytes | None) -> bytes | None:
    try:
        return None if text is None else a2b_base64(text)
    except Error:
        return None
