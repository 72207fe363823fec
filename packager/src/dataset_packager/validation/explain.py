"""Turn what is wrong with a record into findings that a person can act on: each once, in the record's order."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import Finding
from dataset_packager.base.text import member_path
from dataset_packager.validation.applicators import KEYWORDS
from dataset_packager.validation.hints import declared, hint_for
from dataset_packager.validation.leaf_keywords import Assertions
from dataset_packager.validation.messages import message_for
from dataset_packager.validation.place_order import Positions
from dataset_packager.validation.walk import Descent, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.schemas import Schema
    from dataset_packager.validation.problems import Problem, Steps

FRAMES = 6000  # of Python's stack: a record may be nested 250 deep, and each level takes several


@contextmanager
def _room_to_recurse() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


class Explainer:
    """Explains why a schema refuses records."""

    def __init__(self, schema: Schema, assert_formats: bool) -> None:
        self._schema, self._assertions = schema, Assertions(schema, assert_formats)

    def findings(self, record: Any, file: str, line: int | None) -> list[Finding]:
        """Return the findings of one refused record, at most 1,000 and at least one."""
        problems = self.problems(record)
        found: dict[tuple[str, str, str], Finding] = {}
        for problem in problems:
            path, message = member_path(problem.steps), message_for(problem)
            if (path, problem.code, message) not in found:
                hint = hint_for(problem, self._schema) or _array_of_all(record, problem.code, path, file, line)
                found[path, problem.code, message] = Finding(
                    file, line, path, problem.code, message, problem.address, hint
                )
        return list(found.values()) or [self._unexplained(file, line)]

    def problems(self, record: Any) -> list[Problem]:
        """Return what is wrong with a record, in its order; nothing where it can't be said."""
        descent = Descent(self._schema.graph, self._assertions, KEYWORDS)
        try:
            with _room_to_recurse():
                problems = descent.problems(self._schema.document, record)
        except (TooLarge, RecursionError):
            return []
        positions = Positions(record)
        return sorted(self._without_consequences(problems), key=lambda problem: positions.rank(problem.steps))

    def _unexplained(self, file: str, line: int | None) -> Finding:
        message = "the schema refuses this record, which is too large or too nested to say where"
        if isinstance(self._schema.document, bool):
            message = "the schema refuses every record"
        return Finding(file, line, "$", "schema", message, f"{self._schema.path}#")

    def _without_consequences(self, problems: list[Problem]) -> list[Problem]:
        """Leave out what is unevaluated only since the alternative that describes it failed for another reason."""
        if not any(each.code.startswith("unevaluated") for each in problems):
            return problems
        return [each for each in problems if not self._is_consequence(each, problems)]

    def _is_consequence(self, problem: Problem, problems: list[Problem]) -> bool:
        if not problem.code.startswith("unevaluated"):
            return False
        if problem.code == "unevaluatedProperties" and problem.steps[-1] not in declared(problem.rule, self._schema):
            return False
        return any(_explains(other, problem.steps) for other in problems)


def _explains(cause: Problem, steps: Steps) -> bool:
    """Say whether a problem may be the reason for which what stands at ``steps`` is unevaluated."""
    if cause.code.startswith("unevaluated"):
        return len(cause.steps) > len(steps) and cause.steps[: len(steps)] == steps
    return cause.steps[: len(steps) - 1] == steps[:-1]


def _array_of_all(record: Any, code: str, path: str, file: str, line: int | None) -> str | None:
    """Say what to do about a file of lines whose first one is an array, most likely of all records."""
    if not isinstance(record, list) or (code, path, line) != ("type", "$", 1):
        return None
    name = re.sub(r"\.(?:jsonl|ndjson)(?=(?:\.gz|\.zst)?$)", ".json", file, flags=re.IGNORECASE)
    return None if name == file else f"if it is the array of all records, call the file {name.rpartition('/')[2]}"
