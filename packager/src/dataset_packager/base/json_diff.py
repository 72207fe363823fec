"""In which members two JSON values differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Change = tuple[str, Any, Any]
"""The path of a member, as in ``chain[0].agent_id``, and its values before and after; ``ABSENT`` where it has none."""


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


def member_changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield the deepest members that differ, in the order of ``old``; numbers are compared by their value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in (*old, *(name for name in new if name not in old)):
            inner = f"{path}.{name}" if path else str(name)
            yield from member_changes(old.get(name, ABSENT), new.get(name, ABSENT), inner)
    elif isinstance(old, list) and isinstance(new, list):
        for number in range(max(len(old), len(new))):
            before = old[number] if number < len(old) else ABSENT
            after = new[number] if number < len(new) else ABSENT
            yield from member_changes(before, after, f"{path}[{number}]")
    elif isinstance(old, bool) is not isinstance(new, bool) or old != new:
        yield path, old, new
