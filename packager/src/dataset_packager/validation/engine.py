"""Schemas as the gate's engine compiles them: one draft, stated formats, bounded patterns, nothing fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

import jsonschema_rs

from dataset_packager.base.findings import SetupError
from dataset_packager.base.text import cut, visible
from dataset_packager.schemas.drafts import DRAFTS, escape, is_published, specifications
from dataset_packager.schemas.patterns import ADDRESSES, BACKTRACKING, LINEAR
from dataset_packager.schemas.schema_folder import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.schemas import Schema
    from dataset_packager.schemas.drafts import Draft
    from dataset_packager.schemas.subschema_graph import Place

CONTENT = frozenset({"contentEncoding", "contentMediaType"})
PART = BASE + "?part"  # the address of a schema that only refers to a part of another


def compiled(
    schema: Schema, assert_formats: bool, part: Place | None = None, *, of_many: bool = False
) -> jsonschema_rs.Validator:
    """Return a validator for ``schema``, or for a part of what it reaches, that fetches nothing.

    With ``of_many`` it takes an array of the values that are each to be valid.

    Raises:
        SetupError: the schema can't be compiled; says where.
    """
    draft = part.draft if part else DRAFTS[schema.draft]
    document, documents = _engine_input(_without_notes(schema, assert_formats), draft, part)
    if of_many:
        document = _of_many(document)

    def by_engine(patterns: jsonschema_rs.RegexOptions | jsonschema_rs.FancyRegexOptions) -> jsonschema_rs.Validator:
        registry = jsonschema_rs.Registry(documents.items(), retriever=_refuse)
        return draft.validator(
            document,
            base_uri=PART if part else schema.uri,
            registry=registry,
            offline=True,
            validate_formats=assert_formats,
            pattern_options=patterns,
            email_options=ADDRESSES,
        )

    try:
        # In time linear in the value, and nearly twice as fast; it has neither look-around nor back-references.
        return by_engine(LINEAR)
    except ValueError:
        pass
    try:
        return by_engine(BACKTRACKING)
    except jsonschema_rs.ValidationError as error:
        place = f"{schema.path}#" + "".join(f"/{escape(str(step))}" for step in error.instance_path)
        raise SetupError(f"{place}: the schema can't be compiled: {visible(cut(error.message, 300))}") from None
    except ValueError as error:
        raise SetupError(f"{schema.path}: the schema can't be compiled: {visible(cut(str(error), 300))}") from None


def compiled_alone(rule: dict[str, Any], draft: Draft, assert_formats: bool) -> jsonschema_rs.Validator:
    """Return a validator for a rule that stands nowhere and refers to nothing."""
    return draft.validator(
        rule, offline=True, validate_formats=assert_formats, pattern_options=BACKTRACKING, email_options=ADDRESSES
    )


def asserts_content(draft: Draft, assert_formats: bool) -> bool:
    """Say whether ``contentEncoding`` and ``contentMediaType`` are rules: in draft 7, where formats are; else notes."""
    return draft.name == "draft7" and assert_formats


def _without_notes(schema: Schema, assert_formats: bool) -> Schema:
    """Return the schema without the keywords of content that are mere notes: the engine takes them for rules."""
    notes = {
        id(place.node)
        for place in schema.graph.places.values()
        if not CONTENT.isdisjoint(place.node) and not asserts_content(place.draft, assert_formats)
    }
    if not notes:
        return schema

    def copied(node: Any) -> Any:
        if isinstance(node, dict):
            left_out = CONTENT if id(node) in notes else ()
            return {name: copied(value) for name, value in node.items() if name not in left_out}
        return [copied(value) for value in node] if isinstance(node, list) else node

    documents = {uri: copied(content) for uri, content in schema.documents.items()}
    return replace(schema, document=documents[schema.uri], documents=documents)


def _engine_input(schema: Schema, draft: Draft, part: Place | None) -> tuple[Any, Mapping[str, Any]]:
    """Return what the engine compiles, and the documents that it finds references in."""
    address, bundle = (part.address if part else schema.uri), schema.bundle
    if bundle and bundle.draft == draft and bundle.holds(address):
        return bundle.schema(address), {}
    document = {"$schema": draft.uri, "$ref": address} if part else schema.document
    if any(is_published(uri) for uri in schema.documents):
        published = specifications()
        return document, {uri: published.contents(uri) for uri in published} | dict(schema.documents)
    return document, schema.documents


def _of_many(document: Any) -> Any:
    """Return the schema of arrays of what ``document`` describes; references in it lead where they led."""
    if not isinstance(document, dict):
        return {"items": document}
    outer = {name: document[name] for name in ("$schema", "definitions", "$defs") if name in document}
    return {**outer, "items": {name: value for name, value in document.items() if name not in outer}}


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not in the schema folder, and nothing is fetched")
