"""Checks: which entries of a column are valid against a rule, decided for all of them at once, and how they combine.

A check takes the entries of one node at which a value stands, as a mask, and returns those of them that are valid. So
``anyOf`` looks only at what no branch has taken yet, ``then`` only at what ``if`` has, and a rule costs what looking at
those values costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from dataset_packager.columns.arrow import Array
    from dataset_packager.columns.fast.kernel_program import Node

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
PRESENCE, FEW, MANY, BELOW, COMBINED = range(5)
"""What a check costs: looks at what is there, at few distinct values, at each value, at elements, at branches."""
DEPENDENT = ("dependentRequired", "dependencies", "dependentSchemas")


class Columns(Protocol):
    """Columns that rules are held against: those of lines that are being read, or those that were read back.

    The entries of a struct's members are those of the struct, one for one; those of a list's or a map's are its
    elements, one list after the other.

    Attributes:
        made: what rules have made of the values of a node, for other rules about the same node.
    """

    made: dict[tuple[str, int], Any]

    def present(self, node: Node) -> Mask:
        """Return which entries of a node aren't null in Arrow."""

    def stands(self, node: Node) -> Mask:
        """Return which objects have a member that they may lack, be it null."""

    def lengths(self, node: Node) -> Ints:
        """Return how many elements each list or map has; none where it is null."""

    def values(self, node: Node) -> Array:
        """Return the array of a node, nulls included."""

    def written(self, node: Node) -> Array:
        """Return the values of a scalar node in a form that tells apart all that differ in the record."""

    def as_json(self, node: Node, written: Array) -> list[Any]:
        """Return the JSON values of some that are ``written`` so."""

    def parsed(self, node: Node) -> list[Any]:
        """Return what each entry of a column of JSON text holds; anything for those that are null in Arrow."""


class NotByColumns(Exception):  # no error: whole values are put to the engine
    """A rule that columns don't decide; the message names what it asks for."""


Run = Callable[[Columns, Mask], Mask]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule at a node; ``cost`` says how much it looks at, so that the cheaper ones of several come first."""

    cost: int
    run: Run

    def __call__(self, columns: Columns, where: Mask) -> Mask:
        """Return which of some entries are valid."""
        return self.run(columns, where) if where.any() else where


ALWAYS = Check(PRESENCE, lambda _, where: where)
NEVER = Check(PRESENCE, lambda _, where: np.zeros(len(where), np.bool_))


def all_of(checks: Sequence[Check]) -> Check:
    """Return the check that all of some hold."""
    ordered = sorted((each for each in checks if each is not ALWAYS), key=lambda each: each.cost)
    if NEVER in ordered:
        return NEVER
    if len(ordered) < 2:
        return ordered[0] if ordered else ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        for check in ordered:
            where = check(columns, where)
        return where

    return Check(ordered[-1].cost, run)


def any_of(checks: Sequence[Check]) -> Check:
    """Return the check that at least one of some holds."""
    ordered = sorted((each for each in checks if each is not NEVER), key=lambda each: each.cost)
    if ALWAYS in ordered:
        return ALWAYS
    if len(ordered) < 2:
        return ordered[0] if ordered else NEVER

    def run(columns: Columns, where: Mask) -> Mask:
        left = where
        for check in ordered:
            left = left & ~check(columns, left)
        return where & ~left

    return Check(COMBINED, run)


def one_of(checks: Sequence[Check]) -> Check:
    """Return the check that exactly one of some holds."""
    if len(checks) == 1:
        return checks[0]

    def run(columns: Columns, where: Mask) -> Mask:
        once, left = np.zeros(len(where), np.bool_), where
        for check in checks:
            valid = check(columns, left)
            left = left & ~(once & valid)
            once = (once | valid) & left
        return once

    return Check(COMBINED, run)


def none_of(check: Check) -> Check:
    """Return the check that another doesn't hold."""
    if check in (ALWAYS, NEVER):
        return NEVER if check is ALWAYS else ALWAYS
    return Check(check.cost, lambda columns, where: where & ~check(columns, where))


def if_then(condition: Check, then: Check, otherwise: Check) -> Check:
    """Return the check that ``then`` holds where the condition does, and ``otherwise`` where it doesn't."""
    if condition in (ALWAYS, NEVER):
        return then if condition is ALWAYS else otherwise
    if then is otherwise is ALWAYS:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        fits = condition(columns, where)
        return then(columns, fits) | otherwise(columns, where & ~fits)

    return Check(COMBINED, run)
