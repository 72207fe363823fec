"""What comes of a run that was called from Python: values, and nothing is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataset_packager.base.finding_summary import FindingSummary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class RunResult:
    """What came of a build, of judging records, or of making a project.

    Attributes:
        refused: why what was asked for was not made, because of the data; None where it was.
        findings: what is wrong with the data, summed up; ``findings.first`` has the first thousand as they are.
        tables: by name how many records were ``read``, ``accepted`` and ``rejected``.
        notes: what was told on the way: warnings, and what was done.
    """

    refused: str | None = None
    findings: FindingSummary = field(default_factory=FindingSummary)
    tables: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Say whether all went well; with refused records in quarantine, it did."""
        return self.refused is None


@dataclass(frozen=True)
class BuildResult(RunResult):
    """What came of a build; ``release`` is the folder or URL of the release, None where none was made or wanted."""

    release: Path | str | None = None


@dataclass(frozen=True)
class NewProject(RunResult):
    """A project that was made; ``files`` are its files, relative to ``folder``: none where none was made."""

    folder: Path | None = None
    files: tuple[str, ...] = ()
