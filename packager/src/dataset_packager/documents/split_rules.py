"""How rows came into their splits, a sentence for each table that has several: what card and datasheet tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.paths import format_path
from dataset_packager.documents.markdown import code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.config import Config, Splits, Table

MOST_PATTERNS = 3  # of one split: more are counted


def split_rules(config: Config) -> Iterator[str]:
    """Yield the lines of a list: by what rule each table of several splits was split, and what no two of them share."""
    for table in config.tables:
        if len(table.splits.names) > 1:
            yield f"- {code(table.name)}: {_rule(table.splits)}.{''.join(_apart(table))}"


def _rule(splits: Splits) -> str:
    if splits.column:
        return f"the column {_columns([splits.column])} names each row's split"
    if splits.files:
        return "its files make the splits: " + "; ".join(
            f"{code(split)} is {_patterns(patterns)}" for split, patterns in splits.files
        )
    (first, most), *others = splits.shares
    shares = ", ".join(
        [f"{_percent(most)} go to {code(first)}", *(f"{_percent(s)} to {code(name)}" for name, s in others)]
    )
    together = _columns(splits.group_by)
    seed = f"the seed {code(splits.seed)}" if splits.seed else "no seed"
    return (
        f"drawn by lot (SHA-256 of {seed} and of {together}): rows that agree in {together} are a group and stay "
        f"together, and so do all rows that have none there; of the groups {shares}, as far as chance has it"
    )


def _percent(share: float) -> str:
    return f"{share * 100:.6g}%"


def _patterns(patterns: tuple[str, ...]) -> str:
    listed = ", ".join(map(code, patterns[:MOST_PATTERNS]))
    more = len(patterns) - MOST_PATTERNS
    return f"{listed} and {more:,} more" if more > 0 else listed


def _apart(table: Table) -> Iterator[str]:
    for columns in table.disjoint:
        yield f" No two splits have rows that agree in {_columns(columns)}."


def _columns(paths: Iterable[ColumnPath]) -> str:
    listed = [code(format_path(path)) for path in paths]
    return ", ".join(listed[:-1]) + f" and {listed[-1]}" if listed[1:] else listed[0]
