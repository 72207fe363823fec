"""The drafts of JSON Schema that are understood, and where each of them keeps subschemas.

Draft 4, 6, 7 (json-schema.org/draft-04 .. -07), 2019-09 and 2020-12. A schema names its draft by ``$schema``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it has no stubs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referencing import Registry

SPECIFICATIONS: Registry[Any] = REGISTRY  # the meta-schemas of all drafts and their vocabularies, as published
_MAPS = frozenset({"definitions", "properties", "patternProperties"})
_ARRAYS = frozenset({"allOf", "anyOf", "oneOf"})
_SINGLES_4 = frozenset({"additionalItems", "additionalProperties", "items", "not"})
_SINGLES_6 = _SINGLES_4 | {"contains", "propertyNames"}
_SINGLES_7 = _SINGLES_6 | {"if", "then", "else"}
_SINGLES_2019 = _SINGLES_7 | {"unevaluatedItems", "unevaluatedProperties", "contentSchema"}


@dataclass(frozen=True)
class Draft:
    """One draft: its names, how both validators call it, and the keywords that hold subschemas.

    Attributes:
        name: the short name, as in ``draft7`` or ``2020-12``.
        uri: the ``$schema`` that names it, without ``#``.
        id_keyword: ``id`` in draft 4, ``$id`` since.
        ref_stands_alone: True where the keywords beside a ``$ref`` are ignored (up to draft 7).
    """

    name: str
    uri: str
    validator: type[jsonschema_rs.Validator]
    singles: frozenset[str]
    arrays: frozenset[str] = _ARRAYS
    maps: frozenset[str] = _MAPS
    id_keyword: str = "$id"
    ref_stands_alone: bool = False

    def subschemas(self, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the JSON Pointer (relative to ``node``, unescaped parts escaped) and value of each direct subschema."""
        for keyword, value in node.items():
            if isinstance(value, dict):
                if keyword in self.singles:
                    yield "/" + keyword, value
                elif keyword in self.maps:
                    for name, child in value.items():
                        yield f"/{keyword}/{escape(name)}", child
            elif isinstance(value, list) and (keyword in self.arrays or (keyword == "items" and self.tuples_in_items)):
                for index, child in enumerate(value):
                    yield f"/{keyword}/{index}", child

    @property
    def tuples_in_items(self) -> bool:
        """True where ``items`` may be an array of schemas (before 2020-12)."""
        return self.name != "2020-12"


def escape(name: str) -> str:
    """Return ``name`` as a reference token of a JSON Pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


_LEGACY = "http://json-schema.org/"
_MODERN = "https://json-schema.org/"
DRAFTS = {
    draft.name: draft
    for draft in (
        Draft(
            "draft4",
            _LEGACY + "draft-04/schema",
            jsonschema_rs.Draft4Validator,
            _SINGLES_4,
            maps=_MAPS | {"dependencies"},
            id_keyword="id",
            ref_stands_alone=True,
        ),
        Draft(
            "draft6",
            _LEGACY + "draft-06/schema",
            jsonschema_rs.Draft6Validator,
            _SINGLES_6,
            maps=_MAPS | {"dependencies"},
            ref_stands_alone=True,
        ),
        Draft(
            "draft7",
            _LEGACY + "draft-07/schema",
            jsonschema_rs.Draft7Validator,
            _SINGLES_7,
            maps=_MAPS | {"dependencies"},
            ref_stands_alone=True,
        ),
        Draft(
            "2019-09",
            _MODERN + "draft/2019-09/schema",
            jsonschema_rs.Draft201909Validator,
            _SINGLES_2019,
            maps=_MAPS | {"$defs", "dependentSchemas", "dependencies"},
        ),
        Draft(
            "2020-12",
            _MODERN + "draft/2020-12/schema",
            jsonschema_rs.Draft202012Validator,
            _SINGLES_2019 - {"additionalItems"},
            arrays=_ARRAYS | {"prefixItems"},
            maps=_MAPS | {"$defs", "dependentSchemas", "dependencies"},
        ),
    )
}
LATEST = DRAFTS["2020-12"]
_DIALECT = re.compile(r"https?://json-schema\.org/(draft-0[467]|draft/2019-09|draft/2020-12)/(?:hyper-)?schema#?")
_BY_PATH = {draft.uri.split("json-schema.org/")[1].removesuffix("/schema"): draft for draft in DRAFTS.values()}


def draft_of(dialect: object) -> Draft | None:
    """Return the draft that a ``$schema`` names (``http`` or ``https``, with or without ``#``), None if it names none.

    The hyper-schema of a draft counts as that draft: it adds links and no rule for values.
    """
    match = _DIALECT.fullmatch(dialect) if isinstance(dialect, str) else None
    return _BY_PATH[match[1]] if match else None
