"""Of alternatives that all fail (``anyOf``, ``oneOf``), say what helps: the nearest one, or what all of them ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dataset_packager.base.text import shown
from dataset_packager.validation.messages import message_for, missing_text, options_text, types_text

if TYPE_CHECKING:
    from dataset_packager.validation.problems import Problem

_FITS, _OTHER_KIND, _OTHER_TYPE = 0, 1, 2
_OF_MEMBERS = ("required", "additionalProperties", "unevaluatedProperties")
_LISTED = 3  # reasons that are listed where none is nearer


def best_alternative(union: Problem, alternatives: list[list[Problem]]) -> list[Problem]:
    """Return the problems that explain a failed union.

    Alternatives of another type than the value are left out, then those that a member with a fixed value rules out
    (as ``{"type": "point"}`` does). If one is left, its problems are returned. If several are left that differ in one
    thing only, one problem names what they ask for; else those of the alternative with the least to mend.
    """
    ranks = [_rank(union, problems) for problems in alternatives]
    if not ranks:
        return [replace(union, text=f"{shown(union.value)} fits no alternative: there is none")]
    best = min(ranks)
    nearest = [index for index, rank in enumerate(ranks) if rank == best]
    left = [alternatives[index] for index in nearest]
    if len(left) > 1 or best == _OTHER_TYPE:
        merged = _merged(union, left)
        if merged is not None:
            return [merged]
    index = min(nearest, key=lambda each: _cost(alternatives[each]))
    if len(alternatives) == 1:
        return alternatives[index]
    address = f"{union.address}/{index}"
    return [replace(problem, alternative=problem.alternative or address) for problem in alternatives[index]]


def _rank(union: Problem, problems: list[Problem]) -> int:
    if any(problem.steps == union.steps and problem.types for problem in problems):
        return _OTHER_TYPE
    return _OTHER_KIND if any(_discriminates(union, problem) for problem in problems) else _FITS


def _discriminates(union: Problem, problem: Problem) -> bool:
    """Say whether a problem is that a direct member isn't the value that tells alternatives apart."""
    inside = len(problem.steps) == len(union.steps) + 1 and problem.steps[:-1] == union.steps
    return inside and isinstance(union.value, dict) and (bool(problem.options) or _rules_out_values(problem))


def _rules_out_values(problem: Problem) -> bool:
    """Say whether a problem is that the value is one of those that are listed for other alternatives."""
    ruled_out = problem.keyword if problem.code == "not" else None
    return isinstance(ruled_out, dict) and bool({"const", "enum"} & ruled_out.keys())


def _cost(problems: list[Problem]) -> int:
    """Weigh what has to be mended: a missing or unknown member speaks more against an alternative than a bad value."""
    return sum(2 if problem.detail or problem.code in _OF_MEMBERS else 1 for problem in problems)


def _merged(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    for merge in (_of_types, _of_discriminators, _of_missing_members, _of_options, _of_reasons):
        problem = merge(union, alternatives)
        if problem is not None:
            return problem
    return None


def _of_types(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    asked: dict[str, None] = {}
    for problems in alternatives:
        wrong = [each for each in problems if each.types and each.steps == union.steps]
        if not wrong:
            return None
        for each in wrong:
            asked.update(dict.fromkeys(each.types))
    return replace(union, text=types_text(union.value, asked), types=tuple(asked))


def _of_discriminators(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    found = [[each for each in problems if _discriminates(union, each)] for problems in alternatives]
    if not all(each.options for problems in found for each in problems):
        return None
    if not all(found) or len({each.steps for problems in found for each in problems}) != 1:
        return None
    steps, value = found[0][0].steps, found[0][0].value
    options = [option for problems in found for each in problems for option in each.options]
    return replace(union, steps=steps, value=value, text=options_text(value, options), options=tuple(options))


def _of_missing_members(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    names = []
    for problems in alternatives:
        if len(problems) != 1 or problems[0].code != "required" or problems[0].steps != union.steps:
            return None
        names.append(problems[0].detail[0])
    return replace(union, text=missing_text(dict.fromkeys(names)))


def _of_options(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    options: list[object] = []
    for problems in alternatives:
        if len(problems) != 1 or not problems[0].options or problems[0].steps != union.steps:
            return None
        options.extend(problems[0].options)
    return replace(union, text=options_text(union.value, options), options=tuple(options))


def _of_reasons(union: Problem, alternatives: list[list[Problem]]) -> Problem | None:
    """Merge alternatives for a value without members: each asks something else of the whole of it."""
    if isinstance(union.value, dict | list):
        return None
    prefix = shown(union.value) + " "
    reasons = dict.fromkeys(message_for(problems[0]).removeprefix(prefix) for problems in alternatives)
    listed = "; ".join(list(reasons)[:_LISTED]) + (" …" if len(reasons) > _LISTED else "")
    return replace(union, text=f"{prefix}fits no alternative: {listed}")
