"""Splits: which of them a record belongs to, by the hash of what keeps its group together.

The place of a group depends on the seed and the group's own values alone, so adding records moves none of the others.
"""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.paths import LIST, ColumnPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataset_packager.project.config import Splits


def splitter(splits: Splits) -> Callable[[Any], str]:
    """Return the function from a record to the name of its split.

    A group's SHA-256, over the seed, a newline and the canonical JSON of the group's values, is read as a fraction of
    one; the split is the one in whose share it falls.
    """
    if len(splits.shares) == 1:
        only = splits.names[0]
        return lambda _record: only
    bounds = list(accumulate(share for _, share in splits.shares))
    seed = splits.seed.encode("utf-8") + b"\n"

    def split(record: Any) -> str:
        values = [member_value(record, path) for path in splits.group_by]
        digest = hashlib.sha256(seed + canonical(values).encode("utf-8")).digest()
        fraction = int.from_bytes(digest[:7], "big") / 2**56
        return next(
            (name for name, bound in zip(splits.names, bounds, strict=True) if fraction < bound), splits.names[-1]
        )

    return split


def member_value(value: Any, path: ColumnPath) -> Any:
    """Return what stands at ``path`` in a record: None where nothing does, a list where the path goes through one."""
    for number, step in enumerate(path):
        if step is LIST:
            return [member_value(item, path[number + 1 :]) for item in value] if isinstance(value, list) else None
        value = value.get(step) if isinstance(value, dict) else None
    return value
