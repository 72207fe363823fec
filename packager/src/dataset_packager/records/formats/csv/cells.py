"""Rows of text cells as records: the schema says what a cell is, a number, a truth value, a list, JSON, or text.

A header may name a member of a member (``place.lat``). What a cell becomes is said once, in ``Cells``, cell by cell;
``quick_cells`` does the same for whole columns and leaves to it what isn't plain.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path, parse_path
from dataset_packager.base.text import member_path, quoted
from dataset_packager.records.strict_json import LineError, parse
from dataset_packager.schemas.keywords import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataset_packager.records.formats.interface import ValueType

EVERY = frozenset(TYPES)
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_INTEGERS, _NUMBERS = frozenset({"integer"}), frozenset({"integer", "number"})


@dataclass(frozen=True)
class Words:
    """What stands for null, true and false in cells, and what separates the elements of lists, by column."""

    nulls: frozenset[str] = frozenset({""})
    true: frozenset[str] = frozenset({"true"})
    false: frozenset[str] = frozenset({"false"})
    lists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """One column: its number among the cells, its header, the member that it is, and what the schema makes of it.

    Attributes:
        kinds: the JSON types of a value, null left out.
        item: the same of the elements of a list whose cells hold them with a ``separator`` between; else empty.
    """

    number: int
    header: str
    path: tuple[str, ...]
    kinds: frozenset[str]
    nullable: bool
    optional: bool
    separator: str = ""
    item: frozenset[str] = frozenset()
    item_nullable: bool = False


@dataclass
class Group:
    """An object whose members have columns of their own, in the order in which they come first."""

    nullable: bool
    optional: bool
    members: dict[str, Column | Group] = field(default_factory=dict)

    def columns(self) -> Iterator[Column]:
        """Yield all columns of the group, and of those within."""
        for member in self.members.values():
            yield from member.columns() if isinstance(member, Group) else (member,)


class HeaderError(Exception):
    """Why the names of columns can't be used; ``hint`` says how to mend them."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def record_of_columns(header: Sequence[str], kind: ValueType, words: Words) -> Group:
    """Return the record that rows under a header are.

    Raises:
        HeaderError: a name stands twice, is none that the schema has, or is in another's way.
        SetupError: the configuration names lists that are no columns or no lists.
    """
    record, seen = Group(nullable=False, optional=False), set[str]()
    for number, name in enumerate(header):
        if name in seen:
            raise HeaderError(f"the column {quoted(name)} stands twice in the header", "give each a name of its own")
        seen.add(name)
        _place(record, number, name, kind, words)
    for name in words.lists:
        if name not in seen and not _path_of(name, kind):
            raise SetupError(f"csv.lists: no column is called {quoted(name)}: {_nearest(name, list(header))}")
    return record


def _place(record: Group, number: int, header: str, kind: ValueType, words: Words) -> None:
    path = _path_of(header, kind)
    if path is None:
        what = "a column without a name" if not header else f"the column {quoted(header)}"
        raise HeaderError(f"the schema has no member for {what}", _nearest(header, kind.members))
    group, here = record, kind
    for depth, step in enumerate(path[:-1], 1):
        here, required = here.member(step) or (here, True)
        below = group.members.setdefault(step, Group("null" in here.kinds, not required))
        if not isinstance(below, Group):
            raise _in_the_way(header, path[:depth])
        group = below
    if path[-1] in group.members:
        raise _in_the_way(header, path)
    value, required = here.member(path[-1]) or (here, True)
    group.members[path[-1]] = _column(number, header, path, value, words, optional=not required)


def _in_the_way(header: str, path: Sequence[str]) -> HeaderError:
    message = f"the column {quoted(header)} and another one both say what {format_path(tuple(path))} is"
    return HeaderError(message, "keep either the whole object or its members")


def _path_of(header: str, kind: ValueType) -> tuple[str, ...] | None:
    """Return the member that a header names: one of exactly that name, else the one that it leads to."""
    if header in kind.members:
        return (header,)
    try:
        path = parse_path(header)
    except SetupError:
        path = (header,)
    steps = tuple(step for step in path if step is not None)
    if len(steps) < len(path):
        return None
    here = kind
    for step in steps:
        found = here.member(step)
        if found is None:
            return (header,) if header and kind.member(header) else None
        here = found[0]
    return steps if header else None


def _column(
    number: int, header: str, path: tuple[str, ...], kind: ValueType, words: Words, *, optional: bool
) -> Column:
    kinds = kind.kinds - {"null"}
    if kind.kinds >= EVERY or not kinds:  # the schema says nothing, or that there is nothing: text stays text
        kinds = frozenset({"string"})
    separator = words.lists.get(header, "")
    if separator and "array" not in kinds:
        raise SetupError(f"csv.lists: the schema has no array for {quoted(header)}: take it out of the lists")
    item = kind.item().kinds if separator else frozenset()
    return Column(
        number, header, path, kinds, "null" in kind.kinds, optional, separator,
        frozenset({"string"}) if item >= EVERY else item - {"null"}, "null" in item,
    )  # fmt: skip


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {quoted(near[0])}?"
    return "correct the header, or let the schema have it: additionalProperties: true, for one"


@dataclass(frozen=True)
class CellProblem:
    """Why a cell is no value of its column."""

    path: str
    message: str
    hint: str | None


class NoValue(Exception):  # it never leaves this module
    """Why a text is no value."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Cells:
    """Turns the cells of a row into the JSON text of its record."""

    def __init__(self, record: Group, words: Words, depth: int) -> None:
        self.record, self.words, self._depth = record, words, depth

    def json(self, cells: Sequence[str]) -> tuple[bytes, list[CellProblem]]:
        """Return the record of a row, and which of its cells are no values."""
        problems: list[CellProblem] = []
        return self._object(self.record, cells, problems), problems

    def _object(self, group: Group, cells: Sequence[str], problems: list[CellProblem]) -> bytes:
        members = []
        for name, member in group.members.items():
            if isinstance(member, Group):
                text = self._group(member, cells, problems)
            else:
                try:
                    text = self.text(member, cells[member.number])
                except NoValue as error:
                    column, cell = quoted(member.header), quoted(cells[member.number])
                    message = f"the cell {cell} of the column {column} {error}"
                    problems.append(CellProblem(member_path(member.path), message, error.hint))
                    continue
            if text is not None:
                members.append(orjson.dumps(name) + b":" + text)
        return b"{" + b",".join(members) + b"}"

    def _group(self, group: Group, cells: Sequence[str], problems: list[CellProblem]) -> bytes | None:
        may_be_missing = group.nullable or group.optional
        if may_be_missing and all(cells[column.number] in self.words.nulls for column in group.columns()):
            return b"null" if group.nullable else None
        return self._object(group, cells, problems)

    def text(self, column: Column, cell: str) -> bytes | None:
        """Return the JSON text of a cell; None where the member is absent.

        Raises:
            NoValue: it is no value of the column.
        """
        if cell in self.words.nulls:
            if column.nullable:
                return b"null"
            if column.optional:
                return None
        if column.separator:
            return self._list(column, cell)
        return self._value(column.kinds, cell)

    def _list(self, column: Column, cell: str) -> bytes:
        items = cell.split(column.separator) if cell else []
        return b"[" + b",".join(self._item(column, item) for item in items) + b"]"

    def _item(self, column: Column, item: str) -> bytes:
        if item in self.words.nulls and column.item_nullable:
            return b"null"
        try:
            return self._value(column.item, item)
        except NoValue as error:
            raise NoValue(f"has the element {quoted(item)}, which {error}", error.hint) from None

    def _value(self, kinds: frozenset[str], cell: str) -> bytes:
        if kinds & _NUMBERS and _is_number(cell, whole="number" not in kinds):
            return cell.encode()
        if "boolean" in kinds and (cell in self.words.true or cell in self.words.false):
            return b"true" if cell in self.words.true else b"false"
        if kinds & {"array", "object"} and ("string" not in kinds or cell[:1] in ("[", "{")):
            text = self._json(kinds, cell)
            if text is not None:
                return text
        if "string" in kinds:
            return orjson.dumps(cell)
        raise self._no_value(kinds, cell)

    def _json(self, kinds: frozenset[str], cell: str) -> bytes | None:
        """Return the JSON text that a cell is, on one line; None where it is none of its column's kinds."""
        text = cell.encode().replace(b"\n", b" ").replace(b"\r", b" ")
        try:
            value = parse(text, self._depth)
        except LineError as error:
            if kinds <= {"array", "object"}:
                raise NoValue(f"is no JSON {' or '.join(sorted(kinds))}: {error.message}", error.hint) from None
            return None
        fits = ("array" in kinds and isinstance(value, list)) or ("object" in kinds and isinstance(value, dict))
        return text if fits else None

    def _no_value(self, kinds: frozenset[str], cell: str) -> NoValue:
        if not cell:
            return NoValue("is empty, and its member neither optional nor null", "fill it, or let the schema take null")
        if kinds <= _NUMBERS:
            return NoValue(f"is no {'integer' if kinds <= _INTEGERS else 'number'}", _number_hint(kinds, cell))
        if kinds == {"boolean"}:
            known = ", ".join(sorted(self.words.true | self.words.false))
            return NoValue(f"is none of {known}", "list other words as 'true' and 'false' among the options of csv")
        return NoValue(f"is no {' or '.join(sorted(kinds))}")


def _is_number(cell: str, *, whole: bool) -> bool:
    """Say whether a cell is a number by JSON's grammar (RFC 8259, section 6); ``whole``: one without a fraction."""
    if not whole or INTEGER.fullmatch(cell):
        return NUMBER.fullmatch(cell) is not None
    return NUMBER.fullmatch(cell) is not None and _has_no_fraction(cell)


def _has_no_fraction(cell: str) -> bool:
    """Say so of a number with a point or an exponent, however large that is."""
    mantissa, _, exponent = cell.lower().partition("e")
    before, _, behind = mantissa.lstrip("-").partition(".")
    digits = (before + behind).rstrip("0")
    return not digits or len(digits) - len(before) <= int(exponent[:20] or 0)


def _number_hint(kinds: frozenset[str], cell: str) -> str:
    plain = cell.strip()
    if plain != cell:
        return "take the white space around it out"
    if re.fullmatch(r"-?0[0-9]+", cell):
        return "take the zeros before it out, or let the schema have text"
    if plain.startswith("+"):
        return "take the plus sign out"
    if re.fullmatch(r"-?[0-9]{1,3}(?:[.,' ][0-9]{3})+", cell):
        return "write it without separators"
    if re.fullmatch(r"-?[0-9]+,[0-9]+", cell):
        return "write a point before the fraction"
    if NUMBER.fullmatch(cell):
        return "let the schema have a number" if kinds <= _INTEGERS else "correct it"
    return "correct it, or where it stands for no value, list it as one of the 'nulls' among the options of csv"
