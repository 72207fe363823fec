"""Which nulls a record needs in order to be valid, where its columns don't tell null from absent.

``minProperties``, ``dependentRequired`` and the branches of a union can ask for a member that is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.wording import member_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.columns import Place
    from dataset_packager.validate import Gate

_ROUNDS = 4
_TRIALS = 64

_Site = tuple["Place", dict[str, Any], list[str]]
"""An object of the record, its place, and the members that may be null in it but are left out."""


def settle(record: Any, with_nulls: Any, gate: Gate) -> Any:
    """Return ``record`` with the nulls that make it valid, or ``with_nulls``, which has all of them, if none do.

    Nulls are put where the findings point to first. ``record`` is changed in place.
    """
    if gate.accepts(with_nulls):
        return with_nulls
    for _ in range(_ROUNDS):
        sites = _blamed(record, with_nulls, gate)
        if not sites or any(_one_suffices(record, site, gate) for site in sites):
            break
        for _, target, names in sites:
            target.update(dict.fromkeys(names))
        if gate.accepts(record):
            return record
    return record if gate.accepts(record) else with_nulls


def _blamed(record: Any, with_nulls: Any, gate: Gate) -> list[_Site]:
    """Return the deepest sites around each finding."""
    sites = [(member_path(place), (place, target, names)) for place, target, names in _sites(record, with_nulls, ())]
    blamed: dict[str, _Site] = {}
    for finding in gate.explain(record, "", None):
        around = [(path, site) for path, site in sites if finding.path.startswith(path)]
        if around:
            path, site = max(around, key=lambda found: len(found[0]))
            blamed[path] = site
    return list(blamed.values())


def _one_suffices(record: Any, site: _Site, gate: Gate) -> bool:
    """Put one null there if that makes the record valid; say whether it does."""
    _, target, names = site
    for name in names[:_TRIALS]:
        target[name] = None
        if gate.accepts(record):
            return True
        del target[name]
    return False


def _sites(record: Any, with_nulls: Any, place: Place) -> Iterator[_Site]:
    if isinstance(record, dict) and isinstance(with_nulls, dict):
        names = [name for name in with_nulls if name not in record]
        if names:
            yield place, record, names
        for name, value in record.items():
            yield from _sites(value, with_nulls.get(name), (*place, name))
    elif isinstance(record, list) and isinstance(with_nulls, list):
        for index, (value, other) in enumerate(zip(record, with_nulls, strict=False)):
            yield from _sites(value, other, (*place, index))
