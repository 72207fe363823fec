"""The keywords of JSON Schema that make values invalid: which drafts know them, and which values they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataset_packager.schemas.drafts import DRAFTS

if TYPE_CHECKING:
    from dataset_packager.schemas.drafts import Draft

_ORDER = {name: number for number, name in enumerate(DRAFTS)}


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword: the first and the last draft that knows it, and the type of the values that it can refuse.

    Attributes:
        about: ``array``, ``object``, ``string`` or ``number``; ``any`` where it can refuse values of all types.
    """

    about: str
    since: str = "draft4"
    until: str = "2020-12"


_GROUPS = {
    ("any", "draft4"): "$ref type enum allOf anyOf oneOf not",
    ("any", "draft6"): "const",
    ("any", "draft7"): "if",
    ("string", "draft4"): "minLength maxLength pattern format",
    ("string", "draft6"): "contentEncoding contentMediaType",
    ("number", "draft4"): "multipleOf maximum exclusiveMaximum minimum exclusiveMinimum",
    ("array", "draft4"): "items maxItems minItems uniqueItems",
    ("array", "draft6"): "contains",
    ("array", "2019-09"): "minContains maxContains unevaluatedItems",
    ("array", "2020-12"): "prefixItems",
    ("object", "draft4"): "maxProperties minProperties required properties patternProperties additionalProperties "
    "dependencies",
    ("object", "draft6"): "propertyNames",
    ("object", "2019-09"): "dependentRequired dependentSchemas unevaluatedProperties",
}
KEYWORDS = {name: Keyword(about, since) for (about, since), names in _GROUPS.items() for name in names.split()}
KEYWORDS |= {
    "additionalItems": Keyword("array", until="2019-09"),
    "$recursiveRef": Keyword("any", "2019-09", "2019-09"),
    "$dynamicRef": Keyword("any", "2020-12"),
}


def knows(draft: Draft, keyword: str) -> bool:
    """Say whether a draft has a keyword that can make a value invalid; all others are notes."""
    known = KEYWORDS.get(keyword)
    return known is not None and _ORDER[known.since] <= _ORDER[draft.name] <= _ORDER[known.until]


def rules_of(schema: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Return the keywords of a subschema that can make a value invalid, with what they ask for."""
    if draft.ref_stands_alone and "$ref" in schema:
        return {"$ref": schema["$ref"]}
    return {name: asked for name, asked in schema.items() if knows(draft, name)}
