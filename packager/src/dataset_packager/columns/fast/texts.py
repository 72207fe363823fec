"""What rules ask of all strings of a column beside what stands in them: codes that tell them apart, and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.columns.arrow import places_of
from dataset_packager.columns.fast import kernel_loader as compiled

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array

    Codes = np.ndarray[Any, np.dtype[np.uint64]]
    Doubles = np.ndarray[Any, np.dtype[np.float64]]

_FIRST, _SPAN = np.uint8(0x20), np.uint8(0x5E)  # of the printable characters of ASCII


def text_codes(texts: Array) -> Codes:
    """Return a code of each string; those that are equal have the same, any has that of a null."""
    code_texts, data, places = compiled.function("code_texts"), texts.buffers()[2], places_of(texts)
    if code_texts is None or data is None:
        coded: Any = texts.dictionary_encode()
        return np.asarray(coded.indices.fill_null(-1).to_numpy().astype(np.uint64))
    codes = np.empty(len(texts), np.uint64)
    code_texts(data.address, places.ctypes.data, len(texts), codes.ctypes.data)
    return codes


def plain_sizes(texts: Array) -> Doubles:
    """Return how many characters each string has; NaN where not all are printable ones of ASCII."""
    places, data = places_of(texts).astype(np.int64), texts.buffers()[2]
    sizes = np.diff(places).astype(np.float64)
    if data is not None and len(sizes):
        odd = np.frombuffer(data, np.uint8)[places[0] : places[-1]] - _FIRST > _SPAN
        if odd.any():
            sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(odd)])
            sizes[np.diff(sums[places - places[0]]) > 0] = np.nan
    return sizes
