"""One rule that one value breaks: what the explainer, its messages and its hints speak about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import ValidationErrorKind

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One rule that one value breaks.

    Attributes:
        steps: where the value stands in the record.
        value: that value.
        code: the name of the keyword that fails.
        kind: what the validator says of it.
        address: where the rule stands, as the validator names it.
        keyword: what stands there in the schema, as in ``["integer", "null"]``.
        rule: the subschema around the keyword.
        evaluation: the keywords that led there from the schema's root, references included.
        types: the types that are asked for, in the schema's order.
        options: the values that are asked for.
        text: the message, where it isn't that of the kind: for problems that were made of several.
        alternative: the address of the alternative that fits best, in a problem that belongs to one.
    """

    steps: Steps
    value: Any
    code: str
    kind: ValidationErrorKind
    address: str
    keyword: Any
    rule: Any
    evaluation: Steps
    types: tuple[str, ...] = ()
    options: tuple[Any, ...] = ()
    text: str | None = None
    alternative: str | None = None

    @property
    def kind_name(self) -> str:
        """The name of the validator's class for this kind of error, as in ``OneOfNotValid``."""
        return type(self.kind).__name__
