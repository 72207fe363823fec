"""What a project's own code may add to the command: one object, passed in by the project's ``build_dataset.py``.

    sys.exit(main(extensions=[MINE]))

Never by configuration: a folder from strangers can't name code to run. See docs/extending.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable, Mapping

    from dataset_packager.base.findings import Finding

    Command = tuple[str, Callable[[ArgumentParser], None], Callable[[Namespace], int]]
    """What it does, in a few words; what adds its options to a parser; what runs it and returns the exit code."""

Project = TypeVar("Project")
"""What functions are given of the project that is packaged: its ``Config``, which knows of extensions itself."""


@dataclass(frozen=True)
class Slot(Generic[Project]):
    """A slot of the datasheet that a file of committed measures fills.

    Attributes:
        lines: gives what stands in it, in Markdown; None where nothing was measured.
        stale: gives findings where what it is filled from speaks of other records.
        reads: gives the files, relative to the project, that it is filled from and held against.
    """

    lines: Callable[[Project], list[str] | None]
    stale: Callable[[Project], Iterable[Finding]]
    reads: Callable[[Project], Iterable[str]]


@dataclass(frozen=True)
class Extension(Generic[Project]):
    """Commands, a section of the configuration, slots of the datasheet, and what a build does first.

    Attributes:
        name: of the section ``[tool.dataset-packager.<name>]``, which stands in ``Config.sections`` then.
        check_section: raises ``SetupError`` where that section is wrong.
        commands: by name.
        build_options: adds options to the parser of ``build``.
        before_build: runs before a build does; another exit code than 0 ends it.
        slots: by name.
    """

    name: str
    check_section: Callable[[Mapping[str, Any]], None]
    commands: Mapping[str, Command] = field(default_factory=dict)
    build_options: Callable[[ArgumentParser], None] = lambda _parser: None
    before_build: Callable[[Namespace], int] = lambda _options: 0
    slots: Mapping[str, Slot[Project]] = field(default_factory=dict)
