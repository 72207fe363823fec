"""Column types to propose for somebody's records: each fits every value that there is, and gives readers more."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.base.canonical_json import canonical
from dataset_packager.base.paths import LIST
from dataset_packager.columns.kinds.class_label import ClassLabel
from dataset_packager.columns.kinds.decimal import Decimal
from dataset_packager.columns.kinds.json import Json
from dataset_packager.columns.kinds.numbers import Float32, Float64, Int8, Int32, Int64, UInt8
from dataset_packager.columns.kinds.timestamp import Timestamp
from dataset_packager.columns.kinds.vector import Vector
from dataset_packager.columns.pandas_json import survives
from dataset_packager.project.column_choices import TYPE
from dataset_packager.scaffold.schema_inference import Items, Members, Range, Words, strategies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from genson.schema.node import SchemaNode

    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.columns.kinds.interface import ColumnType
    from dataset_packager.scaffold.schema_inference import TableSchema

LONG = 16  # numbers in a vector that is an embedding rather than a point
_INTEGERS = {UInt8: (0, 2**8), Int8: (-(2**7), 2**7), Int32: (-(2**31), 2**31), Int64: (-(2**63), 2**63)}
_OF_CHATS = frozenset({
    "tool_calls", "tools", "functions", "function_call", "function_calls", "arguments", "parameters",
    "input_schema", "tool_choice",
})  # fmt: skip
"""Members whose objects a chat template has to see as they were written, as the content of a message: none more."""
_GIVES = {
    "date": "every value is a day: readers get dates, the report shows them over time",
    "timestamp": "every value is an instant, written alike: readers get times",
    "uuid": "16 bytes each instead of 36",
    "base64": "readers get the bytes, which take a quarter less",
    "decimal": "exact numbers instead of text",
    "float32": "every number comes back from half of the bytes",
}


@dataclass(frozen=True, slots=True)
class TypeProposal:
    """A type for a column.

    Attributes:
        path: the column's.
        choice: the type, as the configuration states it.
        gives: what that is good for, in words.
        words: those that the schema then has to list.
        taken: whether the project has it at once, and not only on demand.
    """

    path: ColumnPath
    choice: str | dict[str, Any]
    gives: str
    words: tuple[str, ...] = ()
    taken: bool = False


def proposed_types(table: TableSchema) -> Iterator[TypeProposal]:
    """Yield the proposals for all columns of a table, and for what lies within them."""
    for name, node in table.members.items():
        yield from _proposed(node, (name,))


def with_words(schema: dict[str, Any], proposals: Iterable[TypeProposal]) -> dict[str, Any]:
    """Return the schema in which the members of proposed classes list their words, as that type needs it."""
    schema = deepcopy(schema)
    for proposal in proposals:
        if proposal.words:
            part = _part(schema, proposal.path)
            part.pop("$comment", None)
            part["enum"] = [*proposal.words, *([None] if "null" in part["type"] else [])]
    return schema


def _part(schema: dict[str, Any], path: ColumnPath) -> dict[str, Any]:
    """Return what a schema says at a path."""
    steps = iter(path)
    for step in steps:
        if step is not LIST:
            schema = schema["properties"][step]
        elif "items" in schema:
            schema = schema["items"]
        else:  # a map, of whose entries only the values have a schema
            schema = schema["additionalProperties"]
            next(steps)
    return schema


def _proposed(node: SchemaNode, path: ColumnPath, *, in_message: bool = False) -> Iterator[TypeProposal]:
    known = strategies(node)
    as_written = path[-1] in _OF_CHATS or (in_message and path[-1] == "content")
    if len(known) > 1 or (as_written and _has_objects(node)):
        if _is_read(node):
            told = "values of several types" if len(known) > 1 else "objects that differ in their members"
            yield TypeProposal(path, Json.name, f"{told}: readers get each as it was written, not as text")
        return
    for each in known:
        if isinstance(each, Words):
            yield from _of_words(each, path, classes=not in_message)  # a template asks for the words of roles
        elif isinstance(each, Range) and each.has_fractions and each.evidence.single:
            yield TypeProposal(path, Float32.name, _GIVES[Float32.name])
        elif isinstance(each, Items):
            yield from _of_items(each, path)
        elif isinstance(each, Members) and (values := each.values) is not None:
            yield from _proposed(values, (*path, LIST, "value"))
        elif isinstance(each, Members):
            for member, below in each.named.items():
                yield from _proposed(below, (*path, member), in_message="role" in each.named)


def _of_words(words: Words, path: ColumnPath, *, classes: bool) -> Iterator[TypeProposal]:
    found = words.evidence.types()
    few = words.few_words() if classes else []
    if len(few) > 1 and not any(each.name in ("date", "timestamp", "uuid") for each in found):
        gives = f"{len(few)} words: readers get ClassLabel, the report counts each"
        yield TypeProposal(path, ClassLabel.name, gives, tuple(few))
    elif found:
        yield TypeProposal(path, _choice(found[0]), _GIVES[found[0].name])


def _choice(found: ColumnType) -> str | dict[str, Any]:
    if isinstance(found, Decimal):
        return {TYPE: found.name, "precision": found.precision, "scale": found.scale}
    if isinstance(found, Timestamp):
        unit = {} if found.unit == "ms" else {"unit": found.unit}
        digits = {} if found.digits == {"ms": 3, "us": 6, "ns": 9}[found.unit] else {"digits": found.digits}
        return {TYPE: found.name, **unit, **digits} if unit or digits else found.name
    return found.name


def _of_items(items: Items, path: ColumnPath) -> Iterator[TypeProposal]:
    """Propose a vector for lists of numbers of one length; else what fits the elements."""
    numbers = items.items._active_strategies
    if items.length is None or len(numbers) != 1 or not isinstance(numbers[0], Range):
        yield from _proposed(items.items, (*path, LIST))
    elif (item := _item(numbers[0], items.length)) is not None:
        gives = f"every list has {items.length} numbers: readers get vectors of that length, in less room"
        choice = {TYPE: Vector.name, "length": items.length}
        yield TypeProposal(path, choice if item is Float32 else choice | {"item": item.name}, gives)


def _item(numbers: Range, length: int) -> type[ColumnType] | None:
    if numbers.has_fractions:
        return Float32 if numbers.evidence.single else Float64
    least, most = numbers.ends
    fits = [each for each, (low, beyond) in _INTEGERS.items() if low <= least and most < beyond]
    return next((each for each in fits if length >= LONG or each in (Int32, Int64)), None)


def _has_objects(node: SchemaNode) -> bool:
    """Say whether a value is an object, or a list of such."""
    return any(
        isinstance(each, Members) or (isinstance(each, Items) and _has_objects(each.items))
        for each in strategies(node)
    )  # fmt: skip


def _is_read(node: SchemaNode) -> bool:
    """Say whether readers of JSON give every number within as it is."""
    for each in strategies(node):
        if isinstance(each, Range) and not (each.evidence.read and survives(canonical(list(each.ends)))):
            return False
        if isinstance(each, Items) and not _is_read(each.items):
            return False
        if isinstance(each, Members):
            parts = [each.values] if each.values is not None else each.named.values()
            if not all(map(_is_read, parts)):
                return False
    return True
