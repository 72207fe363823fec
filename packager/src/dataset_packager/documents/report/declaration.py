"""What a report is to draw over which columns: ``[tool.dataset-packager.report]``, checked against the tables.

Nothing here or in what draws knows of a particular dataset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, ColumnPath, format_path, parse_path
from dataset_packager.project.config import SECTION
from dataset_packager.project.contract import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataset_packager.project.config import Config

DEFAULT_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """What all declared views have: a title, a sentence about it, its table, and the name of its picture, if any."""

    title: str
    about: str
    table: str
    picture: str | None
    paths: Mapping[str, ColumnPath]
    lists: Mapping[str, tuple[ColumnPath, ...]]
    parts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    drawn: str | None = None

    def path(self, name: str) -> ColumnPath | None:
        """Return the path of a column by its role, or None where none is declared."""
        return self.paths.get(name)

    def needed(self, name: str) -> ColumnPath:
        """Return the path of a column by a role that the contract requires."""
        return self.paths[name]


@dataclass(frozen=True, slots=True)
class Declaration:
    """The whole declaration; ``labels`` says by which columns a table's rows are called."""

    enabled: bool = True
    rows: int = DEFAULT_ROWS
    thumbnails: bool = False
    labels: Mapping[str, tuple[ColumnPath, ...]] = field(default_factory=dict)
    timelines: tuple[Drawn, ...] = ()
    chains: tuple[Drawn, ...] = ()
    comparisons: tuple[Drawn, ...] = ()
    counts: tuple[Drawn, ...] = ()
    browsers: tuple[Drawn, ...] = ()
    threads: tuple[Drawn, ...] = ()

    @property
    def picture_names(self) -> list[str]:
        """The names of the pictures that views have, for which the charting library is needed, in the page's order."""
        views = (*self.timelines, *self.comparisons, *self.chains, *self.counts) if self.enabled else ()
        return list(dict.fromkeys(view.picture for view in views if view.picture is not None))


# The members of each kind of view: single columns, lists of columns, and parts, whose columns lie in another table or
# in a list of this one.
COLUMNS = {
    "timelines": ("date", "certainty"),
    "chains": (),
    "comparisons": ("group", "heading", "date", "by"),
    "counts": ("rows", "columns"),
    "browsers": ("text", "locator"),
    "threads": ("text", "date", "who", "by"),
}
LISTS = ("details", "filters", "marks")


def declared(config: Config) -> Declaration:
    """Return the declaration of a configuration that fits its contract."""
    document = config.report or {}
    drawn = {kind: tuple(_drawn(kind, part) for part in document.get(kind, ())) for kind in COLUMNS}
    labels = {
        name: tuple(map(parse_path, [path] if isinstance(path, str) else path))
        for name, path in document.get("labels", {}).items()
    }
    enabled = document.get("enabled", True)
    thumbnails = enabled and document.get("thumbnails", False)
    return Declaration(enabled, document.get("rows", DEFAULT_ROWS), thumbnails, labels, **drawn)


def _drawn(kind: str, part: Mapping[str, Any]) -> Drawn:
    return Drawn(
        title=part["title"],
        about=part.get("about", ""),
        table=part["table"],
        picture=part.get("picture"),
        paths={name: parse_path(part[name]) for name in COLUMNS[kind] if name in part},
        lists={name: tuple(map(parse_path, part[name])) for name in LISTS if name in part},
        parts={name: _part(value) for name, value in part.items() if isinstance(value, dict)},
        drawn=part.get("drawn"),
    )


def _part(value: Mapping[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = {}
    for name, text in value.items():
        if name == "table":
            parsed[name] = text
        else:
            parsed[name] = parse_path(text) if isinstance(text, str) else tuple(map(parse_path, text))
    return parsed


def check_declaration(config: Config, schemas: Mapping[str, pa.Schema]) -> None:
    """Check that every table and column that the declaration names is there.

    Raises:
        SetupError: one isn't, and the message names the nearest that is.
    """
    declaration = declared(config)
    for name, paths in declaration.labels.items():
        _check(schemas, f"[{SECTION}.report] labels", name, paths)
    for kind in COLUMNS:
        for number, drawn in enumerate(getattr(declaration, kind)):
            where = f"[{SECTION}.report] {kind}.{number}"
            _check(schemas, where, drawn.table, _columns(drawn))
            for name, part in drawn.parts.items():
                _check(schemas, f"{where}.{name}", part.get("table", drawn.table), _part_columns(part))


def _columns(drawn: Drawn) -> Iterator[ColumnPath]:
    yield from drawn.paths.values()
    for paths in drawn.lists.values():
        yield from paths


def _part_columns(part: Mapping[str, Any]) -> Iterator[ColumnPath]:
    """Yield the paths of a part; where it has a ``column``, the others lie in that list's elements."""
    base: ColumnPath = part.get("column", ())
    for name, value in part.items():
        if name == "table":
            continue
        for path in [value] if name == "column" or not value or not isinstance(value[0], tuple) else value:
            yield path if name == "column" else (*base, *path)


def _check(schemas: Mapping[str, pa.Schema], where: str, table: str, paths: Any) -> None:
    if table not in schemas:
        raise SetupError(f"{where}: {unknown_name(table, list(schemas))}")
    for path in paths:
        kind: pa.DataType = pa.struct(list(schemas[table]))
        for step in path:
            kind = _step(kind, step, f"{where}: {table}: {format_path(path)}")


def _step(kind: pa.DataType, step: str | None, where: str) -> pa.DataType:
    if step is LIST:
        if not pa.types.is_list(kind):
            raise SetupError(f"{where}: there is no list where [] stands: leave it out")
        return kind.value_type
    if not pa.types.is_struct(kind):
        mend = "write [] behind the list's name" if pa.types.is_list(kind) else "end the path before it"
        raise SetupError(f"{where}: {step!r} has no place here: {mend}")
    names = [child.name for child in kind]
    if step not in names:
        raise SetupError(f"{where}: {unknown_name(step, names)}")
    return kind.field(names.index(step)).type
