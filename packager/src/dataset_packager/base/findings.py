"""What is wrong, and where: findings about data, exceptions about everything else.

    PackagerError
    ├── DataFindings         the data has findings                     exit code 1
    ├── SetupError           configuration, schema or call is wrong    exit code 2
    └── EnvironmentFailure   disk, network or a worker failed          exit code 3

Findings are collected and returned; only ``report`` prints them and only ``cli`` turns an exception into an exit code.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FINDINGS, SETUP, ENVIRONMENT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the data.

    Attributes:
        file: the file, relative to the project, with ``/``.
        line: its line, counted from 1 (of an array: which element, counted from 1); None for a whole file.
        path: the member within the record, as in ``$.figures[0].low``; ``$`` is the record.
        code: a failing JSON Schema keyword, or one of the build's own stable codes.
        message: what is wrong, with the value cut to a sane length.
        schema: the rule, as ``schema/claims.schema.json#/properties/low/type``; None where no schema speaks.
        hint: how to mend it, where that is known.
    """

    file: str
    line: int | None
    path: str
    code: str
    message: str
    schema: str | None = None
    hint: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the finding as the object that ``--format json`` prints."""
        return asdict(self)


class PackagerError(Exception):
    """Why a command could not do what it was asked to do; the message says how to mend it."""

    exit_code = ENVIRONMENT


class DataFindings(PackagerError):
    """The data has findings, so no release appears."""

    exit_code = FINDINGS

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class SetupError(PackagerError):
    """The configuration, a schema or the call is wrong: nothing was read yet."""

    exit_code = SETUP


class EnvironmentFailure(PackagerError):
    """The disk, the network, the memory or a worker failed: the data may be fine."""

    exit_code = ENVIRONMENT
