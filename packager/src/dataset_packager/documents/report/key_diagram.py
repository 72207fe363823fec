"""Keys and references as a diagram: tables one below the other, an arc from each that refers to what it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataset_packager.base.paths import format_path
from dataset_packager.documents.report.shown_values import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents

ROW, TOP, BOX, STEP, NEAR = 48, 6, 260, 26, 30
Told = dict[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Box:
    """A table of the diagram: name, number of rows, key, and where it stands."""

    name: str
    rows: str
    key: str
    y: int
    refers_to_itself: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """All references from one table to another, as the path of a line, with its arrow's head."""

    source: str
    target: str
    told: tuple[str, ...]
    path: str
    head: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """The diagram, with its size."""

    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    width: int
    height: int

    @property
    def text(self) -> str:
        """What it shows, in words."""
        found = [f"{arc.source} refers to {arc.target}" for arc in self.arcs]
        found += [f"{box.name} refers to itself" for box in self.boxes if box.refers_to_itself]
        return "; ".join(found) or "No table refers to another."


def diagram(config: Config, contents: Contents) -> Diagram:
    """Return the diagram of a dataset's tables."""
    rows = {part.name: part.rows for part in contents.configs}
    told = _told(config)
    boxes = tuple(
        Box(
            name=table.name,
            rows=f"{rows.get(table.name, 0):,}",
            key=shown(", ".join(map(format_path, table.key)) or "no key", 34),
            y=TOP + number * ROW,
            refers_to_itself=told.get((table.name, table.name), ()),
        )
        for number, table in enumerate(config.tables)
    )
    between = {pair: columns for pair, columns in told.items() if pair[0] != pair[1]}
    arcs, reach = _arcs(between, {box.name: number for number, box in enumerate(boxes)})
    return Diagram(boxes, arcs, BOX + NEAR + reach, TOP + ROW * len(boxes))


def _told(config: Config) -> Told:
    """Return by table and table that it refers to: its references, as they are shown."""
    told: Told = {}
    for table in config.tables:
        for reference in table.references:
            columns, key = (", ".join(map(format_path, paths)) for paths in (reference.columns, reference.key))
            pair = table.name, reference.table
            told[pair] = (*told.get(pair, ()), f"{columns} → {reference.table}.{key}")
    return told


def _arcs(told: Told, numbers: dict[str, int]) -> tuple[tuple[Arc, ...], int]:
    ends = _ends(list(told), numbers)
    arcs, reach = [], 0
    for (source, target), references in told.items():
        start, end = ends[source, target, True], ends[source, target, False]
        away = abs(numbers[source] - numbers[target]) * STEP + NEAR
        reach = max(reach, away)
        path = f"M{BOX} {start} C{BOX + away} {start} {BOX + away} {end} {BOX + 7} {end}"
        head = f"{BOX},{end} {BOX + 9},{end - 4.5} {BOX + 9},{end + 4.5}"
        arcs.append(Arc(source, target, references, path, head))
    return tuple(arcs), reach


def _ends(pairs: Sequence[tuple[str, str]], numbers: dict[str, int]) -> dict[tuple[str, str, bool], float]:
    """Return where each arc leaves and arrives: the ends at one box stand apart, in the order of the other ends."""
    ends: dict[tuple[str, str, bool], float] = {}
    for name, number in numbers.items():
        mine = [(pair, leaves) for pair in pairs for leaves in (True, False) if pair[0 if leaves else 1] == name]
        mine.sort(key=lambda end: (numbers[end[0][1 if end[1] else 0]], end[1]))
        room = ROW - 14
        for place, (pair, leaves) in enumerate(mine, 1):
            ends[*pair, leaves] = round(TOP + number * ROW + room * place / (len(mine) + 1), 1)
    return ends
