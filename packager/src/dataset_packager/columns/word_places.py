"""Texts that are words of a list, as places in it: as Parquet stores them, and as they are soonest counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.arrow import places_of, there, valid_of
from dataset_packager.columns.fast.kernel_abi import SLOTS
from dataset_packager.columns.fast.kernel_loader import function
from dataset_packager.columns.metadata import controlled_words

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array, ArrowField

    Places = np.ndarray[Any, np.dtype[np.int32]]

PLACES = pa.dictionary(pa.int32(), pa.string())
MOST_WORDS, MOST_BYTES = 200, 2**16  # of a list that is worth it
_FIRST = 4096  # texts, among which all words of most lists stand
_SLOT = 4  # numbers in each slot of the kernel's table


def listed_words(field: ArrowField) -> Array:
    """Return the different texts that a schema lists for a column; none where they are many or long."""
    texts = (word for word in controlled_words(field) if isinstance(word, str))
    words = [word for word in dict.fromkeys(texts) if word == word.encode(errors="ignore").decode()]
    few = len(words) <= MOST_WORDS and sum(len(word.encode()) for word in words) <= MOST_BYTES
    return pa.array(words if few else [], pa.string())


def as_places(texts: Array, words: Array) -> Array:
    """Return texts as a dictionary and places in it: the ``words`` that are among them, in order.

    Texts that are none of these stand behind them, as they come. Whatever stands in a dictionary, Parquet's statistics
    may take for what stands in a column.
    """
    found = _looked_up(there(texts), words)
    if found is None:
        both: Any = pa.concat_arrays([words, there(texts)]).dictionary_encode()
        words, found = both.dictionary, both.indices.to_numpy()[len(words) :]
    used = np.bincount(found[:_FIRST], minlength=len(words)) > 0
    if not used.all():
        used = np.bincount(found, minlength=len(words)) > 0
    if not used.all():
        words, found = words.filter(pa.array(used)), (np.cumsum(used, dtype=np.int32) - 1).astype(np.int32)[found]
    if not texts.null_count:
        return pa.DictionaryArray.from_arrays(pa.array(found), words)
    valid, places = valid_of(texts), np.zeros(len(texts), np.int32)
    places[valid] = found
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=~valid), words)


def _looked_up(texts: Array, words: Array) -> Places | None:
    """Return the place of each text; None where one isn't listed, or nothing compiled is at hand."""
    look_up = function("look_up")
    if look_up is None:
        return None
    places, slots = np.empty(len(texts), np.int32), np.zeros((SLOTS, _SLOT), np.int64)
    found = look_up(*_laid_out(texts), *_laid_out(words), slots.ctypes.data, places.ctypes.data)
    return places if found == len(texts) else None


def _laid_out(texts: Array) -> tuple[int, int, int]:
    data = texts.buffers()[2]
    return data.address if data else 0, places_of(texts).ctypes.data, len(texts)
