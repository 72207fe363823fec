"""A table's columns as the kernel takes them: numbered nodes, in arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dataset_packager.base.text import member_path
from dataset_packager.columns.encode import (
    BooleanColumn,
    Column,
    IntegerColumn,
    JsonColumn,
    NullColumn,
    NumberColumn,
    StringColumn,
)
from dataset_packager.columns.fast import kernel_abi as layout
from dataset_packager.columns.nested import ListColumn, MapColumn, Part, StructColumn
from dataset_packager.columns.typed_column import TypedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Table = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_KINDS = {
    StructColumn: layout.STRUCT, ListColumn: layout.LIST, MapColumn: layout.MAP, StringColumn: layout.STRING,
    IntegerColumn: layout.INTEGER, NumberColumn: layout.NUMBER, BooleanColumn: layout.BOOLEAN,
    JsonColumn: layout.JSON,
    NullColumn: layout.BOOLEAN,  # what isn't null there is none of its values
}  # fmt: skip


class NotCompilable(Exception):  # no error: such a table takes the slower way
    """The kernel can't read such a table: the path of what it has no place for, and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path, self.why = path, why


@dataclass
class Node:
    """A column or a part of one, with the number that the kernel knows it by.

    Attributes:
        name: the member's name; empty for what isn't a member.
        level: how many arrays and objects lie around it.
        hides_null: whether it is a member of which a null stands elsewhere, among its object's additional members.
        allows_null: whether the schema allows null here.
        null_ok: whether a line with a null here is plain; ``SAID_NULL`` where the null is told from absence.
        required: whether a line without this member is not.
        never_absent: whether its null in Arrow is a null, so that the column can't tell that it is absent.
        rest: the number of the part of an object that takes the members without a column; None where none does.
        is_open: whether a line with such a member is plain: no rule may ask what else an object holds.
        tells_spelling: whether a rule may take 1 for another number than 1.0.
        stored: the typed column that the node's values are stored as; None where they are stored as they are.
    """

    number: int
    column: Column
    name: str
    level: int
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    hides_null: bool = False
    allows_null: bool = True
    null_ok: int = 1
    required: bool = False
    stored: TypedColumn | None = None
    never_absent: bool = False
    rest: int | None = None
    is_open: bool = False
    tells_spelling: bool = False

    def __post_init__(self) -> None:
        self.take_nulls(allowed=True)

    def take_nulls(self, *, allowed: bool) -> None:
        """Say whether null is ``allowed`` here; a line with one is plain if its column can tell it, too."""
        above = self.parent.column if self.parent else None
        told_apart = isinstance(above, StructColumn) and above.rest is not None
        self.allows_null = allowed
        self.null_ok = int(allowed) * ((layout.SAID_NULL if told_apart else 0) if self.hides_null else 1)

    @property
    def may_lack(self) -> bool:
        """Whether a null in Arrow says that the object has no such member; else the value is null."""
        return self.hides_null or (self.column.keeps_null and self.stored is None)

    def everything(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order of their numbers."""
        yield self
        for child in self.children:
            yield from child.everything()

    def close(self) -> None:
        """Leave lines with members without a column, here or below, to the exact way."""
        for node in self.everything():
            node.is_open = False


def nodes(record: Column) -> Node:
    """Return the nodes of a table's columns, the record's first.

    Raises:
        NotCompilable: there is a column that the kernel can't fill, or a name that can't stand in a line as it is.
    """
    if not isinstance(record, StructColumn):
        raise NotCompilable("$", "the record is no object with named members")
    counter = iter(range(10**9))

    def node(part: Part, parent: Node | None) -> Node:
        stored = part.column if isinstance(part.column, TypedColumn) else None
        column = stored.plain if stored else part.column
        if type(column) not in _KINDS:
            raise NotCompilable(node_path(parent, part.name), f"it is {column.why}, which is read one by one")
        member = parent is not None and isinstance(parent.column, StructColumn)
        level, hides_null = parent.level + 1 if parent else 0, member and part.hides_null
        made = Node(
            next(counter), column, part.name if member else "", level, parent, hides_null=hides_null, stored=stored
        )
        made.never_absent = member and part.required
        made.children.extend(node(below, made) for below in _parts(made))
        if isinstance(column, StructColumn) and column.rest is not None and not column.only_nulls:
            made.rest, made.is_open = next(counter), True
        return made

    return node(Part("", record), None)


def node_path(parent: Node | None, name: str) -> str:
    """Return the path to a part of a record, by the names of the members that lead to it."""
    names = [name]
    while parent is not None:
        names.append(parent.name)
        parent = parent.parent
    return member_path(tuple(each for each in reversed(names) if each))


def _parts(node: Node) -> Iterator[Part]:
    column = node.column
    if isinstance(column, StructColumn):
        for member in column.members:
            if not member.name.isprintable() or '"' in member.name or "\\" in member.name:
                raise NotCompilable(node_path(node, member.name), "its name is written in more ways than one")
            yield member
    elif isinstance(column, ListColumn):
        yield column.item
    elif isinstance(column, MapColumn):
        yield Part("key", StringColumn())
        yield column.value


def program(root: Node) -> tuple[Table, Bytes]:
    """Return what the kernel has to know of a table: the nodes, without room yet, and the members' names."""
    every = list(root.everything())
    table = np.zeros((_size(root), layout.WIDTH), np.int64)
    names = b""
    for node in every:
        row = table[node.number]
        decimal = isinstance(node.column, IntegerColumn) and node.column.digits
        row[layout.KIND] = layout.DECIMAL if decimal else _KINDS[type(node.column)]
        row[layout.AFTER] = node.number + _size(node)
        row[layout.MEMBERS] = len(node.children)
        row[layout.NULL_OK], row[layout.REQUIRED] = node.null_ok, node.required
        row[layout.NAME], row[layout.NAME_SIZE] = len(names), len(node.name.encode())
        row[layout.FOLLOW] = -1
        row[layout.NAME_WORD], row[layout.NAME_MASK] = _first_eight(node.name.encode() + b'"')
        row[layout.NAME_END] = int.from_bytes((node.name.encode() + b'"')[-8:], "little", signed=True)
        names += node.name.encode()
        if node.rest is not None:
            row[layout.REST_NODE], row[layout.IS_OPEN] = node.rest, node.is_open
            rest = table[node.rest]
            rest[layout.KIND], rest[layout.AFTER], rest[layout.NULL_OK] = layout.REST, node.rest + 1, 1
    for node in every:
        if isinstance(node.column, StructColumn):
            for member, following in zip(node.children, node.children[1:], strict=False):
                table[member.number, layout.FOLLOW] = following.number
    return table, np.frombuffer(names or b"\0", np.uint8).copy()


def _size(node: Node) -> int:
    """Return how many numbers a node and all below it have."""
    return 1 + sum(map(_size, node.children)) + (node.rest is not None)


def _first_eight(name: bytes) -> tuple[np.int64, np.int64]:
    """Return the first eight bytes of ``name`` as an integer, and the bits of it that count where there are fewer."""
    count = min(len(name), 8)
    padded = np.frombuffer(name[:8].ljust(8, b"\0") + b"\xff" * count + b"\0" * (8 - count), np.int64)
    return padded[0], padded[1]
