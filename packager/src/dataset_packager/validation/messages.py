"""What is wrong, in one line: the value first, cut, then what the schema asks of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.base.text import cut, quoted, shown, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataset_packager.validation.problems import Problem

OPTIONS = 10  # of an enum that a message lists


def message_for(problem: Problem) -> str:
    """Return the message of a problem, without place and code."""
    if problem.text is not None:
        return problem.text
    if problem.detail == "forbidden":
        return _forbidden(problem)
    return _MESSAGES[problem.code](problem)


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


def _required(problem: Problem) -> str:
    name, needing = problem.detail
    text = missing_text([name])
    return text if needing is None else f"{text}, which {quoted(needing)} needs"


def _forbidden(problem: Problem) -> str:
    if problem.code in ("additionalProperties", "unevaluatedProperties"):
        return f"unknown member {quoted(str(problem.steps[-1]))}"
    if problem.code in ("properties", "patternProperties"):
        return f"the member {quoted(str(problem.steps[-1]))} must not stand here"
    return f"{shown(problem.value)} must not stand here"


def _property_name(problem: Problem) -> str:
    name, inner = problem.detail
    if inner is None:
        return f"the member {quoted(name)} must not stand here: no name is allowed"
    return "the member's name " + message_for(inner)


def _pattern(problem: Problem) -> str:
    if problem.detail == "undecided":
        return f"{shown(problem.value)} can't be checked: the pattern takes too many steps on it"
    return f"{shown(problem.value)} does not match the pattern {_pattern_of(problem.keyword)}"


def _pattern_of(pattern: str) -> str:
    return "'" + visible(cut(pattern, 120)) + "'"


def _format(problem: Problem) -> str:
    return f"{shown(problem.value)} is not of format '{visible(problem.keyword)}'"


def _minimum(problem: Problem) -> str:
    words = "not greater than" if problem.value == problem.keyword else "less than the minimum"
    return f"{shown(problem.value)} is {words} {shown(problem.keyword)}"


def _maximum(problem: Problem) -> str:
    words = "not less than" if problem.value == problem.keyword else "greater than the maximum"
    return f"{shown(problem.value)} is {words} {shown(problem.keyword)}"


def _bound(words: str) -> Callable[[Problem], str]:
    return lambda problem: f"{shown(problem.value)} is {words} {shown(problem.keyword)}"


def _length(words: str) -> Callable[[Problem], str]:
    def text(problem: Problem) -> str:
        limit = count(problem.keyword, "character")
        return f"{shown(problem.value)} is {words} than {limit}: it has {len(problem.value)}"

    return text


def _size(words: str, noun: str) -> Callable[[Problem], str]:
    def text(problem: Problem) -> str:
        return f"{shown(problem.value)} has {count(len(problem.value), noun)}, {words} than {problem.keyword}"

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


def _one_of(problem: Problem) -> str:
    fitting = [str(index) for index in problem.detail]
    listed = ", ".join(fitting[:-1]) + " and " + fitting[-1]
    return f"{shown(problem.value)} fits the alternatives {listed} (counted from 0), and must fit exactly one"


_MESSAGES: dict[str, Callable[[Problem], str]] = {
    "type": _type,
    "enum": lambda problem: options_text(problem.value, problem.options),
    "const": lambda problem: f"{shown(problem.value)} is not {shown(problem.keyword)}",
    "required": _required,
    "dependentRequired": _required,
    "dependencies": _required,
    "propertyNames": _property_name,
    "pattern": _pattern,
    "format": _format,
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _bound("not greater than"),
    "exclusiveMaximum": _bound("not less than"),
    "multipleOf": _bound("not a multiple of"),
    "minLength": _length("shorter"),
    "maxLength": _length("longer"),
    "minItems": _size("fewer", "element"),
    "maxItems": _size("more", "element"),
    "minProperties": _size("fewer", "member"),
    "maxProperties": _size("more", "member"),
    "uniqueItems": _unique,
    "contains": _contains,
    "minContains": _contains,
    "maxContains": _contains,
    "not": _not,
    "oneOf": _one_of,
    "contentEncoding": lambda problem: f"{shown(problem.value)} is not encoded as '{visible(problem.keyword)}'",
    "contentMediaType": lambda problem: f"{shown(problem.value)} is no '{visible(problem.keyword)}'",
}
