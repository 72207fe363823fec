"""What the columns of a dataset's tables mean: the parts of the section ``captures``, one class each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataset_packager.base.paths import ColumnPath


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
class SharedThrough:
    """A table whose rows refer to others by ``key``, which share something where these have one value in ``column``."""

    table: str
    key: ColumnPath
    column: ColumnPath
    where: Where | None


@dataclass(frozen=True, slots=True)
class PairColumns:
    """A file of pairs that were read, the table of their rows, what these may share, and the table of links."""

    file: str
    table: str
    key: ColumnPath
    text: ColumnPath
    shared: tuple[tuple[ColumnPath, ...], ...]
    through: tuple[SharedThrough, ...]
    links: str
    ends: tuple[ColumnPath, ...]


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
    """How the rows of a table that joins two rows of another are compared.

    ``rows`` is the comparison that has paired those; None where both passes were given the same ones.
    """

    name: str
    table: str
    rows: str | None
    key: ColumnPath
    ends: tuple[ColumnPath, ...]
    labels: tuple[ColumnPath, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two passes, as folders of ``TABLE.jsonl`` relative to the project, and what is compared between them.

    ``again`` holds further comparisons of two passes, each under its ``name``; the first one has none.
    """

    first: str
    second: str
    partition: bool
    spans: tuple[SpanComparison, ...]
    joins: tuple[JoinComparison, ...]
    name: str = ""
    again: tuple[Agreement, ...] = ()
