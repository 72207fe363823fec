"""What is taken out of arrays is what Arrow itself takes out of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dataset_packager.columns.arrow import items_of, there, valid_of

MARKS = [True, False, True, True, False, False, True, True, True, False, True, False, False]


def with_nulls(values: list[Any], kind: pa.DataType, *, behind: bool) -> Any:
    """Return an array with nulls behind which there is nothing, or the value that had been there."""
    shown = [value if mark else None for value, mark in zip(values, MARKS, strict=True)]
    if not behind:
        return pa.array(shown, kind)
    whole: Any = pa.array(values, kind)
    bits = pa.py_buffer(np.packbits(MARKS, bitorder="little"))
    children = [whole.values] if pa.types.is_list(kind) else []
    array: Any = pa.Array
    buffers = [bits, *whole.buffers()[1 : 2 if children else None]]
    return array.from_buffers(kind, len(values), buffers, children=children)


VALUES = {
    pa.string(): ["", "a", "bé", "", "long " * 9, *"abcdefgh"],
    pa.binary(): [b"", b"a", b"\xff", b"", b"x" * 40, *(bytes([n]) for n in range(8))],
    pa.int64(): list(range(-6, 7)),
    pa.float64(): [n / 3 for n in range(-6, 7)],
    pa.bool_(): MARKS[::-1],
    pa.list_(pa.int64()): [[], [1], [2, None], [], list(range(9)), *([n] * n for n in range(8))],
}


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("kind", VALUES, ids=str)
def test_values_and_items_that_are_not_null_are_those_that_arrow_gives(kind: pa.DataType, behind: bool) -> None:
    array = with_nulls(VALUES[kind], kind, behind=behind)
    array.validate(full=True)
    for begin in range(len(array)):
        for end in range(begin, len(array) + 1):
            some = array[begin:end]
            assert valid_of(some).tolist() == some.is_valid().to_pylist()
            if pa.types.is_list(kind):
                assert items_of(some).to_pylist() == some.flatten().to_pylist()
            else:
                left = there(some)
                left.validate(full=True)
                assert left.to_pylist() == some.drop_null().to_pylist()


def test_an_array_of_nulls_alone_has_no_values() -> None:
    assert there(pa.nulls(3)).to_pylist() == there(pa.nulls(3, pa.string())).to_pylist() == []
    assert valid_of(pa.nulls(3)).tolist() == [False] * 3
    marks = pa.array([True, False, False])
    within = pa.StructArray.from_arrays([pa.nulls(3)], names=["a"], mask=marks).flatten()[0]
    assert within.buffers()[0] is not None
    assert valid_of(within).tolist() == within.is_valid().to_pylist() == [False] * 3
