"""What the commands on captured sources know of a dataset's tables: ``[tool.dataset-packager.captures]``.

The contract is ``config.schema.json`` beside this module. Nothing here knows what a dataset is about.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import ColumnPath, parse_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "captures"
SECTION = f"tool.dataset-packager.{NAME}"
_T = TypeVar("_T", "DocumentColumns", "PartitionColumns", "FigureColumns")


@dataclass(frozen=True, slots=True)
class DocumentColumns:
    """The table of captured files.

    Sizes in bytes and in code points are checked where they have a column; sentences are cut by the language's rules.
    """

    table: str
    id: ColumnPath
    file_name: ColumnPath
    sha256: ColumnPath
    bytes: ColumnPath | None
    characters: ColumnPath | None
    language: ColumnPath | None


@dataclass(frozen=True, slots=True)
class PartitionColumns:
    """The table whose rows divide each capture into labelled segments; ``body`` are the labels of the text proper."""

    table: str
    document: ColumnPath
    label: ColumnPath
    body: frozenset[str]


@dataclass(frozen=True, slots=True)
class Where:
    """The rows that have one of these values in a column."""

    column: ColumnPath
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class LocatorColumns:
    """Locators of one table: their paths, the labels under which they may lie (None: any), and how far they reach.

    ``where`` chooses rows (None: all); ``printed`` is a column whose text stands in the span.
    """

    table: str
    document: ColumnPath
    paths: tuple[ColumnPath, ...]
    where: Where | None = None
    labels: frozenset[str] | None = None
    within_one: bool = False
    printed: ColumnPath | None = None


@dataclass(frozen=True, slots=True)
class FigureColumns:
    """The table of quantities; kinds in ``calendar_kinds`` name a date and have no value."""

    table: str
    document: ColumnPath
    at: ColumnPath
    low: ColumnPath
    high: ColumnPath
    unit: ColumnPath
    unit_code: ColumnPath
    bound: ColumnPath
    kind: ColumnPath
    date: ColumnPath | None
    calendar_kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table."""

    table: str
    path: ColumnPath


@dataclass(frozen=True, slots=True)
class Cover:
    """What has to be touched in segments of these labels, and by which locators."""

    labels: frozenset[str]
    by: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The rules of coverage; one that is None is not checked."""

    exceptions: str | None = None
    sentences: Cover | None = None
    quotations: Cover | None = None
    numbers: Cover | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A column whose values stand in the column ``key`` of another table."""

    column: ColumnPath
    table: str
    key: ColumnPath


@dataclass(frozen=True, slots=True)
class Identifiers:
    """A reference that is compared; ``through`` leads to the table in which its column stands, if it is another one."""

    name: str
    refers: Reference
    through: Reference | None


@dataclass(frozen=True, slots=True)
class SpanComparison:
    """How the rows of one table are compared between two passes, paired by their spans.

    ``where`` chooses rows (None: all); ``labels`` hold controlled words; the values of ``same`` are equal or not.
    """

    name: str
    table: str
    document: ColumnPath
    at: ColumnPath
    where: Where | None
    labels: tuple[ColumnPath, ...]
    same: tuple[ColumnPath, ...]
    identifiers: tuple[Identifiers, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two passes, as folders of ``TABLE.jsonl`` relative to the project, and what is compared between them."""

    first: str
    second: str
    partition: bool
    spans: tuple[SpanComparison, ...]


@dataclass(frozen=True, slots=True)
class CapturesConfig:
    """The whole section."""

    documents: DocumentColumns
    partition: PartitionColumns
    own_words: tuple[Column, ...] = ()
    locators: tuple[LocatorColumns, ...] = ()
    figures: FigureColumns | None = None
    coverage: Coverage = Coverage()
    agreement: Agreement | None = None

    @classmethod
    def from_dict(cls, section: Mapping[str, Any]) -> CapturesConfig:
        """Return the configuration that the section states.

        Raises:
            SetupError: it breaks the contract; the message names the member.
        """
        check_section(section)
        return cls(
            documents=_columns(DocumentColumns, section["documents"]),
            partition=_columns(PartitionColumns, section["partition"]),
            own_words=_each_column(section.get("own_words", ())),
            locators=tuple(_locators(item) for item in section.get("locators", ())),
            figures=_figures(section.get("figures")),
            coverage=_coverage(section.get("coverage", {})),
            agreement=_agreement(section["agreement"]) if "agreement" in section else None,
        )

    @property
    def tables(self) -> frozenset[str]:
        """The names of all tables that the section speaks of."""
        named = {self.documents.table, self.partition.table} | {item.table for item in self.locators + self.own_words}
        covers = (self.coverage.sentences, self.coverage.quotations, self.coverage.numbers)
        named |= {column.table for cover in covers if cover for column in cover.by}
        return frozenset(named | ({self.figures.table} if self.figures else set()))


def check_section(section: Mapping[str, Any]) -> None:
    """Check the section against its contract.

    Raises:
        SetupError: it breaks the contract.
    """
    from jsonschema import Draft202012Validator  # heavy, and needed by few commands
    from jsonschema.exceptions import best_match

    contract = json.loads(resources.files(__package__).joinpath("config.schema.json").read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(contract).iter_errors(dict(section)))
    if error:
        where = ".".join([SECTION, *map(str, error.absolute_path)])
        raise SetupError(f"pyproject.toml: [{where}]: {error.message}")


def _path(text: str) -> ColumnPath:
    return () if text == "." else parse_path(text)


def _columns(kind: type[_T], section: Mapping[str, Any]) -> _T:
    """Make one of the classes above whose members are a table, columns and lists of words."""
    members: dict[str, Any] = {field.name: None for field in fields(kind)}
    for name, value in section.items():
        if isinstance(value, list):
            members[name] = frozenset(value)
        else:
            members[name] = value if name == "table" else _path(value)
    return kind(**members)


def _figures(section: Mapping[str, Any] | None) -> FigureColumns | None:
    return None if section is None else _columns(FigureColumns, {"calendar_kinds": [], **section})


def _paths(texts: Iterable[str]) -> tuple[ColumnPath, ...]:
    return tuple(map(_path, texts))


def _each_column(texts: Iterable[str]) -> tuple[Column, ...]:
    split = (text.partition(".") for text in texts)
    return tuple(Column(table, _path(path)) for table, _, path in split)


def _locators(section: Mapping[str, Any]) -> LocatorColumns:
    return LocatorColumns(
        table=section["table"],
        document=_path(section["document"]),
        paths=_paths(section["paths"]),
        where=_where(section.get("where")),
        labels=frozenset(section["labels"]) if "labels" in section else None,
        within_one=section.get("within_one", False),
        printed=_path(section["printed"]) if "printed" in section else None,
    )


def _where(section: Mapping[str, Any] | None) -> Where | None:
    return None if section is None else Where(_path(section["column"]), frozenset(section["values"]))


def _coverage(section: Mapping[str, Any]) -> Coverage:
    covers = {
        name: Cover(frozenset(rule["labels"]), _each_column(rule["by"]))
        for name, rule in section.items()
        if name != "exceptions"
    }
    return Coverage(exceptions=section.get("exceptions"), **covers)


def _agreement(section: Mapping[str, Any]) -> Agreement:
    spans = tuple(_comparison(item) for item in section.get("spans", ()))
    return Agreement(section["first"], section["second"], section.get("partition", True), spans)


def _comparison(section: Mapping[str, Any]) -> SpanComparison:
    return SpanComparison(
        name=section.get("name", section["table"]),
        table=section["table"],
        document=_path(section["document"]),
        at=_path(section["at"]),
        where=_where(section.get("where")),
        labels=_paths(section.get("labels", ())),
        same=_paths(section.get("same", ())),
        identifiers=tuple(_identifiers(item) for item in section.get("identifiers", ())),
    )


def _identifiers(section: Mapping[str, Any]) -> Identifiers:
    through = section.get("through")
    return Identifiers(section["name"], _reference(section), _reference(through) if through else None)


def _reference(section: Mapping[str, Any]) -> Reference:
    return Reference(_path(section["column"]), section["table"], _path(section["key"]))
