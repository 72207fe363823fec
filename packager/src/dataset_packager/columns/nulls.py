"""Which nulls a record needs in order to be valid, where its columns don't tell null from absent.

``minProperties``, ``dependentRequired`` and the branches of a union can ask for a member that is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.base.text import member_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns.types import Place
    from dataset_packager.validation.gate import Gate

_ROUNDS = 4
_TRIALS = 64

_Site = tuple[str, dict[str, Any], list[str]]
"""An object of the record: its path, itself, and the members that may be null in it but are left out."""


def settle(record: Any, with_nulls: Any, gate: Gate) -> Any:
    """Return ``record`` with the nulls that make it valid, or ``with_nulls``, which has all of them, if none do.

    Nulls are put where the findings point to, one where one is enough. ``record`` is changed in place.
    """
    if gate.accepts(with_nulls):
        return with_nulls
    for _ in range(_ROUNDS):
        for site in _blamed(record, with_nulls, gate):
            _fill(record, site, gate)
        if gate.accepts(record):
            return record
    return with_nulls


def _complaints(record: Any, gate: Gate) -> list[str]:
    """Return the paths of what is wrong with ``record``."""
    return [] if gate.accepts(record) else [finding.path for finding in gate.explain(record, "", None)]


def _blamed(record: Any, with_nulls: Any, gate: Gate) -> list[_Site]:
    """Return the deepest sites around each finding."""
    sites = {member_path(place): (target, names) for place, target, names in _sites(record, with_nulls, ())}
    blamed: dict[str, _Site] = {}
    for complaint in _complaints(record, gate):
        around = [path for path in sites if _within(complaint, path)]
        if around:
            path = max(around, key=len)
            blamed[path] = (path, *sites[path])
    return list(blamed.values())


def _within(path: str, around: str) -> bool:
    return path == around or path.startswith((around + ".", around + "["))


def _fill(record: Any, site: _Site, gate: Gate) -> None:
    """Put a null into the site after which nothing there is wrong any more; if there is none such, put all."""
    path, target, names = site
    for name in names[:_TRIALS]:
        target[name] = None
        if not any(_within(complaint, path) for complaint in _complaints(record, gate)):
            return
        del target[name]
    target.update(dict.fromkeys(names))


def _sites(record: Any, with_nulls: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any], list[str]]]:
    if isinstance(record, dict) and isinstance(with_nulls, dict):
        names = [name for name in with_nulls if name not in record]
        if names:
            yield place, record, names
        for name, value in record.items():
            yield from _sites(value, with_nulls.get(name), (*place, name))
    elif isinstance(record, list) and isinstance(with_nulls, list):
        for index, (value, other) in enumerate(zip(record, with_nulls, strict=False)):
            yield from _sites(value, other, (*place, index))
