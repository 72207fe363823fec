"""The keywords of JSON Schema, said once: which drafts know them, which values they speak of, what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
DRAFT_NAMES = ("draft4", "draft6", "draft7", "2019-09", "2020-12")
SCHEMA, LIST, MAP, REFERENCE, LIMIT, OTHER = "schema", "list of schemas", "map of schemas", "reference", "limit", ""
VALUE, MEMBERS, NAMES, ELEMENTS = "value", "members", "names", "elements"


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword.

    Attributes:
        about: the type of the values that it can refuse: ``array``, ``object``, ``string`` or ``number``; ``any`` where
            it can refuse values of all types, nothing where it refuses none by itself.
        since, until: the first and the last draft that knows it.
        form: what stands in it: subschemas (``items`` may have a list until 2019-09), a reference, or a limit that
            values are compared with, by themselves or by their length.
        to: what its subschemas are applied to: the same value, its members, their names, its elements, or nothing.
    """

    about: str
    since: str
    until: str
    form: str
    to: str


_LAST = DRAFT_NAMES[-1]
_GROUPS = (
    ("any", "draft4", _LAST, OTHER, "", "type enum"),
    ("any", "draft6", _LAST, OTHER, "", "const"),
    ("any", "draft4", _LAST, REFERENCE, VALUE, "$ref"),
    ("any", "2020-12", _LAST, REFERENCE, VALUE, "$dynamicRef"),
    ("any", "2019-09", "2019-09", REFERENCE, VALUE, "$recursiveRef"),
    ("any", "draft4", _LAST, LIST, VALUE, "allOf anyOf oneOf"),
    ("any", "draft4", _LAST, SCHEMA, VALUE, "not"),
    ("any", "draft7", _LAST, SCHEMA, VALUE, "if"),
    ("", "draft7", _LAST, SCHEMA, VALUE, "then else"),
    ("string", "draft4", _LAST, LIMIT, "", "minLength maxLength"),
    ("string", "draft4", _LAST, OTHER, "", "pattern format"),
    ("string", "draft6", _LAST, OTHER, "", "contentEncoding contentMediaType"),
    ("number", "draft4", _LAST, LIMIT, "", "maximum exclusiveMaximum minimum exclusiveMinimum"),
    ("number", "draft4", _LAST, OTHER, "", "multipleOf"),
    ("array", "draft4", _LAST, SCHEMA, ELEMENTS, "items"),
    ("array", "draft4", "2019-09", SCHEMA, ELEMENTS, "additionalItems"),
    ("array", "2020-12", _LAST, LIST, ELEMENTS, "prefixItems"),
    ("array", "draft6", _LAST, SCHEMA, ELEMENTS, "contains"),
    ("array", "2019-09", _LAST, SCHEMA, ELEMENTS, "unevaluatedItems"),
    ("array", "draft4", _LAST, LIMIT, "", "maxItems minItems"),
    ("array", "2019-09", _LAST, LIMIT, "", "minContains maxContains"),
    ("array", "draft4", _LAST, OTHER, "", "uniqueItems"),
    ("object", "draft4", _LAST, MAP, MEMBERS, "properties patternProperties"),
    ("object", "draft4", _LAST, SCHEMA, MEMBERS, "additionalProperties"),
    ("object", "2019-09", _LAST, SCHEMA, MEMBERS, "unevaluatedProperties"),
    ("object", "draft6", _LAST, SCHEMA, NAMES, "propertyNames"),
    ("object", "draft4", _LAST, MAP, VALUE, "dependencies"),
    ("object", "2019-09", _LAST, MAP, VALUE, "dependentSchemas"),
    ("object", "2019-09", _LAST, OTHER, "", "dependentRequired"),
    ("object", "draft4", _LAST, LIMIT, "", "maxProperties minProperties"),
    ("object", "draft4", _LAST, OTHER, "", "required"),
    ("", "draft4", _LAST, MAP, "", "definitions"),
    ("", "2019-09", _LAST, MAP, "", "$defs"),
    ("", "2019-09", _LAST, SCHEMA, "", "contentSchema"),
)
NOTES = {
    "$anchor", "$comment", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary", "default",
    "deprecated", "description", "examples", "id", "readOnly", "title", "writeOnly",
}  # fmt: skip
"""What else stands in the meta-schemas: none of it says of a value whether it is valid."""
KEYWORDS = {name: Keyword(*said) for *said, names in _GROUPS for name in names.split()}
REFERENCES = tuple(name for name, each in KEYWORDS.items() if each.form == REFERENCE)
BRANCHES = tuple(name for name, each in KEYWORDS.items() if each.form == LIST and each.to == VALUE)
ASSERTIONS = frozenset(name for name, each in KEYWORDS.items() if each.about and not each.to)
"""The keywords that speak of a value without other schemas."""


def limits(about: str) -> frozenset[str]:
    """Return the keywords that compare values of a type with a limit."""
    return frozenset(name for name, each in KEYWORDS.items() if each.form == LIMIT and each.about == about)


@cache
def keywords_of(name: str) -> Mapping[str, Keyword]:
    """Return the keywords of a draft, those that are mere notes too."""
    here = DRAFT_NAMES.index(name)
    return {
        keyword: each
        for keyword, each in KEYWORDS.items()
        if DRAFT_NAMES.index(each.since) <= here <= DRAFT_NAMES.index(each.until)
    }
