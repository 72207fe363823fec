"""How to mend a value, where that can be told from the value and the schema."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_packager.base.text import cut, quoted, shown, visible
from dataset_packager.schemas.keywords import VALUE
from dataset_packager.validation.messages import either

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataset_packager.schemas import Schema
    from dataset_packager.validation.problems import Problem

WORDS = 200  # code points of a rule's own title and description
_KNOWN = 8  # names that are listed
_COMPARED = 200  # names or options that a misspelt one is compared with: it takes time
_NUMBER = re.compile(r"\s*(-?[0-9]{1,3}(?:[, _  ][0-9]{3})+|-?(?:0|[1-9][0-9]*))(\.[0-9]+)?\s*", re.ASCII)
_NO_URI = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_IN_BRACKETS = re.compile(r"[^<>]*<([^<>@\s]+@[^<>@\s]+)>\s*")
_LIKE = {
    "date": "2022-02-24",
    "time": "06:00:00Z",
    "date-time": "2022-02-24T06:00:00Z",
    "duration": "P3DT4H",
    "uri": "https://example.org/page",
    "email": "someone@example.org",
    "uuid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/member/0",
}


def hint_for(problem: Problem, schema: Schema) -> str | None:
    """Return how to mend a problem: from the value where it shows, else what the rule says of itself, else None."""
    mend = _HINTS.get(problem.code)
    words = mend(problem, schema) if mend else None
    if problem.options:
        words = _nearest(problem.value, list(problem.options))
    words = words or spoken(problem)
    if problem.alternative:
        fits = f"of the alternatives, {problem.alternative} fits best"
        words = f"{words}; {fits}" if words else fits
    return words


def _nearest(value: Any, options: list[Any]) -> str | None:
    if not isinstance(value, str):
        same = [option for option in options if isinstance(option, str) and option == shown(value)]
        return f"write {quoted(same[0])}, in quotes" if same else None
    found = close(value, [option for option in options if isinstance(option, str)])
    if found is None and any(not isinstance(option, str) and shown(option) == value for option in options):
        return f"write {visible(value)} without quotes"
    return f"did you mean {quoted(found)}?" if found is not None else None


def close(name: str, known: list[str]) -> str | None:
    """Return the one of ``known`` that ``name`` may have been meant to be, None where none is near."""
    wanted = name[:100].strip().casefold()
    folded = {each.strip().casefold(): each for each in reversed(known)}
    alike = [each for each in folded if abs(len(each) - len(wanted)) <= 1 + len(wanted) // 4]
    near = get_close_matches(wanted, alike[:_COMPARED], 1, 0.75)
    return folded[near[0]] if near else None


def _type(problem: Problem, _: Schema) -> str | None:
    asked, value = list(problem.types), problem.value
    if isinstance(value, str):
        return _unquoted(value, asked)
    if value is None:
        return "leave the member out where there is no value" if problem.optional else None
    if "string" in asked and not isinstance(value, dict | list):
        return f"write it in quotes: {quoted(shown(value))}"
    if asked == ["array"]:
        if isinstance(value, dict) and not problem.steps:
            return (
                'the schema is one of arrays, and each record is held against it: make its "items" the table\'s schema'
            )
        return f"put it into an array: [{shown(value, 30)}]"
    return None


def _unquoted(value: str, asked: list[Any]) -> str | None:
    number = _NUMBER.fullmatch(value) if {"integer", "number"} & set(asked) else None
    if number and (number[2] is None or "number" in asked):
        return f"write the number {re.sub('[^0-9-]', '', number[1])}{number[2] or ''}, without quotes"
    if "boolean" in asked and value.lower() in ("true", "false"):
        return f"write {value.lower()}, without quotes"
    if "null" in asked and value.strip().lower() in ("", "null", "none", "n/a", "nan"):
        return "write null, without quotes"
    if asked == ["array"]:
        return f"put it into an array: [{quoted(value, 30)}]"
    return None


def _required(problem: Problem, schema: Schema) -> str | None:
    name, rule = problem.detail[0], problem.rule if isinstance(problem.rule, dict) else {}
    known = declared(rule, schema)
    meant = close(name, [each for each in problem.value if each not in known])
    if meant is not None:
        return f"is {quoted(meant)} meant to be {quoted(name)}?"
    described = _words_of(rule.get("properties", {}).get(name))
    return f"{quoted(name)} is: {described}" if described else None


def _unknown(problem: Problem, schema: Schema) -> str | None:
    if problem.detail != "forbidden":
        return None
    known = declared(problem.rule, schema)
    name = str(problem.steps[-1])
    if name in known:
        return _described_elsewhere(problem)
    if problem.code == "additionalProperties":
        known = _seen(problem.rule) or known
    meant = close(name, list(known))
    if meant is not None:
        return f"did you mean {quoted(meant)}?"
    if not known:
        return "the schema allows no member here"
    listed = ", ".join(quoted(each) for each in list(known)[:_KNOWN])
    return f"known are {listed}" + (" …" if len(known) > _KNOWN else "")


def _seen(rule: Any) -> dict[str, None]:
    """Return the members that ``additionalProperties`` sees: those that stand right beside it."""
    named = rule.get("properties") if isinstance(rule, dict) else None
    return dict.fromkeys(named or ())


def _described_elsewhere(problem: Problem) -> str:
    if problem.code == "additionalProperties":
        seen = "the schema describes it, but not right beside additionalProperties, which sees nothing else"
        return f"{seen}: describe it there, too, or write unevaluatedProperties (since draft 2019-09) instead"
    return "the schema describes it in a part that doesn't hold for this value"


def _format(problem: Problem, _: Schema) -> str | None:
    mend = _OF_FORMAT.get(problem.keyword)
    if isinstance(problem.value, str) and mend and (words := mend(problem.value)):
        return words
    example = _LIKE.get(problem.keyword)
    return f"write it as in {quoted(example)}" if example else spoken(problem)


def _address(text: str) -> str | None:
    """Say which character keeps ``text`` from being a URI (RFC 3986), and how it is written."""
    wrong = _NO_URI.search(text)
    if text != text.strip() and not _NO_URI.search(text.strip()):
        return f"take the white space around it out: {quoted(text.strip())}"
    if not _SCHEME.match(text):
        host = "." in text and wrong is None
        return f"it has no scheme: write {quoted('https://' + text.lstrip('/'))}" if host else None
    if wrong is None:
        return None
    where = f"{quoted(wrong[0])} (character {wrong.start()}, counted from 0)"
    return f"{where} can't stand in a URI: write {quote(wrong[0], safe='')}"


def _mail(text: str) -> str | None:
    inner = _IN_BRACKETS.fullmatch(text)
    return f"write the address alone: {quoted(inner[1])}" if inner else None


def _pattern(problem: Problem, _: Schema) -> str | None:
    words = spoken(problem)
    examples = problem.rule.get("examples") if isinstance(problem.rule, dict) else None
    shape = (
        f"as in {either([shown(each, 40) for each in examples[:2]])}"
        if isinstance(examples, list) and examples
        else None
    )
    return "; ".join(each for each in (words, shape) if each) or None


def _length(problem: Problem, _: Schema) -> str | None:
    if problem.value != "":
        return spoken(problem)
    if problem.optional:
        return "leave the member out where there is no value"
    element = bool(problem.steps) and isinstance(problem.steps[-1], int)
    words = (
        "take the element out where there is no value" if element else "a record can't go without it: write its value"
    )
    return "; ".join(each for each in (words, spoken(problem)) if each)


_OF_FORMAT: dict[str, Callable[[str], str | None]] = {"uri": _address, "email": _mail, "idn-email": _mail}
_HINTS = {
    "type": _type,
    "required": _required,
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
    "format": _format,
    "pattern": _pattern,
    "minLength": _length,
}


def declared(rule: Any, schema: Schema) -> dict[str, None]:
    """Return the names of the members that a subschema describes, in its alternatives and references, too."""
    names: dict[str, None] = {}
    seen: set[int] = set()
    todo = [rule]
    while todo and len(seen) < 1000:
        each = todo.pop()
        if not isinstance(each, dict) or id(each) in seen:
            continue
        seen.add(id(each))
        names.update(dict.fromkeys(each.get("properties") or ()))
        todo.extend(_in_place(each, schema))
    return names


def _in_place(rule: dict[str, Any], schema: Schema) -> Iterator[Any]:
    """Yield the subschemas that speak of the same object as ``rule``."""
    place = schema.graph.places.get(id(rule))
    applied = place.draft.subschemas(rule, to=VALUE) if place else ()
    yield from (each for pointer, each in applied if pointer != "/not")
    yield schema.graph.targets.get((id(rule), "$ref"))


def spoken(problem: Problem) -> str | None:
    """Return title and description of the rule, or of what refers to it for this value; None where it has neither."""
    return _words_of(problem.rule) or _words_of(problem.about)


def _words_of(rule: Any) -> str | None:
    if not isinstance(rule, dict):
        return None
    words = [rule[keyword] for keyword in ("title", "description") if isinstance(rule.get(keyword), str)]
    text = ": ".join(" ".join(each.split()) for each in words if each.strip())
    return visible(cut(text, WORDS)) or None
