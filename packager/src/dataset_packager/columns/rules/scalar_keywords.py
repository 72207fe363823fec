"""What a subschema asks of strings, numbers and booleans, as the check of a column of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataset_packager.columns.encode import BooleanColumn, IntegerColumn, NumberColumn, StringColumn
from dataset_packager.columns.rules.bounds import bounds_of
from dataset_packager.columns.rules.checks import ALWAYS, PRESENCE, Check
from dataset_packager.columns.rules.multiples import multiples_of
from dataset_packager.columns.rules.patterns import FixedPattern, fixed_pattern, pattern_of_format
from dataset_packager.columns.rules.verdicts import ScalarRule, numbers_listed, scalar_check, words_listed
from dataset_packager.schemas.keywords import limits

if TYPE_CHECKING:
    from dataset_packager.columns.fast.kernel_program import Node
    from dataset_packager.columns.rules.verdicts import Verdicts

_LENGTHS, _BOUNDS = limits("string") | {"type"}, limits("number") | {"type"}
_KINDS = {StringColumn: "string", IntegerColumn: "number", NumberColumn: "number", BooleanColumn: "boolean"}
_TYPES = {  # that take all values of such a column
    StringColumn: {"string"}, IntegerColumn: {"integer", "number"}, NumberColumn: {"number"},
    BooleanColumn: {"boolean"},
}  # fmt: skip


def kind_of(node: Node) -> str:
    """Return what keywords call the values of a scalar node."""
    return _KINDS[type(node.column)]


def check(node: Node, asked: dict[str, Any], verdicts: Verdicts, takes_null: bool) -> Check:
    """Return the check of a scalar node: of keywords that may refuse its values, and the engine's verdicts of these."""
    types, all_types = types_of(asked), _TYPES[type(node.column)]
    if _asks_for_integers(node, types) and "multipleOf" not in asked:
        asked = {name: value for name, value in asked.items() if name != "type"} | {"multipleOf": 1}
    fits = "type" not in asked or not types.isdisjoint(all_types)
    if asked.keys() <= {"type"} and fits:
        return ALWAYS if takes_null else Check(PRESENCE, lambda columns, where: where & columns.present(node))
    few = isinstance(node.column, BooleanColumn) or not asked.keys().isdisjoint({"const", "enum"})
    rule = ScalarRule(verdicts, takes_null, few)
    if kind_of(node) == "string":
        rule = replace(rule, ends=asked.keys() <= _LENGTHS and fits, pattern=_pattern(asked), words=words_listed(asked))
    elif kind_of(node) == "number":
        multiples = multiples_of(asked["multipleOf"]) if "multipleOf" in asked else None
        bounded = asked.keys() - ({"multipleOf"} if multiples else set()) <= _BOUNDS and fits
        rule = replace(
            rule,
            ends=bounded and not multiples,
            bounds=bounds_of(asked) if bounded else None,
            multiples=multiples,
            numbers=numbers_listed(asked),
        )
    return scalar_check(node, rule)


def _asks_for_integers(node: Node, types: set[str]) -> bool:
    """Say whether doubles have to be integers: multiples of one, since draft 6."""
    doubles = isinstance(node.column, NumberColumn) and not node.tells_spelling
    return doubles and "integer" in types and "number" not in types


def _pattern(asked: dict[str, Any]) -> FixedPattern | None:
    """Return strings that are valid, where a pattern or a format and limits of length are all that is asked for."""
    beside = asked.keys() - _LENGTHS
    if beside == {"pattern"}:
        return fixed_pattern(asked["pattern"])
    return pattern_of_format(asked["format"]) if beside == {"format"} else None


def types_of(asked: dict[str, Any]) -> set[str]:
    """Return the types that a subschema names."""
    types = asked.get("type", ())
    return {types} if isinstance(types, str) else set(types)
