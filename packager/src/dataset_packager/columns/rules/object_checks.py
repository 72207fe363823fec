"""Checks of objects with named members: which of them are there, and what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dataset_packager.columns.rules.checks import ALWAYS, PRESENCE, Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.checks import Columns, Mask


def stands(columns: Columns, member: Node, where: Mask) -> Mask:
    """Return which objects have a member, be it null."""
    return where & columns.stands(member) if member.may_lack else where


def has(member: Node) -> Check:
    """Return the check that an object has a member."""
    if not member.may_lack:
        return ALWAYS
    return Check(PRESENCE, lambda columns, where: where & columns.stands(member))


def lacks(member: Node) -> Check:
    """Return the check that an object doesn't have a member."""
    return Check(PRESENCE, lambda columns, where: where & ~stands(columns, member, where))


def holds(member: Node, check: Check) -> Check:
    """Return the check that a member's value is valid, if the object has that member."""
    if check is ALWAYS:
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        here = stands(columns, member, where)
        return where & ~(here & ~check(columns, here))

    return Check(check.cost, run)


def size(members: Sequence[Node], least: float, most: float) -> Check:
    """Return the check of how many of its members an object has."""
    if least <= 0 and most >= len(members):
        return ALWAYS

    def run(columns: Columns, where: Mask) -> Mask:
        counts = np.zeros(len(where), np.int64)
        for member in members:
            counts += stands(columns, member, where)
        return where & (counts >= least) & (counts <= most)

    return Check(PRESENCE, run)
