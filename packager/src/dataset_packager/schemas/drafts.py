"""The drafts of JSON Schema that are understood, and the subschemas that each of them finds in a schema.

Draft 4, 6, 7 (json-schema.org/draft-04 .. -07), 2019-09 and 2020-12. A schema names its draft by ``$schema``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from dataset_packager.schemas.keywords import LIST, MAP, SCHEMA, keywords_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referencing import Registry


@dataclass(frozen=True)
class Draft:
    """One draft: its names, and how both validators call it.

    Attributes:
        name: the short name, as in ``draft7`` or ``2020-12``.
        uri: the ``$schema`` that names it, without ``#``.
        id_keyword: ``id`` in draft 4, ``$id`` since.
        ref_stands_alone: True where the keywords beside a ``$ref`` are ignored (up to draft 7).
        tells_spelling: True where 1 is an integer and 1.0 is none (draft 4).
    """

    name: str
    uri: str
    validator: type[jsonschema_rs.Validator]
    id_keyword: str = "$id"
    ref_stands_alone: bool = False
    tells_spelling: bool = False

    def subschemas(self, node: dict[str, Any], to: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the JSON Pointer (relative to ``node``, unescaped parts escaped) and value of each direct subschema.

        With ``to``, only those that are applied to that: ``VALUE``, for example.
        """
        known = keywords_of(self.name)
        for keyword, value in node.items():
            asked = known.get(keyword)
            if asked is None or (to is not None and asked.to != to):
                continue
            if isinstance(value, dict) and asked.form == SCHEMA:
                yield "/" + keyword, value
            elif isinstance(value, dict) and asked.form == MAP:
                for name, child in value.items():
                    yield f"/{keyword}/{escape(name)}", child
            elif isinstance(value, list) and (asked.form == LIST or (keyword == "items" and self.tuples_in_items)):
                for index, child in enumerate(value):
                    yield f"/{keyword}/{index}", child

    @property
    def tuples_in_items(self) -> bool:
        """True where ``items`` may be an array of schemas (before 2020-12)."""
        return "prefixItems" not in keywords_of(self.name)


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
            id_keyword="id",
            ref_stands_alone=True,
            tells_spelling=True,
        ),
        Draft(
            "draft6",
            _LEGACY + "draft-06/schema",
            jsonschema_rs.Draft6Validator,
            ref_stands_alone=True,
        ),
        Draft(
            "draft7",
            _LEGACY + "draft-07/schema",
            jsonschema_rs.Draft7Validator,
            ref_stands_alone=True,
        ),
        Draft(
            "2019-09",
            _MODERN + "draft/2019-09/schema",
            jsonschema_rs.Draft201909Validator,
        ),
        Draft(
            "2020-12",
            _MODERN + "draft/2020-12/schema",
            jsonschema_rs.Draft202012Validator,
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


def is_published(uri: str) -> bool:
    """Say whether a URI is that of a draft's meta-schema, or of one of its vocabularies."""
    return "//json-schema.org/" in uri and uri in specifications()


@cache
def specifications() -> Registry[Any]:
    """Return the meta-schemas of all drafts and their vocabularies, as published."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # no stubs; here: few refer to it

    registry: Registry[Any] = REGISTRY
    return registry


def knows(draft: Draft, keyword: str) -> bool:
    """Say whether a draft has a keyword that can make a value invalid; all others are notes."""
    known = keywords_of(draft.name).get(keyword)
    return known is not None and bool(known.about)


def rules_of(schema: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Return the keywords of a subschema that can make a value invalid, with what they ask for."""
    if draft.ref_stands_alone and "$ref" in schema:
        return {"$ref": schema["$ref"]}
    return {name: asked for name, asked in schema.items() if knows(draft, name)}
