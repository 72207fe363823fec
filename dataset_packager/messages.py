"""What is wrong, in one line: the value first, cut, then what the schema asks of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.wording import cut, quoted, shown, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataset_packager.problems import Problem

OPTIONS = 10  # of an enum that a message lists
_TEXT = 200  # code points of what a validator says itself


def message_for(problem: Problem) -> str:
    """Return the message of a problem, without place and code."""
    if problem.text is not None:
        return problem.text
    words = _MESSAGES.get(problem.kind_name)
    return words(problem) if words else visible(cut(str(problem.kind.value), _TEXT))


def types_text(value: Any, types: Iterable[str]) -> str:
    """Return the message for a value of none of the given types."""
    names = [f"'{name}'" for name in types]
    return f"{shown(value)} is not of type {either(names)}"


def options_text(value: Any, options: Iterable[Any]) -> str:
    """Return the message for a value that is none of the given ones."""
    listed = [shown(option, 40) for option in options]
    more = f" … ({len(listed) - OPTIONS} more)" if len(listed) > OPTIONS else ""
    return f"{shown(value)} is none of {', '.join(listed[:OPTIONS])}{more}"


def missing_text(names: Iterable[str]) -> str:
    """Return the message for an object that lacks all of the given members and needs one of them."""
    return f"the required member {either([quoted(name) for name in names])} is missing"


def either(words: list[str]) -> str:
    """Join words with commas and a last ``or``."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def count(number: int, noun: str) -> str:
    """Return a number and a noun, with an ``s`` but for one of them."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _type(problem: Problem) -> str:
    text = types_text(problem.value, problem.types)
    if problem.types == ("integer",) and isinstance(problem.value, float) and problem.value.is_integer():
        return text + ", which in draft 4 is written without a fraction"
    return text


def _enum(problem: Problem) -> str:
    return options_text(problem.value, problem.options)


def _required(problem: Problem) -> str:
    name = problem.kind.value
    text = missing_text([name])
    if problem.code == "required":
        return text
    needing = [other for other, names in _dependencies(problem) if name in names and other in problem.value]
    return f"{text}, which {either([quoted(other) for other in needing])} needs" if needing else text


def _dependencies(problem: Problem) -> list[tuple[str, Any]]:
    asked = problem.rule.get(problem.code) if isinstance(problem.rule, dict) else None
    return [(name, names) for name, names in (asked or {}).items() if isinstance(names, list)]


def _unknown(problem: Problem) -> str:
    return f"unknown member {quoted(str(problem.steps[-1]))}"


def _forbidden(problem: Problem) -> str:
    if problem.steps and isinstance(problem.steps[-1], str):
        return f"the member {quoted(problem.steps[-1])} must not stand here"
    return f"{shown(problem.value)} must not stand here"


def _property_name(problem: Problem) -> str:
    inner = problem.kind.value
    name = quoted(inner.instance) if isinstance(inner.instance, str) else shown(inner.instance)
    words = _NAME_RULES.get(inner.kind.name)
    return f"the member's name {name} {words(inner.kind.value) if words else visible(cut(inner.message, _TEXT))}"


_NAME_RULES: dict[str, Callable[[Any], str]] = {
    "pattern": lambda pattern: f"does not match the pattern {_pattern_of(pattern)}",
    "enum": lambda options: f"is none of {', '.join(shown(each, 40) for each in options[:OPTIONS])}",
    "format": lambda name: f"is not of format '{visible(name)}'",
    "maxLength": lambda limit: f"is longer than {count(limit, 'character')}",
    "minLength": lambda limit: f"is shorter than {count(limit, 'character')}",
}


def _pattern(problem: Problem) -> str:
    return f"{shown(problem.value)} does not match the pattern {_pattern_of(problem.kind.value)}"


def _pattern_of(pattern: str) -> str:
    return "'" + visible(cut(pattern, 120)) + "'"


def _backtracking(problem: Problem) -> str:
    return f"{shown(problem.value)} can't be checked: the pattern takes too many steps on it"


def _format(problem: Problem) -> str:
    return f"{shown(problem.value)} is not of format '{visible(problem.kind.value)}'"


def _bound(words: str) -> Callable[[Problem], str]:
    return lambda problem: f"{shown(problem.value)} is {words} {shown(problem.kind.value)}"


def _length(words: str) -> Callable[[Problem], str]:
    def text(problem: Problem) -> str:
        limit = count(problem.kind.value, "character")
        return f"{shown(problem.value)} is {words} than {limit}: it has {len(problem.value)}"

    return text


def _size(words: str, noun: str) -> Callable[[Problem], str]:
    def text(problem: Problem) -> str:
        return f"{shown(problem.value)} has {count(len(problem.value), noun)}, {words} than {problem.kind.value}"

    return text


def _unique(problem: Problem) -> str:
    first: dict[str, int] = {}
    for index, item in enumerate(problem.value):
        key = json.dumps(_plain(item), sort_keys=True)
        if key in first:
            return f"elements {first[key]} and {index} are equal: {shown(item)}"
        first[key] = index
    return f"two elements of {shown(problem.value)} are equal"


def _plain(value: Any) -> Any:
    """Return a value in which equal numbers are written alike (JSON Schema: 1.0 equals 1)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def _contains(problem: Problem) -> str:
    if problem.code == "minContains":
        return f"fewer than {count(problem.keyword, 'element')} are such as the schema asks for"
    if problem.code == "maxContains":
        return f"more than {count(problem.keyword, 'element')} are such as the schema counts"
    return f"{shown(problem.value)} has no element such as the schema asks for"


def _not(problem: Problem) -> str:
    return f"{shown(problem.value)} is what the schema rules out: {shown(problem.keyword, 100)}"


def _several(problem: Problem) -> str:
    fitting = [str(index) for index, errors in enumerate(problem.kind.value) if not errors]
    listed = ", ".join(fitting[:-1]) + " and " + fitting[-1]
    return f"{shown(problem.value)} fits the alternatives {listed} (counted from 0), and must fit exactly one"


def _items(problem: Problem) -> str:
    described = count(problem.kind.value, "element")
    return f"{shown(problem.value)} has {count(len(problem.value), 'element')}, and the schema describes {described}"


def _unevaluated_items(problem: Problem) -> str:
    return f"{shown(problem.value)} has elements that the schema doesn't describe"


_MESSAGES: dict[str, Callable[[Problem], str]] = {
    "Type": _type,
    "Enum": _enum,
    "Constant": lambda problem: f"{shown(problem.value)} is not {shown(problem.kind.value)}",
    "Required": _required,
    "AdditionalProperties": _unknown,
    "UnevaluatedProperties": _unknown,
    "FalseSchema": _forbidden,
    "PropertyNames": _property_name,
    "Pattern": _pattern,
    "BacktrackLimitExceeded": _backtracking,
    "RegexEngineFailure": _backtracking,
    "Format": _format,
    "Minimum": _bound("less than the minimum"),
    "Maximum": _bound("greater than the maximum"),
    "ExclusiveMinimum": _bound("not greater than"),
    "ExclusiveMaximum": _bound("not less than"),
    "MultipleOf": _bound("not a multiple of"),
    "MinLength": _length("shorter"),
    "MaxLength": _length("longer"),
    "MinItems": _size("fewer", "element"),
    "MaxItems": _size("more", "element"),
    "MinProperties": _size("fewer", "member"),
    "MaxProperties": _size("more", "member"),
    "UniqueItems": _unique,
    "Contains": _contains,
    "Not": _not,
    "OneOfMultipleValid": _several,
    "AdditionalItems": _items,
    "UnevaluatedItems": _unevaluated_items,
    "ContentEncoding": lambda problem: f"{shown(problem.value)} is not encoded as '{visible(problem.kind.value)}'",
    "ContentMediaType": lambda problem: f"{shown(problem.value)} is no '{visible(problem.kind.value)}'",
}
