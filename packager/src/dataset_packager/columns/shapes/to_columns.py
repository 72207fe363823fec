"""Lay a shape out as columns: breadth first, within bounds, what is left over as JSON text.

What lies near the root gets its own columns first; an object with many members waits as if it lay deeper, so that it
doesn't take all the room. A shape that lies within itself ends as JSON text. So any schema gives a bounded number of
columns in bounded time, and always the same ones.
"""

from __future__ import annotations

import difflib
import heapq
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST, format_path
from dataset_packager.base.text import within
from dataset_packager.columns.encode import (
    BooleanColumn,
    Column,
    IntegerColumn,
    JsonColumn,
    NullColumn,
    NumberColumn,
    StringColumn,
)
from dataset_packager.columns.kinds.interface import Plain
from dataset_packager.columns.metadata import (
    DESCRIPTION,
    ENCODING,
    ENUM,
    EXAMPLES,
    NULLABLE,
    REQUIRED,
    TITLE,
    TRUE,
)
from dataset_packager.columns.nested import ListColumn, MapColumn, Part, StructColumn
from dataset_packager.columns.shapes.algebra import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    FRACTION,
    INTEGER,
    NAMES,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Documentation,
    Expression,
    ObjectShape,
    Openness,
    Shape,
    either,
)
from dataset_packager.columns.shapes.spelled_types import spelled_type
from dataset_packager.columns.shapes.stated_types import JsonText, insist_on_columns
from dataset_packager.columns.typed_column import TypedColumn, replaces, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.shapes.from_schema import Reader
    from dataset_packager.project.column_choices import ColumnChoice

MOST_LEAVES = 2000
"""How many columns and parts of columns without parts of their own a table may have, beyond the root's members."""
MOST_LEVELS = 48
MOST_MEMBERS, MOST_NESTED_MEMBERS = 2000, 256
_WIDE = 16  # so many members make an object wait for one level more
REST = "additional_properties"
_TYPE_MARK = "_type"  # the features of ``datasets`` say with a key of this name which kind of feature they are
_UNREADABLE = frozenset("\0\x85")  # readers written in C cut a name at NUL; YAML, in which cards are, folds U+0085
_LONGEST_TEXT, _LONGEST_LIST = 2000, 4000  # code points: the documentation stands in every footer
_INT64_DIGITS, _DECIMAL_DIGITS = 19, 38


@dataclass
class _Draft:
    """A column in the making."""

    shape: Shape
    path: ColumnPath
    above: frozenset[frozenset[int]]
    level: int = 0
    choice: ColumnChoice | None = None
    column: Column | None = None
    form: str = ""
    why: str = ""
    parts: list[_Part] = field(default_factory=list)


@dataclass
class _Part:
    name: str
    draft: _Draft
    soft: bool = False
    required: bool = False


class Layout:
    """Decides on the columns of one schema."""

    def __init__(self, reader: Reader, choices: Mapping[ColumnPath, ColumnChoice]) -> None:
        self._reader, self._choices = reader, choices
        self._left = MOST_LEAVES
        self._waiting: list[tuple[int, int, _Draft]] = []
        self._order = count()
        self.drafts: dict[ColumnPath, _Draft] = {}

    def root(self) -> Column:
        """Return the column of the whole record: a struct if the schema describes an object with named members."""
        root = _Draft(self._reader.shape(self._reader.root), (), frozenset())
        self._await(self._settle(root))
        if root.form not in ("struct", "map"):
            root.column = root.column or JsonColumn(root.why)
            root.parts = []
            self._check_choices(root)
            return JsonColumn(f"the record is not an object with named members ({root.column.why})")
        while self._waiting:
            self._expand(heapq.heappop(self._waiting)[-1])
        self._check_choices(root)
        return _finished(root)

    def _check_choices(self, root: _Draft) -> None:
        """Refuse a choice that no column follows, and one for the record itself.

        Raises:
            SetupError: there is one.
        """
        drafts = self.drafts = {draft.path: draft for draft in _everything(root)}
        for path, choice in self._choices.items():
            if path not in drafts:
                near = _in_map(path, drafts) or path
                close = difflib.get_close_matches(format_path(near), map(format_path, drafts), n=1, cutoff=0.5)
                known = ", ".join(sorted(format_path(each) for each in drafts if len(each) == 1))
                others = f"known are {known}" if known else "no member has a name: choose by x-column in the schema"
                mend = f"did you mean {close[0]}?" if close else others
                raise SetupError(f"{choice.where}: the schema gives no such column: {mend}")
        if stated := root.shape.documentation.choices:
            raise SetupError(f"{stated[0].where}: a whole record has no column type: choose one for a member")
        followed = {each.where for draft in drafts.values() for each in draft.shape.documentation.choices}
        insist_on_columns(self._reader.graph, followed, _texts(drafts.values()))
        keeping = next((draft for draft in _everything(root) if draft.choice and draft.choice.keep), None)
        if root.form == "map" and keeping and keeping.choice and _keeps(root):
            raise SetupError(f'{keeping.choice.where}: otherwise = "keep": there is no object to keep other values in')

    def _await(self, structs: Iterable[_Draft]) -> None:
        for draft in structs:
            turn = draft.level + len(_members(draft.shape)) // _WIDE
            heapq.heappush(self._waiting, (turn, next(self._order), draft))

    def _expand(self, draft: _Draft) -> None:
        """Give an object its members, if there is room for them."""
        cost = len(_members(draft.shape)) if draft.level else 0
        if cost > MOST_NESTED_MEMBERS:  # a union of all that there is, which would leave nothing to the others
            draft.column = JsonColumn(f"an object with more than {MOST_NESTED_MEMBERS} members")
        elif cost > self._left:
            draft.column = JsonColumn(
                f"a table has no more than {MOST_LEAVES} nested columns, JSON text holds the rest"
            )
        else:
            self._left -= cost
            self._await(list(self._members(draft)))

    def _members(self, draft: _Draft) -> Iterator[_Draft]:
        known = draft.shape.object or ObjectShape()
        for name in _members(draft.shape)[:MOST_MEMBERS]:
            member = known.members[name]
            below = self._draft(member.value, draft, (name,))
            draft.parts.append(_Part(name, below, member.soft, name in known.required))
            yield from self._settle(below)

    def _draft(self, value: Expression, parent: _Draft, steps: ColumnPath) -> _Draft:
        shape, path = self._reader.shape(value), (*parent.path, *steps)
        draft = _Draft(shape, path, parent.above | {parent.shape.sources}, parent.level + 1, self._choices.get(path))
        stated = shape.documentation.choices
        if draft.choice is None and stated:
            draft.choice = stated[0]
            if other := next((each for each in stated if not each.same(draft.choice)), None):
                raise SetupError(
                    f"{draft.choice.where}: {format_path(path)}: {other.where} states another type for this column: "
                    "state one"
                )
        return draft

    def _settle(self, draft: _Draft) -> Iterator[_Draft]:
        """Decide on the form of a column, through lists and maps; yield the objects that await their members."""
        kinds = draft.shape.likely & ~NULL
        draft.column = JsonColumn("any value of JSON") if replaces(draft.choice) else _scalar(draft.shape, kinds)
        if draft.column is not None:
            return
        if draft.shape.sources and draft.shape.sources in draft.above:
            draft.column = JsonColumn("the schema refers back to itself here")
        elif draft.level > MOST_LEVELS:
            draft.column = JsonColumn(f"it lies deeper than {MOST_LEVELS} levels")
        elif kinds == ARRAY:
            yield from self._settle_array(draft)
        else:
            yield from self._settle_object(draft)

    def _settle_array(self, draft: _Draft) -> Iterator[_Draft]:
        shape = draft.shape.array
        if shape is None or (shape.items is None and not shape.prefix):
            draft.column = JsonColumn("an array of which the schema doesn't say what it holds")
            return
        positions = [*shape.prefix, *([] if shape.items is None else [shape.items])]
        below = self._draft(either(positions), draft, (LIST,))
        if shape.prefix and not _alike(self._reader.shape(position) for position in positions):
            draft.column = JsonColumn("a tuple whose elements differ in type")
            return
        if below.shape.kinds == ANYTHING == below.shape.guess:
            draft.column = JsonColumn("an array of anything")
            return
        draft.form, draft.why = "list", "a tuple of one type" if shape.prefix else "an array of one type"
        draft.parts = [_Part("item", below)]
        yield from self._settle(below)

    def _settle_object(self, draft: _Draft) -> Iterator[_Draft]:
        shape = draft.shape.object
        if shape is not None and _members(draft.shape):
            draft.form, draft.why = "struct", "an object with named members"
            yield draft
            return
        if shape is None or not shape.rest or shape.openness is not Openness.CLOSED:
            draft.column = JsonColumn("an object without any named member")
            return
        below = self._draft(either(shape.rest), draft, (LIST, "value"))
        if below.shape.kinds == ANYTHING == below.shape.guess:
            draft.column = JsonColumn("an object with any names and any values")
            return
        draft.form, draft.why = "map", "an object with any names and values of one type"
        draft.parts = [_Part("value", below)]
        yield from self._settle(below)


def _members(shape: Shape) -> list[str]:
    """Return the names that get a part of their own: all that readers can take."""
    members = shape.object.members if shape.object else ()
    return [name for name in members if name != _TYPE_MARK and _UNREADABLE.isdisjoint(name)]


def _scalar(shape: Shape, kinds: int) -> Column | None:
    """Return the column of a shape without parts, None if it is a list or an object."""
    if kinds == STRING:
        return StringColumn("a string")
    if kinds == BOOLEAN:
        return BooleanColumn("a boolean")
    if kinds == INTEGER:
        return _integer(shape)
    if kinds and not kinds & ~NUMBER:
        return NumberColumn("a number")
    if kinds in (ARRAY, OBJECT):
        return None
    if not kinds:
        return NullColumn("null and nothing else") if shape.kinds else JsonColumn("the schema allows no value")
    if kinds | NULL == ANYTHING:
        return JsonColumn("the schema doesn't say which type it has")
    return JsonColumn(f"it may be {_enumeration(kinds)}")


def _integer(shape: Shape) -> Column:
    bounds = [bound for bound in (shape.low, shape.high) if bound is not None]
    digits = max((_digits(bound) for bound in bounds), default=0)
    if all(-(2**63) <= bound < 2**63 for bound in bounds):
        return IntegerColumn("an integer")
    if digits <= _DECIMAL_DIGITS:
        return IntegerColumn("an integer whose bounds go beyond 64 bits", digits=max(digits, _INT64_DIGITS))
    return JsonColumn(f"an integer whose bounds go beyond {_DECIMAL_DIGITS} digits")


def _digits(value: int) -> int:
    """Return the number of decimal digits, or a greater one where it is beyond what a column holds."""
    return len(str(abs(value))) if value.bit_length() < 1000 else 1000


def _enumeration(kinds: int) -> str:
    names = [name for kind, name in NAMES.items() if kinds & kind and not (kind == INTEGER and kinds & FRACTION)]
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _alike(shapes: Iterable[Shape]) -> bool:
    """Say whether the elements of a tuple have one type: the same kind, or objects and arrays of the same schema."""
    distinct = {(shape.likely & ~NULL, shape.sources if shape.likely & (ARRAY | OBJECT) else None) for shape in shapes}
    numeric = all(kinds and not kinds & ~NUMBER for kinds, _ in distinct)
    return len(distinct) == 1 or numeric


def _everything(draft: _Draft) -> Iterator[_Draft]:
    yield draft
    for part in draft.parts:
        yield from _everything(part.draft)


def _in_map(path: ColumnPath, drafts: Mapping[ColumnPath, _Draft]) -> ColumnPath | None:
    """Return what a path has to be that leads into a map in other words (``pages.x``, ``pages[]``), None of others."""
    outer = next((path[:end] for end in range(len(path) - 1, 0, -1) if path[:end] in drafts), ())
    if not outer or drafts[outer].form != "map":
        return None
    meant = [(*outer, LIST, "value", *path[len(outer) + written :]) for written in (1, 2)]
    return next((each for each in meant if each in drafts), meant[0])


def _texts(drafts: Iterable[_Draft]) -> Iterator[JsonText]:
    """Yield the columns of JSON text."""
    for draft in drafts:
        if isinstance(draft.column, JsonColumn):
            chosen = f"{draft.choice.where} says so" if replaces(draft.choice) and draft.choice else draft.column.why
            yield JsonText(draft.path, chosen, draft.shape.sources)


def _keeps(draft: _Draft) -> bool:
    """Say whether a value that doesn't fit goes to the additional members of the object around it."""
    if draft.choice and draft.choice.keep:
        return True
    return draft.form in ("list", "map") and any(_keeps(part.draft) for part in draft.parts)


def _finished(draft: _Draft) -> Column:
    """Return the column of a draft whose parts are all decided."""
    column = draft.column or _of_parts(draft)
    if draft.choice is None:
        return column
    shape, choice = draft.shape, replace(draft.choice, where=f"{draft.choice.where}: {format_path(draft.path)}")
    length = shape.array.length if shape.array else None
    return typed(choice, Plain(column, shape.documentation.enum, length))


def _of_parts(draft: _Draft) -> Column:
    fields = tuple(_finished_part(part) for part in draft.parts)
    if draft.form == "list":
        return ListColumn(draft.why, item=fields[0])
    if draft.form == "map":
        return MapColumn(draft.why, value=fields[0])
    shape = draft.shape.object or ObjectShape()
    names = {each.name for each in fields}
    unnamed = tuple(name for name in shape.members if name not in names)
    kept = any(each.kept for each in fields)
    complete = shape.closed and not unnamed
    if complete and not kept:
        fields = tuple(replace(each, soft=False) for each in fields)
    hidden = any(
        each.hides_null and part.draft.shape.kinds & NULL for each, part in zip(fields, draft.parts, strict=True)
    )
    return StructColumn(
        draft.why,
        members=fields,
        rest=free_name(REST, names) if hidden or kept or not complete else None,
        only_nulls=complete and not kept,
        unnamed=unnamed,
        declared=draft.shape.kinds != ANYTHING,
    )


def free_name(name: str, taken: set[str]) -> str:
    """Return ``name`` with as many underscores as it takes to be none of ``taken``."""
    while name in taken:
        name += "_"
    return name


def _finished_part(part: _Part) -> Part:
    shape, column = part.draft.shape, _finished(part.draft)
    metadata = dict(_documentation(shape.documentation))
    if isinstance(column, TypedColumn):
        metadata.update(column.metadata)
    elif column.encoding:
        metadata[ENCODING] = column.encoding
    if part.required:
        metadata[REQUIRED] = TRUE
    elif shape.kinds & NULL and not column.keeps_null:
        metadata[NULLABLE] = TRUE
    kept = _keeps(part.draft)
    return Part(part.name, column, metadata, part.soft or kept, part.required, kept)


def _documentation(told: Documentation) -> Iterator[tuple[str, str]]:
    for key, text in ((TITLE, told.title), (DESCRIPTION, told.description)):
        if text:
            yield key, within(text, _LONGEST_TEXT)
    for key, values in ((ENUM, told.enum), (EXAMPLES, told.examples)):
        listed = _listed(values)
        if listed is not None and len(listed) <= _LONGEST_LIST:
            yield key, listed


def _listed(values: tuple[Any, ...] | None) -> str | None:
    try:
        return None if values is None else canonical(list(values))
    except ValueError:
        return None


def lay_out(reader: Reader, choices: Mapping[ColumnPath, ColumnChoice]) -> Column:
    """Return the column of the whole record for the schema that ``reader`` reads.

    Args:
        reader: what reads the schema.
        choices: column types that the configuration states, by path; they go before those that the schema states.

    Raises:
        SetupError: a type doesn't fit its column, or there is no such column.
    """
    return Layout(reader, choices).root()


def spelled_types(reader: Reader, choices: Mapping[ColumnPath, ColumnChoice]) -> Iterator[tuple[ColumnPath, str]]:
    """Yield by path the column types that a schema suggests in other words, where nobody chose one and they fit.

    Raises:
        SetupError: as ``lay_out`` does.
    """
    layout = Layout(reader, choices)
    layout.root()
    for path, draft in layout.drafts.items():
        column = None if draft.choice or draft.form not in ("", "list") else _finished(draft)
        name = column and spelled_type(draft.shape, column)
        if column and name and path:
            yield path, name
