"""Checks of lists and maps: of how many elements they have, of each of them, and of which there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from dataset_packager.columns.rules.checks import ALWAYS, BELOW, PRESENCE, Check

if TYPE_CHECKING:
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Columns, Ints, Mask

Chosen = Callable[["Columns"], "Mask"]
"""Which of all elements of a node's lists a rule speaks of."""


def length(node: Node, least: float, most: float) -> Check:
    """Return the check of how many elements a list or map has."""
    if least <= 0 and most == np.inf:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        lengths = columns.lengths(node)
        return where & (lengths >= least) & (lengths <= most)

    return Check(PRESENCE, run)


def every(node: Node, element: Check, chosen: Chosen | None = None) -> Check:
    """Return the check that ``element`` holds for all elements of a list or map, or for those that are ``chosen``."""
    if element is ALWAYS:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        lengths = columns.lengths(node)
        inside = _inside(columns, lengths, where, chosen)
        bad = inside & ~element(columns, inside)
        if not bad.any():
            return where
        where = where.copy()
        where[np.searchsorted(np.cumsum(lengths), np.flatnonzero(bad), side="right")] = False
        return where

    return Check(BELOW, run)


def count(node: Node, element: Check, least: float, most: float, chosen: Chosen | None = None) -> Check:
    """Return the check of for how many elements ``element`` holds."""
    if least <= 0 and most == np.inf:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        lengths = columns.lengths(node)
        found = element(columns, _inside(columns, lengths, where, chosen))
        sums, ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(found)]), np.cumsum(lengths)
        counts = sums[ends] - sums[ends - lengths]
        return np.asarray(where & (counts >= least) & (counts <= most))

    return Check(BELOW, run)


def _inside(columns: Columns, lengths: Ints, where: Mask, chosen: Chosen | None) -> Mask:
    inside: Mask = np.repeat(where, lengths)
    return np.logical_and(inside, chosen(columns)) if chosen else inside


def at_index(node: Node, first: int, last: float) -> Chosen:
    """Return the choice of the elements of lists with an index from ``first`` on, up to ``last``."""

    def chosen(columns: Columns) -> Mask:
        lengths = columns.lengths(node)
        starts = np.cumsum(lengths) - lengths
        indexes = np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
        return np.asarray((indexes >= first) & (indexes <= last))

    return chosen


def with_key(node: Node, key: Check) -> Chosen:
    """Return the choice of the members of maps whose names are valid by a check of names."""
    return lambda columns: key(columns, columns.present(node.children[0]))
