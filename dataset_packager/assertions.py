"""The keywords that speak of one value alone, each decided by the gate's own engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataset_packager.patterns import BACKTRACKING

if TYPE_CHECKING:
    import jsonschema_rs

    from dataset_packager.drafts import Draft

ASSERTIONS = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"}
    | {"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"}
)

_FLAGS = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}  # in draft 4, mere flags beside the bound
_BESIDE = _FLAGS | {"contentMediaType": "contentEncoding"}


class Assertions:
    """Small validators, one for each keyword of each subschema, compiled when they are first needed."""

    def __init__(self, assert_formats: bool) -> None:
        self._assert_formats = assert_formats
        self._compiled: dict[tuple[int, str], jsonschema_rs.Validator] = {}
        self._patterns: dict[str, jsonschema_rs.Validator] = {}

    def holds(self, rule: dict[str, Any], keyword: str, draft: Draft, value: Any) -> bool:
        """Say whether ``value`` is as one keyword of ``rule`` asks; ``rule`` must outlive this object."""
        if draft.name == "draft4" and keyword in _FLAGS.values():
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
            schema, offline=True, validate_formats=self._assert_formats, pattern_options=BACKTRACKING
        )
