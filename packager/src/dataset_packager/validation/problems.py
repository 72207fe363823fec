"""One rule that one value breaks: what the explainer finds, and its messages and hints speak about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One rule that one value breaks.

    Attributes:
        steps: where the value stands in the record.
        value: that value.
        code: the name of the keyword that fails.
        address: where the rule stands, as ``schema/claims.schema.json#/properties/low/type``.
        keyword: what stands there, as ``["integer", "null"]``.
        rule: the subschema around the keyword.
        about: the nearest subschema for this value that has a title or a description.
        optional: whether the value is a member that its object may go without.
        detail: what the keyword itself doesn't say: the missing member, the alternatives that fit.
        types: the types that are asked for.
        options: the values that are asked for.
        text: the message, in a problem that was made of several.
        alternative: the address of the alternative that fits best, in a problem that belongs to one.
    """

    steps: Steps
    value: Any
    code: str
    address: str
    keyword: Any
    rule: Any
    about: Any = None
    optional: bool = False
    detail: Any = None
    types: tuple[str, ...] = ()
    options: tuple[Any, ...] = ()
    text: str | None = None
    alternative: str | None = None
