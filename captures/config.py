"""What the commands on captured sources know of a dataset's tables: ``[tool.dataset-packager.captures]``.

The contract is ``config.schema.json`` beside this module. Nothing here knows what a dataset is about.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

from captures.columns import (
    Agreement,
    BasisColumns,
    Column,
    Cover,
    Coverage,
    DamageColumns,
    DocumentColumns,
    FigureColumns,
    Gazetteer,
    Identifiers,
    JoinComparison,
    LocatorColumns,
    PairColumns,
    ParentColumns,
    PartitionColumns,
    Reference,
    RoleColumns,
    SharedThrough,
    SpanComparison,
    Spans,
    StatementColumns,
    TreeColumns,
    Where,
)
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import ColumnPath, parse_path
from dataset_packager.project.contract import unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "captures"
SECTION = f"tool.dataset-packager.{NAME}"
_T = TypeVar("_T", "DocumentColumns", "PartitionColumns", "FigureColumns")


@dataclass(frozen=True, slots=True)
class CapturesConfig:
    """The whole section."""

    documents: DocumentColumns
    partition: PartitionColumns
    own_words: tuple[Column, ...] = ()
    locators: tuple[LocatorColumns, ...] = ()
    figures: FigureColumns | None = None
    coverage: Coverage = field(default_factory=Coverage)
    damage: DamageColumns | None = None
    parents: tuple[ParentColumns, ...] = ()
    roles: RoleColumns | None = None
    bases: tuple[BasisColumns, ...] = ()
    gazetteer: Gazetteer | None = None
    statements: StatementColumns | None = None
    pairs: PairColumns | None = None
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
            pairs=_pairs(section["pairs"]) if "pairs" in section else None,
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
        if self.pairs:
            named |= {self.pairs.table, self.pairs.links} | {item.table for item in self.pairs.through}
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
    members: dict[str, Any] = {each.name: None for each in fields(kind)}
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


def _pairs(section: Mapping[str, Any]) -> PairColumns:
    through = (
        SharedThrough(item["table"], _path(item["key"]), _path(item["column"]), _where(item.get("where")))
        for item in section.get("through", ())
    )
    return PairColumns(
        file=section["file"],
        table=section["table"],
        key=_path(section["key"]),
        text=_path(section["text"]),
        shared=tuple(map(_paths, section["shared"])),
        through=tuple(through),
        links=section["links"]["table"],
        ends=_paths(section["links"]["ends"]),
    )


def _coverage(section: Mapping[str, Any]) -> Coverage:
    covers = {
        name: Cover(frozenset(rule["labels"]), _each_column(rule["by"]))
        for name, rule in section.items()
        if name != "exceptions"
    }
    return Coverage(exceptions=section.get("exceptions"), **covers)


def _agreement(section: Mapping[str, Any]) -> Agreement:
    spans = tuple(_comparison(item) for item in section.get("spans", ()))
    again = tuple(_agreement(item) for item in section.get("again", ()))
    if len({item.name for item in again}) < len(again):
        raise SetupError(f"pyproject.toml: [[{SECTION}.agreement.again]]: two comparisons have one name")
    joins = tuple(_join(item) for item in section.get("joins", ()))
    names = {item.name for item in spans}
    for item in joins:
        if item.rows is not None and item.rows not in names:
            raise SetupError(f"pyproject.toml: [{SECTION}.agreement]: {unknown_name(item.rows, sorted(names))}")
    return Agreement(
        first=section["first"],
        second=section["second"],
        partition=section.get("partition", True),
        spans=spans,
        joins=joins,
        name=section.get("name", ""),
        again=again,
    )


def _join(section: Mapping[str, Any]) -> JoinComparison:
    return JoinComparison(
        name=section.get("name", section["table"]),
        table=section["table"],
        rows=section.get("rows"),
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
