"""Turn a validator's errors into findings that a person can act on: each once, in the record's order."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dataset_packager.alternatives import best_alternative
from dataset_packager.drafts import escape
from dataset_packager.findings import Finding
from dataset_packager.hints import declared, hint_for
from dataset_packager.messages import message_for
from dataset_packager.positions import Positions
from dataset_packager.problems import Problem, Steps
from dataset_packager.wording import member_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema_rs import ValidationError

    from dataset_packager.schemas import Schema

PER_RECORD = 1000  # findings that are kept of one record
_OF_NAMES = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"})
_DEPENDENT = ("dependentRequired", "dependencies")
_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


class Explainer:
    """Explains why a schema refuses records."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def findings(self, errors: Iterable[ValidationError], record: Any, file: str, line: int | None) -> list[Finding]:
        """Return the findings of one record, at most ``PER_RECORD``, at least one."""
        positions = Positions(record)
        try:
            problems = [each for error in islice(errors, PER_RECORD) for each in self._problems(error, positions)]
        except ValueError:  # the validator can decide about deeper records than it can speak of
            problems = []
        problems = sorted(self._without_consequences(problems), key=lambda problem: positions.rank(problem.steps))
        found: dict[tuple[str, str, str], Finding] = {}
        for problem in problems:
            path, message = member_path(problem.steps), message_for(problem)
            if (path, problem.code, message) not in found and len(found) < PER_RECORD:
                place, hint = self._schema.locate(problem.address), hint_for(problem, self._schema)
                found[path, problem.code, message] = Finding(file, line, path, problem.code, message, place, hint)
        return list(found.values()) or [_unexplained(file, line, self._schema)]

    def _problems(self, error: ValidationError, positions: Positions) -> list[Problem]:
        problem = self._problem(error, positions)
        kind = error.kind
        if problem.kind_name in ("AnyOf", "OneOfNotValid"):
            context: list[list[ValidationError]] = kind.value
            inner = [[each for below in errors for each in self._problems(below, positions)] for errors in context]
            return best_alternative(problem, inner)
        if problem.kind_name in ("AdditionalProperties", "UnevaluatedProperties"):
            return [
                replace(problem, steps=(*problem.steps, name), value=problem.value.get(name)) for name in kind.value
            ]
        return [problem]

    def _problem(self, error: ValidationError, positions: Positions) -> Problem:
        steps = tuple(error.instance_path)
        if positions.has_empty_names:
            steps = positions.steps(steps, error.instance)
        address, evaluation = _address(error, self._schema), tuple(error.evaluation_path)
        keyword, rule = self._schema.rule(address)
        code = _code(error, address, evaluation)
        if code in _DEPENDENT:
            address = _dependent(address, error.kind.value, rule, code)
        types, options = _asked(error.kind, keyword)
        value = positions.value(steps)
        return Problem(steps, value, code, error.kind, address, keyword, rule, evaluation, types, options)

    def _without_consequences(self, problems: list[Problem]) -> list[Problem]:
        """Leave out what is unevaluated only since the alternative that describes it failed for another reason."""
        causes = [each.steps for each in problems if not each.code.startswith("unevaluated")]
        if not causes:
            return problems
        return [each for each in problems if not self._is_consequence(each, causes)]

    def _is_consequence(self, problem: Problem, causes: list[Steps]) -> bool:
        if problem.code == "unevaluatedItems":
            around = problem.steps
        elif problem.code == "unevaluatedProperties" and problem.steps[-1] in declared(problem.rule, self._schema):
            around = problem.steps[:-1]
        else:
            return False
        return any(cause[: len(around)] == around for cause in causes)


def _unexplained(file: str, line: int | None, schema: Schema) -> Finding:
    return Finding(file, line, "$", "schema", "the schema refuses this record", f"{schema.path}#")


def _asked(kind: Any, keyword: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the types and the values that a rule asks for, as far as it does."""
    if kind.name == "type":
        written = keyword if isinstance(keyword, list) else [keyword]
        return tuple(written) if set(written) == set(kind.value) else tuple(kind.value), ()
    if kind.name == "enum":
        return (), tuple(kind.value)
    return (), (kind.value,) if kind.name == "const" else ()


def _dependent(address: str, missing: str, rule: Any, code: str) -> str:
    """Return the address of the list that asks for ``missing``; the validator gives the place in that list alone."""
    asked = rule.get(code) if isinstance(rule, dict) else None
    for name, names in asked.items() if isinstance(asked, dict) else ():
        if isinstance(names, list) and missing in names:
            return f"{address.rpartition('/')[0]}/{quote(escape(name))}"
    return address


def _address(error: ValidationError, schema: Schema) -> str:
    """Return where the rule stands; an error of the pattern engine lacks that, and the way to it has to do."""
    if error.absolute_keyword_location:
        return error.absolute_keyword_location
    way = takewhile(lambda token: token not in _REFERENCES, error.evaluation_path)
    return schema.uri + "#" + "".join(f"/{quote(escape(str(token)))}" for token in way)


def _code(error: ValidationError, address: str, evaluation: Steps) -> str:
    """Return the keyword that fails. A subschema ``false`` has none: there it is the keyword that applies it."""
    tokens = address.partition("#")[2].split("/")
    kind = type(error.kind).__name__
    if kind == "FalseSchema":
        return _applying(evaluation)
    if kind == "Required" and tokens[-1].isdecimal() and tokens[-2:-1] != ["required"]:
        return tokens[-2]
    if kind in ("BacktrackLimitExceeded", "RegexEngineFailure"):
        return "pattern"
    if kind == "Contains":
        return tokens[-1]
    return error.kind.name


def _applying(evaluation: Steps) -> str:
    keyword, is_name = "false", False
    for token in evaluation:
        if is_name:
            is_name = False
        elif isinstance(token, str) and not token.isdecimal() and token not in _REFERENCES:
            keyword, is_name = token, token in _OF_NAMES
    return keyword
