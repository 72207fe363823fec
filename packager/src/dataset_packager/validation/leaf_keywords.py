"""What the gate's own engine decides for the explanation: keywords that speak of one value alone, and patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.schemas.keywords import ASSERTIONS as ALL_ASSERTIONS
from dataset_packager.schemas.patterns import ADDRESSES, BACKTRACKING
from dataset_packager.validation.engine import CONTENT, asserts_content, compiled

if TYPE_CHECKING:
    import jsonschema_rs

    from dataset_packager.schemas import Schema
    from dataset_packager.schemas.drafts import Draft
    from dataset_packager.schemas.subschema_graph import Place

_BY_NAME_OR_COUNT = {"required", "dependentRequired", "minContains", "maxContains"}  # the walk itself sees to these
ASSERTIONS = ALL_ASSERTIONS - _BY_NAME_OR_COUNT

_FLAGS = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}  # in draft 4, mere flags beside the bound
_BESIDE = _FLAGS | {"contentMediaType": "contentEncoding"}


class Assertions:
    """Small validators, one for each keyword of each subschema, compiled when they are first needed."""

    def __init__(self, schema: Schema, assert_formats: bool) -> None:
        self._schema, self._assert_formats = schema, assert_formats
        self._parts: dict[int, jsonschema_rs.Validator] = {}
        self._compiled: dict[tuple[int, str], jsonschema_rs.Validator] = {}
        self._patterns: dict[str, jsonschema_rs.Validator] = {}

    def holds(self, rule: dict[str, Any], keyword: str, draft: Draft, value: Any) -> bool:
        """Say whether ``value`` is as one keyword of ``rule`` asks; ``rule`` must outlive this object."""
        if draft.name == "draft4" and keyword in _FLAGS.values():
            return True
        if keyword in CONTENT and not asserts_content(draft, self._assert_formats):
            return True
        return self._validator(rule, keyword, draft).is_valid(value)

    def is_undecided(self, rule: dict[str, Any], draft: Draft, value: Any) -> bool:
        """Say whether a pattern took too many steps on a value that ``holds`` refused."""
        errors = self._validator(rule, "pattern", draft).iter_errors(value)
        return any(type(error.kind).__name__ == "BacktrackLimitExceeded" for error in errors)

    def matches(self, pattern: str, name: str, draft: Draft) -> bool:
        """Say whether ``pattern`` is found in ``name``."""
        if pattern not in self._patterns:
            self._patterns[pattern] = self._compile({"pattern": pattern}, draft)
        return self._patterns[pattern].is_valid(name)

    def accepts(self, place: Place, value: Any) -> bool:
        """Say whether ``value`` is valid against a whole subschema; compiling it may take as long as the schema."""
        if id(place.node) not in self._parts:
            self._parts[id(place.node)] = compiled(self._schema, self._assert_formats, place)
        return self._parts[id(place.node)].is_valid(value)

    def _validator(self, rule: dict[str, Any], keyword: str, draft: Draft) -> jsonschema_rs.Validator:
        key = (id(rule), keyword)
        if key not in self._compiled:
            schema = {keyword: rule[keyword]}
            beside = _BESIDE.get(keyword)
            if beside in rule and (draft.name == "draft4" or keyword not in _FLAGS):
                schema[beside] = rule[beside]
            self._compiled[key] = self._compile(schema, draft)
        return self._compiled[key]

    def _compile(self, schema: dict[str, Any], draft: Draft) -> jsonschema_rs.Validator:
        return draft.validator(
            schema,
            offline=True,
            validate_formats=self._assert_formats,
            pattern_options=BACKTRACKING,
            email_options=ADDRESSES,
        )
