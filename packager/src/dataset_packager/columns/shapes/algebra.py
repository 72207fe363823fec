"""Shapes: which JSON types a schema allows, with which members and elements; ``meet`` is "and", ``join`` is "or".

A shape allows at least what its schema allows, so a column made from it takes every valid value. One deliberate
exception keeps unions of objects usable: a member that only some branches name has the type that these give it, and is
marked ``soft``. The other branches allow anything under that name; such a value belongs to the additional members.

Members and elements are expressions that are evaluated when they are needed: schemas may refer to themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dataset_packager.project.column_choices import ColumnChoice
    from dataset_packager.schemas.subschema_graph import Place, Scope

NULL, BOOLEAN, INTEGER, FRACTION, STRING, ARRAY, OBJECT = (1 << bit for bit in range(7))
NUMBER = INTEGER | FRACTION
ANYTHING = (1 << 7) - 1
NAMES = {
    NULL: "null",
    BOOLEAN: "boolean",
    INTEGER: "integer",
    FRACTION: "number",
    STRING: "string",
    ARRAY: "array",
    OBJECT: "object",
}
KINDS = {name: kind for kind, name in NAMES.items()} | {"number": NUMBER}


class Openness(IntEnum):
    """Whether an object may have members beyond the named ones: stronger statements are greater."""

    DEFAULT = 0  # nothing is said, so anything may come: ``unevaluatedProperties`` can still close it
    EXPLICIT = 1  # the schema says that anything may come
    CLOSED = 2  # only what ``rest`` describes, if that describes anything


@dataclass(frozen=True, slots=True)
class Spot:
    """A subschema in its place; equal spots have the same shape.

    Attributes:
        key: the subschema's identity, and where references are dynamic the resources on the way to it.
        place: where it stands; None for a boolean.
        scope: the resources that were entered on the way.
    """

    key: tuple[Any, ...]
    schema: Any = field(compare=False, repr=False)
    place: Place | None = field(compare=False, repr=False)
    scope: Scope = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Meet:
    """All of these apply."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """Any of these applies; ``open`` where something that is not described may apply as well."""

    parts: tuple[Expression, ...]
    open: bool = False


Expression = Spot | Meet | Join


@dataclass(frozen=True, slots=True)
class Documentation:
    """What the schema tells people about a value."""

    title: str | None = None
    description: str | None = None
    enum: tuple[Any, ...] | None = None
    examples: tuple[Any, ...] | None = None
    choices: tuple[ColumnChoice, ...] = ()
    """The column types that the schema states: all that apply, and in a union those of its branches."""
    spelling: str | None = None
    """What ``format`` says, or ``contentEncoding``."""

    def over(self, other: Documentation) -> Documentation:
        """Return this documentation, completed from ``other``."""
        return Documentation(
            self.title or other.title,
            self.description or other.description,
            _narrower(self.enum, other.enum),
            self.examples or other.examples,
            tuple(dict.fromkeys((*self.choices, *other.choices))),
            self.spelling or other.spelling,
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A named member; ``soft`` where some branch allows anything under that name."""

    value: Expression
    soft: bool = False


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """What is said of objects. ``rest``: the shapes of members beyond the named ones, as far as given."""

    members: Mapping[str, Member] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    openness: Openness = Openness.DEFAULT
    rest: tuple[Expression, ...] = ()

    @property
    def closed(self) -> bool:
        """True where there can be no other members than the named ones."""
        return self.openness is Openness.CLOSED and not self.rest


@dataclass(frozen=True, slots=True)
class ArrayShape:
    """What is said of arrays: of the first elements one by one, and of all others (None: nothing).

    ``least`` and ``most`` are how many elements there may be.
    """

    prefix: tuple[Expression, ...] = ()
    items: Expression | None = None
    least: int = 0
    most: int | None = None

    @property
    def only_counted(self) -> bool:
        """Whether nothing is said of the elements but how many there may be."""
        return self.items is None and not self.prefix and (self.least > 0 or self.most is not None)

    @property
    def length(self) -> int | None:
        """The number of elements, where all arrays have the same."""
        return self.least if self.least == self.most else None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema allows.

    Attributes:
        kinds: the allowed types, a sum of the constants above.
        guess: those that the schema speaks of where it declares no type: ``properties`` speak of an object.
        low, high: bounds of integers; None where there is none.
        sources: the identities of the subschemas that say so, which tell a recursion.
    """

    kinds: int = ANYTHING
    guess: int = ANYTHING
    low: int | None = None
    high: int | None = None
    object: ObjectShape | None = None
    array: ArrayShape | None = None
    documentation: Documentation = Documentation()
    sources: frozenset[int] = frozenset()

    @property
    def likely(self) -> int:
        """The types to make a column for."""
        return self.guess if self.kinds == ANYTHING else self.kinds


ANY = Shape()
NOTHING = Shape(0, 0)


def meet(first: Shape, second: Shape) -> Shape:
    """Return the shape of what both allow; the documentation of the first goes before that of the second."""
    kinds = first.kinds & second.kinds
    return Shape(
        kinds,
        (first.guess & second.guess) or kinds,
        _extreme(max, (first.low, second.low)),
        _extreme(min, (first.high, second.high)),
        _meet_objects(first.object, second.object),
        _meet_arrays(first.array, second.array),
        first.documentation.over(second.documentation),
        first.sources | second.sources,
    )


def join(shapes: Iterable[Shape]) -> Shape:
    """Return the shape of what at least one allows."""
    branches = [shape for shape in shapes if shape.kinds]
    if len(branches) < 2:
        return branches[0] if branches else NOTHING
    kinds = guess = 0
    for branch in branches:
        kinds |= branch.kinds
        guess |= branch.guess
    return Shape(
        kinds,
        guess,
        _extreme(min, [branch.low for branch in branches if branch.kinds & INTEGER]),
        _extreme(max, [branch.high for branch in branches if branch.kinds & INTEGER]),
        _join_objects([branch.object for branch in branches if branch.kinds & OBJECT]),
        _join_arrays([branch.array for branch in branches if branch.kinds & ARRAY]),
        _join_documentation(branches),
        frozenset().union(*(branch.sources for branch in branches)),
    )


def close(shape: Shape, rest: Expression | None) -> Shape:
    """Return the shape where members that nothing has spoken of are like ``rest``, or forbidden (None)."""
    known = shape.object or ObjectShape()
    if known.openness is not Openness.DEFAULT:
        return shape
    typed = known.rest if rest is None else (*known.rest, rest)
    return replace(shape, object=replace(known, openness=Openness.CLOSED, rest=typed))


def leave_open(shape: Shape) -> Shape:
    """Return the shape where the schema says that members beyond the named ones may come; nothing closes it then."""
    known = shape.object or ObjectShape()
    if known.openness is not Openness.DEFAULT:
        return shape
    return replace(shape, object=replace(known, openness=Openness.EXPLICIT))


def either(parts: Iterable[Expression], *, open_ended: bool = False) -> Expression:
    """Return the expression for any of ``parts``, each once."""
    flat: dict[Expression, None] = {}
    for part in parts:
        if isinstance(part, Join):
            flat |= dict.fromkeys(part.parts)
            open_ended = open_ended or part.open
        else:
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 and not open_ended else Join(tuple(flat), open_ended)


def both(first: Expression, second: Expression) -> Expression:
    """Return the expression for ``first`` and ``second``."""
    if first == second:
        return first
    parts = (*_parts(first), *_parts(second))
    return Meet(tuple(dict.fromkeys(parts)))


def _parts(expression: Expression) -> tuple[Expression, ...]:
    return expression.parts if isinstance(expression, Meet) else (expression,)


def _extreme(choose: Any, bounds: Sequence[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return choose(known) if known else None


def _narrower(first: tuple[Any, ...] | None, second: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if first is None or second is None:
        return second if first is None else first
    allowed = {repr(value) for value in second}
    return tuple(value for value in first if repr(value) in allowed) or first


def _meet_objects(first: ObjectShape | None, second: ObjectShape | None) -> ObjectShape | None:
    if first is None or second is None or first is second:
        return first or second
    members = dict(first.members)
    for name, member in second.members.items():
        members[name] = _meet_members(members[name], member) if name in members else member
    openness = max(first.openness, second.openness)
    return ObjectShape(members, first.required | second.required, openness, _meet_rest(first, second))


def _meet_members(first: Member, second: Member) -> Member:
    if first.soft and second.soft:  # each says something under its own condition, often one that excludes the other's
        return Member(either((first.value, second.value)), soft=True)
    if first.soft:
        first, second = second, first
    narrowing = either((second.value,), open_ended=True) if second.soft else second.value
    return Member(both(first.value, narrowing))


def _meet_rest(first: ObjectShape, second: ObjectShape) -> tuple[Expression, ...]:
    closed = [each for each in (first, second) if each.openness is Openness.CLOSED]
    if any(each.closed for each in closed):
        return ()
    if len(closed) == 2:
        return (both(either(first.rest), either(second.rest)),)
    return closed[0].rest if closed else (*first.rest, *second.rest)


def _meet_arrays(first: ArrayShape | None, second: ArrayShape | None) -> ArrayShape | None:
    if first is None or second is None or first is second:
        return first or second
    length = max(len(first.prefix), len(second.prefix))
    prefix = (_meet_optional(_element(first, index), _element(second, index)) for index in range(length))
    known = tuple(Join((), open=True) if each is None else each for each in prefix)
    least, most = max(first.least, second.least), _extreme(min, (first.most, second.most))
    return ArrayShape(known, _meet_optional(first.items, second.items), least, most)


def _meet_optional(first: Expression | None, second: Expression | None) -> Expression | None:
    if first is None or second is None:
        return first or second
    return both(first, second)


def _element(shape: ArrayShape, index: int) -> Expression | None:
    return shape.prefix[index] if index < len(shape.prefix) else shape.items


def _join_objects(shapes: Sequence[ObjectShape | None]) -> ObjectShape | None:
    distinct = list({id(shape): shape for shape in shapes}.values())
    if not any(distinct):
        return None
    branches = [shape or ObjectShape() for shape in distinct]
    if len(branches) == 1:
        return branches[0]
    values: dict[str, list[Member]] = {}
    for branch in branches:
        for name, member in branch.members.items():
            values.setdefault(name, []).append(member)
    ajar = [branch for branch in branches if not branch.closed]
    members = {}
    for name, found in values.items():
        soft = any(member.soft for member in found) or any(name not in branch.members for branch in ajar)
        members[name] = Member(either(member.value for member in found), soft)
    return ObjectShape(
        members,
        frozenset.intersection(*(branch.required for branch in branches)),
        min((branch.openness for branch in branches), key=_OPEN_ORDER.index),
        tuple(dict.fromkeys(rest for branch in branches for rest in branch.rest)),
    )


_OPEN_ORDER = (Openness.EXPLICIT, Openness.DEFAULT, Openness.CLOSED)  # of branches, the most open one counts


def _join_arrays(shapes: Sequence[ArrayShape | None]) -> ArrayShape | None:
    branches = [shape for shape in shapes if shape is not None and not shape.only_counted]
    if len(branches) < len(shapes) or not branches:
        return None
    lengths = {len(branch.prefix) for branch in branches}
    items = [branch.items for branch in branches if branch.items is not None]
    all_typed = len(items) == len(branches)
    least, mosts = min(branch.least for branch in branches), [branch.most for branch in branches]
    most = None if None in mosts else _extreme(max, mosts)
    if len(lengths) == 1:
        prefix = tuple(either(parts) for parts in zip(*(branch.prefix for branch in branches), strict=True))
        return ArrayShape(prefix, either(items) if all_typed else None, least, most)
    return ArrayShape((), either([part for branch in branches for part in branch.prefix] + items), least, most)


def _join_documentation(branches: Sequence[Shape]) -> Documentation:
    speaking = [branch for branch in branches if branch.kinds != NULL]
    if len(speaking) == 1:
        return speaking[0].documentation
    choices = tuple(dict.fromkeys(choice for branch in speaking for choice in branch.documentation.choices))
    enums = [branch.documentation.enum for branch in branches]
    if any(enum is None for enum in enums):
        return Documentation(choices=choices)
    values = {repr(value): value for enum in enums for value in enum or ()}
    return Documentation(enum=tuple(values.values()), choices=choices)
