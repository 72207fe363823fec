"""The members of objects that have no column of their own, as one column of JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dataset_packager.columns.encode import DoesNotFit, json_text
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.records.strict_json import LineError, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.filling import Filling
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Ints, Mask


def additional_members(filling: Filling, node: Node, most_depth: int, refuse: Callable[[Node, Ints], None]) -> Array:
    """Return the additional members of a struct: without a column, or null where they could also be absent.

    Entries whose members no record may have, at most ``most_depth`` deep, are given to ``refuse``.
    """
    every = ((child.name, filling.said_null(child.number)) for child in node.children)
    nulls = {name: mask for name, mask in every if mask is not None}
    if node.rest is None or not filling.nodes[node.rest, layout.FILLED]:
        return _nulls(nulls, len(filling.present(node.number)))
    coded: Any = filling.strings(node.rest).cast(pa.binary()).dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy()
    every_known = [_members(text, most_depth - node.level) for text in coded.dictionary.to_pylist()]
    wrong = [code for code, known in enumerate(every_known) if known is None]
    if wrong:
        refuse(node, np.flatnonzero(np.isin(codes, wrong)))
    array = pa.array([known and known[1] for known in every_known], pa.string()).take(coded.indices)
    if not nulls:
        return array
    texts = array.to_pylist()
    for index in np.flatnonzero(np.logical_or.reduce(list(nulls.values()))).tolist():
        known = every_known[codes[index]] if codes[index] >= 0 else None
        said = {name: None for name, mask in nulls.items() if mask[index]}
        texts[index] = json_text((known[0] if known else {}) | said)
    return pa.array(texts, pa.string())


def _members(written: bytes, most_depth: int) -> tuple[dict[str, Any], str] | None:
    """Return members ``written`` with a comma behind each, and their canonical text; None for wrong ones."""
    try:
        members: dict[str, Any] = parse(b"{%b}" % written[:-1], most_depth)
        return members, json_text(members)
    except (LineError, DoesNotFit):
        return None


def _nulls(nulls: dict[str, Mask], size: int) -> Array:
    """Return the texts of members that are null, of which few combinations occur."""
    if not nulls:
        return pa.nulls(size, pa.string())
    codes, said = _codes(list(nulls.values()))
    texts = []
    for each in said:
        members = {name: None for name, bit in zip(nulls, each, strict=True) if bit}
        texts.append(json_text(members) if members else None)
    return pa.array(texts, pa.string()).take(codes)


def _codes(masks: list[Mask]) -> tuple[Array, list[list[int]]]:
    """Return a number for each entry, and of each number which of the masks are set where it stands."""
    if len(masks) <= 8:  # a byte tells, and needs no hash
        bits = np.zeros(len(masks[0]), np.uint8)
        for place, mask in enumerate(masks):
            bits |= mask.view(np.uint8) << place
        known = np.flatnonzero(np.bincount(bits, minlength=2**8))
        numbers = np.zeros(2**8, np.int32)
        numbers[known] = np.arange(len(known))
        return pa.array(numbers[bits]), [[byte >> place & 1 for place in range(len(masks))] for byte in known.tolist()]
    packed = np.packbits(np.stack(masks, axis=1), axis=1)
    kind, buffers = pa.binary(packed.shape[1]), [None, pa.py_buffer(packed)]
    coded: Any = pa.Array.from_buffers(kind, len(packed), buffers).dictionary_encode()
    said = [np.unpackbits(np.frombuffer(key, np.uint8), count=len(masks)) for key in coded.dictionary.to_pylist()]
    return coded.indices, [each.tolist() for each in said]
