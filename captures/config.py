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
from dataset_packager.project.config import unknown_name

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
    si_low: ColumnPath | None
    si_high: ColumnPath | None
    si_unit: ColumnPath | None
    calendar_kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spans:
    """A table whose rows have spans in a document."""

    table: str
    document: ColumnPath
    paths: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class DamageColumns:
    """Claims that are marked as damaged, and the changes that damage them.

    ``key`` names a claim and ``flag`` marks it; ``quoted`` chooses the quotations (None: there are none), on
    whose marks a change counts as well; segments of the labels ``inserted`` may stand between words and mark.
    ``refers`` are a change's claims; ``harmless`` chooses the changes that do no damage.
    """

    claims: Spans
    key: ColumnPath
    flag: ColumnPath
    quoted: Where | None
    inserted: frozenset[str]
    changes: Spans
    refers: ColumnPath
    harmless: Where


@dataclass(frozen=True, slots=True)
class ParentColumns:
    """A table whose rows lie within the spans of the row that is their parent."""

    table: str
    key: ColumnPath
    parent: ColumnPath
    at: ColumnPath


@dataclass(frozen=True, slots=True)
class RoleColumns:
    """A table whose rows say whether they lie within their claim's spans, and to whom they belong.

    ``document`` is a column of both tables.
    """

    table: str
    document: ColumnPath
    at: ColumnPath
    role: ColumnPath
    inside: str
    outside: str
    owners: ColumnPath
    claims: Reference
    claims_at: ColumnPath
    claims_owners: ColumnPath


@dataclass(frozen=True, slots=True)
class BasisColumns:
    """A value and what it rests on.

    With ``printed``, a value that rests on a capture stands in one; with ``dated``, the years of a date that rests on
    a capture stand in the segments of these locators.
    """

    table: str
    value: ColumnPath
    basis: ColumnPath
    where: Where | None
    printed: bool
    dated: Spans | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """A file of places inside the project, the column with a place's number, and those that are the same in both."""

    file: str
    table: str
    id: ColumnPath
    same: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class StatementColumns:
    """A file of readings inside the project, and the table whose statements were read."""

    file: str
    table: str
    key: ColumnPath
    text: ColumnPath


@dataclass(frozen=True, slots=True)
class TreeColumns:
    """A table whose rows name their parent."""

    table: str
    key: ColumnPath
    parent: ColumnPath


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
class JoinComparison:
    """How the rows of a table that joins two rows of another are compared, which ``rows``, a comparison, has paired."""

    name: str
    table: str
    rows: str
    key: ColumnPath
    ends: tuple[ColumnPath, ...]
    labels: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two passes, as folders of ``TABLE.jsonl`` relative to the project, and what is compared between them."""

    first: str
    second: str
    partition: bool
    spans: tuple[SpanComparison, ...]
    joins: tuple[JoinComparison, ...]


@dataclass(frozen=True, slots=True)
class CapturesConfig:
    """The whole section."""

    documents: DocumentColumns
    partition: PartitionColumns
    own_words: tuple[Column, ...] = ()
    locators: tuple[LocatorColumns, ...] = ()
    figures: FigureColumns | None = None
    coverage: Coverage = Coverage()
    damage: DamageColumns | None = None
    parents: tuple[ParentColumns, ...] = ()
    roles: RoleColumns | None = None
    bases: tuple[BasisColumns, ...] = ()
    gazetteer: Gazetteer | None = None
    statements: StatementColumns | None = None
    trees: tuple[TreeColumns, ...] = ()
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
            damage=_damage(section["damage"]) if "damage" in section else None,
            parents=tuple(ParentColumns(**_named(item, "table")) for item in section.get("parents", ())),
            roles=_roles(section["roles"]) if "roles" in section else None,
            bases=tuple(_basis(item) for item in section.get("bases", ())),
            gazetteer=_gazetteer(section["gazetteer"]) if "gazetteer" in section else None,
            statements=_statements(section.get("statements")),
            trees=tuple(TreeColumns(**_named(item, "table")) for item in section.get("trees", ())),
            agreement=_agreement(section["agreement"]) if "agreement" in section else None,
        )

    @property
    def tables(self) -> frozenset[str]:
        """The names of all tables that the section speaks of."""
        named = {self.documents.table, self.partition.table} | {item.table for item in self.locators + self.own_words}
        covers = (self.coverage.sentences, self.coverage.quotations, self.coverage.numbers)
        named |= {column.table for cover in covers if cover for column in cover.by}
        named |= {item.table for item in self.parents} | {item.table for item in self.bases + self.trees}
        named |= {self.figures.table} if self.figures else set()
        named |= {self.roles.table, self.roles.claims.table} if self.roles else set()
        named |= {self.gazetteer.table} if self.gazetteer else set()
        named |= {self.statements.table} if self.statements else set()
        return frozenset(named | ({self.damage.claims.table, self.damage.changes.table} if self.damage else set()))


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


def _named(section: Mapping[str, Any], *plain: str) -> dict[str, Any]:
    """Return the members of a section, all but the plain ones as paths."""
    return {name: value if name in plain else _path(value) for name, value in section.items()}


def _spans(section: Mapping[str, Any]) -> Spans:
    return Spans(section["table"], _path(section["document"]), _paths(section["paths"]))


def _damage(section: Mapping[str, Any]) -> DamageColumns:
    claims, changes = section["claims"], section["changes"]
    return DamageColumns(
        claims=_spans(claims),
        key=_path(claims["key"]),
        flag=_path(claims["flag"]),
        quoted=_where(claims.get("quoted")),
        inserted=frozenset(claims.get("inserted", ())),
        changes=_spans(changes),
        refers=_path(changes["refers"]),
        harmless=Where(_path(changes["harmless"]["column"]), frozenset(changes["harmless"]["values"])),
    )


def _roles(section: Mapping[str, Any]) -> RoleColumns:
    claims = section["claims"]
    members = {name: value for name, value in section.items() if name != "claims"}
    return RoleColumns(
        **_named(members, "table", "inside", "outside"),
        claims=_reference(claims),
        claims_at=_path(claims["at"]),
        claims_owners=_path(claims["owners"]),
    )


def _basis(section: Mapping[str, Any]) -> BasisColumns:
    value, basis = _path(section["value"]), _path(section["basis"])
    dated = _spans({"table": section["table"], **section["dated"]}) if "dated" in section else None
    where = _where(section.get("where"))
    return BasisColumns(section["table"], value, basis, where, section.get("printed", False), dated)


def _gazetteer(section: Mapping[str, Any]) -> Gazetteer:
    return Gazetteer(section["file"], section["table"], _path(section["id"]), _paths(section["same"]))


def _statements(section: Mapping[str, Any] | None) -> StatementColumns | None:
    return None if section is None else StatementColumns(**_named(section, "file", "table"))


def _coverage(section: Mapping[str, Any]) -> Coverage:
    covers = {
        name: Cover(frozenset(rule["labels"]), _each_column(rule["by"]))
        for name, rule in section.items()
        if name != "exceptions"
    }
    return Coverage(exceptions=section.get("exceptions"), **covers)


def _agreement(section: Mapping[str, Any]) -> Agreement:
    spans = tuple(_comparison(item) for item in section.get("spans", ()))
    joins = tuple(_join(item) for item in section.get("joins", ()))
    names = {item.name for item in spans}
    for item in joins:
        if item.rows not in names:
            raise SetupError(f"pyproject.toml: [{SECTION}.agreement]: {unknown_name(item.rows, sorted(names))}")
    return Agreement(section["first"], section["second"], section.get("partition", True), spans, joins)


def _join(section: Mapping[str, Any]) -> JoinComparison:
    return JoinComparison(
        name=section.get("name", section["table"]),
        table=section["table"],
        rows=section["rows"],
        key=_path(section["key"]),
        ends=_paths(section["ends"]),
        labels=_paths(section.get("labels", ())),
    )


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
