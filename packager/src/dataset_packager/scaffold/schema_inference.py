"""A first JSON Schema (draft 2020-12) of some records, by genson, tightened with what the values show.

What is said for sure holds for every record: types, members that are always there, formats. What is only likely (a list
of few words, a range) is proposed in ``$comment``, for a person to decide.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from dataset_packager.base.extras import missing
from dataset_packager.scaffold.type_evidence import NumberEvidence, TextEvidence
from dataset_packager.schemas.patterns import ADDRESSES

try:
    from genson import SchemaBuilder
    from genson.schema.strategies import List, Null, Number, Object, String
except ImportError:
    raise missing("new", "the command `new`") from None

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genson.schema.node import SchemaNode

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS = ("date-time", "date", "uuid", "email", "ipv4", "ipv6", "uri")
FEW = 12  # distinct words that may be a closed list
OFTEN = 4  # times that each of them stands there, on average
WORD = 40  # code points of the longest of them
_HIGH_OCTET = re.compile(r"(?<![0-9])[12][0-9][0-9](?![0-9])")  # of half of all addresses; of hardly any version
NAMES = 20  # in an object with more names than this, of which each record has few, the names are data
FILLED = 0.2
MOST_NAMES = 1_000
LARGEST = 2**63
EXACT = 2**53  # from here on a double doesn't hold every integer

Json = dict[str, Any]


class Words(String):  # type: ignore[misc]  # genson states no types
    """Strings: which formats fit all of them, and whether they may be a list of few words."""

    def __init__(self, node_class: type[SchemaNode]) -> None:
        super().__init__(node_class)
        self._formats: tuple[str, ...] = FORMATS
        self._words: Counter[str] | None = Counter()
        self._count = self._addresses = 0
        self.evidence = TextEvidence()

    def absorb(self, other: Words) -> None:
        """Take what is known of other strings."""
        self._formats = tuple(name for name in self._formats if name in other._formats)
        self._addresses, self._count = self._addresses + other._addresses, self._count + other._count
        self.evidence.absorb(other.evidence)
        if self._words is None or other._words is None:
            self._words = None
        else:
            self._words += other._words
            if len(self._words) > FEW:
                self._words = None

    def add_object(self, obj: str) -> None:
        """Take another string."""
        self._count += 1
        self.evidence.add(obj)
        self._addresses += "ipv4" in self._formats and _HIGH_OCTET.search(obj) is not None
        if self._formats:
            self._formats = tuple(name for name in self._formats if has_format(name, obj))
        if self._words is not None:
            self._words[obj] += 1
            if len(self._words) > FEW or len(obj) > WORD:
                self._words = None

    def to_schema(self) -> Json:
        """Return type, format and a proposal."""
        schema: Json = {"type": "string"}
        formats = [name for name in self._formats if name != "ipv4" or 2 * self._addresses >= self._count]
        if formats:
            schema["format"] = formats[0]
        elif words := self.few_words():
            listed = json.dumps(words, ensure_ascii=False)
            schema["$comment"] = f'{self._count} values; if there are no others: "enum": {listed}'
        return schema

    def few_words(self) -> list[str]:
        """Return the words that may be a closed list, in order; none where they are many, or each stands there once."""
        words = self._words or Counter()
        return sorted(words) if words.total() >= max(10, OFTEN * len(words)) else []


@cache
def _format(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"format": name}, validate_formats=True, email_options=ADDRESSES, offline=True
    )


def has_format(name: str, text: str) -> bool:
    """Say whether the gate takes ``text`` for a value of this format; of addresses only those with ``://`` count."""
    return (name != "uri" or "://" in text) and _format(name).is_valid(text)


class Range(Number):  # type: ignore[misc]  # genson states no types
    """Numbers: whether all are integers, and from where to where they go."""

    def __init__(self, node_class: type[SchemaNode]) -> None:
        super().__init__(node_class)
        self._least: int | float | None = None
        self._most: int | float | None = None
        self._longest = 0  # the magnitude of the largest integer
        self.evidence = NumberEvidence()

    def absorb(self, other: Range) -> None:
        """Take what is known of other numbers."""
        self._type: str = "number" if "number" in (self._type, other._type) else "integer"
        for bound in (other._least, other._most):
            if bound is not None:
                self._take(bound)
        self._longest = max(self._longest, other._longest)
        self.evidence.absorb(other.evidence)

    def add_object(self, obj: float) -> None:
        """Take another number."""
        if isinstance(obj, float):
            self._type = "number"
        self.evidence.add(obj)
        self._take(obj)

    @property
    def has_fractions(self) -> bool:
        """Whether they make a column of doubles."""
        return self._type == "number" and self._longest <= EXACT

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest number."""
        return self._least or 0, self._most or 0

    def _take(self, value: float) -> None:
        self._least = value if self._least is None else min(self._least, value)
        self._most = value if self._most is None else max(self._most, value)
        if isinstance(value, int):
            self._longest = max(self._longest, abs(value))

    def to_schema(self) -> Json:
        """Return the type, bounds where 64 bits are too few, and the range as a comment."""
        if self._type == "number" and self._longest > EXACT:
            return {"$comment": "integers that no double holds stand beside fractions: this becomes JSON text"}
        schema: Json = {"type": self._type}
        if self._longest >= LARGEST:
            bound = 10 ** len(str(self._longest))
            return schema | {"minimum": -bound, "maximum": bound}
        if self._least is not None:
            schema["$comment"] = f"from {self._least} to {self._most}"
        return schema


class Items(List):  # type: ignore[misc]  # genson states no types
    """Arrays: what is known of the items of all of them, and of how many each has."""

    def __init__(self, node_class: type[SchemaNode]) -> None:
        super().__init__(node_class)
        self._lengths: Counter[int] = Counter()

    def absorb(self, other: Items) -> None:
        """Take what is known of other arrays."""
        _absorb(self._items, other._items)
        self._count(other._lengths)

    def add_object(self, obj: list[Any]) -> None:
        """Take another array."""
        super().add_object(obj)
        self._count({len(obj): 1})

    @property
    def items(self) -> SchemaNode:
        """What is known of all elements."""
        return self._items

    def _count(self, lengths: Mapping[int, int]) -> None:
        if len(self._lengths) < 2:
            self._lengths.update(lengths)

    @property
    def length(self) -> int | None:
        """The number of elements of all arrays, where each has the same and there are several."""
        ((length, arrays),) = self._lengths.items() if len(self._lengths) == 1 else ((0, 0),)
        return length if length > 1 and arrays > 1 else None

    def to_schema(self) -> Json:
        """Return the type and the items' schema."""
        items = tight(self._items.to_schema())
        if not items:
            return {"type": "array", "$comment": 'always empty: say in "items" what may stand in it'}
        return {"type": "array", "items": items}


class Members(Object):  # type: ignore[misc]  # genson states no types
    """Objects: their members, or where the names are data (a map) what is known of all values."""

    columns_only = False  # of records the names are columns, however many there are

    def __init__(self, node_class: type[SchemaNode]) -> None:
        super().__init__(node_class)
        self.objects = self._filled = 0
        self._required: set[str] | None = None
        self._values: SchemaNode | None = None

    def absorb(self, other: Members) -> None:
        """Take what is known of other objects."""
        self.objects, self._filled = self.objects + other.objects, self._filled + other._filled
        if self._required is None or other._required is None:
            self._required = other._required if self._required is None else self._required
        else:
            self._required &= other._required
        if self._values is not None or other._values is not None:
            _absorb(self._become_map(), other._become_map())
            return
        for name, member in other._properties.items():
            _absorb(self._properties[name], member)
        if len(self._properties) > MOST_NAMES:
            self._become_map()

    def add_object(self, obj: Json) -> None:
        """Take another object."""
        self.objects += 1
        self._filled += len(obj)
        if self._values is None:
            super().add_object(obj)
            if len(self._properties) > MOST_NAMES and not self.columns_only:
                self._become_map()
        else:
            for value in obj.values():
                self._values.add_object(value)

    def _become_map(self) -> SchemaNode:
        if self._values is None:
            self._values = self.node_class()
            for member in self._properties.values():
                _absorb(self._values, member)
            self._properties.clear()
        return self._values

    def _is_map(self) -> bool:
        names = len(self._properties)
        sparse = names > NAMES and not self._required and self._filled < FILLED * names * self.objects
        return self._values is not None or (sparse and not self.columns_only)

    @property
    def values(self) -> SchemaNode | None:
        """What is known of all values, where the names are data."""
        return self._become_map() if self._is_map() else None

    @property
    def named(self) -> Mapping[str, SchemaNode]:
        """What is known of each member."""
        members: Mapping[str, SchemaNode] = self._properties
        return members

    def to_schema(self) -> Json:
        """Return the schema of an object with these members and no others, or of a map."""
        if self._is_map():
            values = tight(self._become_map().to_schema())
            return {"type": "object", "additionalProperties": values, "$comment": "a map: its names are data"}
        if not self._properties:
            return {"type": "object", "$comment": 'always empty: say in "properties" what may stand in it'}
        properties = {name: tight(node.to_schema()) for name, node in self._properties.items()}
        required = [name for name in properties if name in (self._required or ())]
        schema: Json = {"type": "object", "properties": properties, "additionalProperties": False}
        return ({"type": "object", "required": required} | schema) if required else schema


def _absorb(node: SchemaNode, other: SchemaNode) -> None:
    """Take into a node all that another one knows, which is not to be used any more."""
    for theirs in other._active_strategies:
        own = next((each for each in node._active_strategies if type(each) is type(theirs)), None)
        if own is None:
            node._active_strategies.append(theirs)
        elif isinstance(own, Words | Range | Items | Members):
            own.absorb(theirs)


class Inference(SchemaBuilder):  # type: ignore[misc]  # genson states no types
    """genson's builder with these strategies before its own."""

    EXTRA_STRATEGIES = (Words, Range, Items, Members)


class TableSchema:
    """The schema of a table in the making: records come in their order."""

    def __init__(self) -> None:
        self._records = Members(Inference.NODE_CLASS)
        self._records.columns_only = True
        self._others = Inference(schema_uri=None)  # records that are no objects
        self.count = 0

    def add(self, record: Any) -> None:
        """Take the next record."""
        self.count += 1
        (self._records if isinstance(record, dict) else self._others).add_object(record)

    @property
    def members(self) -> Mapping[str, SchemaNode]:
        """What is known of each member, where all records are objects."""
        return {} if len(self._others) else self._records.named

    def schema(self) -> Json:
        """Return the schema of all records so far."""
        others = tight(self._others.to_schema())
        records = self._records.to_schema()
        known = {"anyOf": [records, others]} if others and self._records.objects else others or records
        return {"$schema": DIALECT, **known}


def strategies(node: SchemaNode) -> list[Any]:
    """Return what is known of a value, type by type, null aside."""
    return [each for each in node._active_strategies if not isinstance(each, Null)]


def tight(schema: Json) -> Json:
    """Return a schema with ``anyOf`` of null and one type written as one schema; the same values are valid."""
    parts = schema.get("anyOf", ())
    if any("type" not in part and part.keys() <= {"$comment"} for part in parts):  # one of them takes anything
        return {"$comment": " ".join(part["$comment"] for part in parts if "$comment" in part and "type" not in part)}
    if len(parts) != 2 or {"type": "null"} not in parts:
        return schema
    other = next((part for part in parts if part != {"type": "null"}), schema)
    return {**other, "type": [other["type"], "null"]} if isinstance(other.get("type"), str) else schema
